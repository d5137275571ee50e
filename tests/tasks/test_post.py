"""Handing letters in: by folder, by mail server, and never with a password in the clear."""

import smtplib
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from shop.settings import Settings, SettingsError
from shop.tasks import post
from shop.tasks.post import Letter
from tests.builders.catalog import NOON
from tests.builders.letters import MailServer

LETTER = Letter(
    key="order_paid-WL1",
    to="wang@example.cn",
    subject="好",
    text="您好\n",
    locale="zh_CN",
    at=NOON,
)


def test_a_folder_keeps_one_file_for_a_letter_and_nothing_half_written(
    settings: Settings, tmp_path: Path
) -> None:
    there = replace(settings, data_dir=tmp_path)

    post.hand_in(there, LETTER)
    post.hand_in(there, LETTER)

    assert [path.name for path in (tmp_path / "mail").iterdir()] == ["order_paid-WL1.eml"]
    assert (tmp_path / "mail").stat().st_mode & 0o077 == 0


def test_a_server_gets_the_letter_with_its_headers(settings: Settings) -> None:
    with MailServer() as server:
        post.hand_in(
            replace(settings, smtp_url=server.url, mail_from="shop@example.cn"), LETTER
        )

    (sent,) = server.letters
    assert sent["From"] == "shop@example.cn"
    assert sent["Message-ID"] == "<order_paid-WL1@example.cn>"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert (sent["Subject"], sent.get_content().strip()) == ("好", "您好")


def test_a_password_is_not_sent_to_a_server_that_does_not_encrypt(settings: Settings) -> None:
    with MailServer() as server:
        address = server.url.replace("smtp://", "smtp://shop:secret@")
        with pytest.raises(smtplib.SMTPException):
            post.hand_in(replace(settings, smtp_url=address), LETTER)

    assert server.letters == []
    assert not any(b"AUTH" in line for line in server.heard)


def test_an_encrypted_address_is_not_served_in_the_clear(settings: Settings) -> None:
    with MailServer() as server:
        address = server.url.replace("smtp://", "smtps://")
        with pytest.raises(ssl.SSLError):
            post.hand_in(replace(settings, smtp_url=address), LETTER)


@pytest.mark.parametrize("address", ["http://mail.example.cn", "mail.example.cn", "smtp://"])
def test_an_address_of_another_kind_is_refused(settings: Settings, address: str) -> None:
    with pytest.raises(SettingsError, match="SMTP_URL"):
        post.hand_in(replace(settings, smtp_url=address), LETTER)


def test_a_subject_cannot_add_a_header(settings: Settings) -> None:
    with pytest.raises(ValueError, match="linefeed"):
        post.hand_in(settings, replace(LETTER, subject="a\nBcc: eve@example.cn"))
