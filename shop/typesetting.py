"""Sets a page on paper: a PDF where the machine has Chinese type; else it prints itself."""

import shutil
import subprocess
from functools import lru_cache

from shop.settings import CHECKOUT

try:
    import weasyprint
except OSError:  # The system lacks Pango; pages then offer to print instead.
    weasyprint = None

STYLES = CHECKOUT / "static" / "css" / "paper.css"
FONT_SECONDS = 10


@lru_cache(maxsize=1)
def is_offered() -> bool:
    """Say whether this machine can set a page in Chinese type."""
    lister = shutil.which("fc-list")
    if weasyprint is None or lister is None:
        return False
    found = subprocess.run(  # noqa: S603 -- a program of the system with fixed arguments
        [lister, ":lang=zh-cn", "family"],
        capture_output=True,
        check=False,
        timeout=FONT_SECONDS,
    )
    return bool(found.stdout.strip())


def typeset(html: str) -> bytes:
    """Set one document; it may load nothing, neither from the network nor from a file."""
    document = weasyprint.HTML(string=html, url_fetcher=_refuse)
    written: bytes = document.write_pdf(stylesheets=[weasyprint.CSS(filename=STYLES)])
    return written


def _refuse(url: str) -> dict[str, object]:
    raise ValueError(f"a paper loads nothing, not even {url}")
