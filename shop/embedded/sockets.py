"""Finds a folder short enough for a Unix socket."""

import hashlib
import os
import re
import tempfile
from pathlib import Path

from shop.embedded.errors import ServiceError

# The shortest limit of the supported systems (macOS: 104 bytes with the closing zero).
SOCKET_PATH_MAX = 103
LONGEST_NAME = len("/.s.PGSQL.5432")
# PostgreSQL separates socket folders by commas; everything else unusual is kept out with them.
PLAIN_PATH = re.compile(r"[A-Za-z0-9/_.+-]+")


def socket_folder(folder: Path, owner: int) -> Path:
    """Return a folder owned by `owner` for the sockets of the server kept in `folder`.

    It lies inside the server's own folder, or, where that path is too long or unusual, in the
    folder for temporary files under a name derived from the path. Calling it again gives the
    same folder. Raises `ServiceError` if somebody else owns that name.
    """
    inside = folder / "socket"
    fits = len(os.fsencode(inside)) + LONGEST_NAME <= SOCKET_PATH_MAX
    if fits and PLAIN_PATH.fullmatch(str(inside)):
        return _private(inside, owner)
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    return _private(Path(tempfile.gettempdir()).resolve() / f"shanji-{owner}-{digest}", owner)


def _private(folder: Path, owner: int) -> Path:
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        if os.geteuid() != owner:
            os.chown(folder, owner, -1)
    state = folder.lstat()
    if state.st_uid != owner or not folder.is_dir() or folder.is_symlink():
        raise ServiceError(
            f"目录 {folder} 属于其他用户，请删除后重试。",
            f"The folder {folder} belongs to somebody else; remove it and try again.",
        )
    return folder
