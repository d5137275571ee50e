"""Gives letters to the mail server, or, where none is set, to a folder of .eml files."""

import os
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from shop.settings import Settings, SettingsError

TIMEOUT_SECONDS = 10
DEFAULT_PORTS = {"smtp": 25, "smtps": 465}
FOLDER = "mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter; the same key is the same letter, however often it is handed in."""

    key: str
    """Letters, digits, dots and dashes only: it names the file and the Message-ID."""
    to: str
    subject: str
    text: str
    locale: str
    at: datetime


def hand_in(settings: Settings, letter: Letter) -> None:
    """Send a letter, or lay it in the folder; raises `OSError` or `SMTPException`.

    In the folder the same key is one file. A mail server may get a letter twice when the shop
    dies right after sending; its Message-ID stays the same, by which mailboxes drop the second.
    """
    message = _message(settings, letter)
    if settings.smtp_url:
        _send(settings.smtp_url, message)
    else:
        _lay_down(settings.data_dir / FOLDER, letter.key, message)


def _message(settings: Settings, letter: Letter) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message.set_content(letter.text)
    message["From"] = settings.mail_from
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.at)
    message["Message-ID"] = f"<{letter.key}@{settings.mail_from.rpartition('@')[2]}>"
    message["Content-Language"] = letter.locale.replace("_", "-")
    message["Auto-Submitted"] = "auto-generated"
    return message


def _send(url: str, message: EmailMessage) -> None:
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS or parts.hostname is None:
        raise SettingsError("SMTP_URL must begin with smtp:// or smtps:// and name a host.")
    port = parts.port or DEFAULT_PORTS[parts.scheme]
    context = ssl.create_default_context()
    server = (
        smtplib.SMTP_SSL(parts.hostname, port, timeout=TIMEOUT_SECONDS, context=context)
        if parts.scheme == "smtps"
        else smtplib.SMTP(parts.hostname, port, timeout=TIMEOUT_SECONDS)
    )
    with server:
        if parts.username:
            # A password never travels in the clear.
            if parts.scheme == "smtp":
                server.starttls(context=context)
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)


def _lay_down(folder: Path, key: str, message: EmailMessage) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder / f".{key}.{os.getpid()}"
    fresh.write_bytes(message.as_bytes())
    fresh.replace(folder / f"{key}.eml")
