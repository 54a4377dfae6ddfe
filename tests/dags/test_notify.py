"""Messages to the person on call, sent to real servers of this machine: what they carry, and what they never do."""

from __future__ import annotations

import datetime as dt
import ipaddress
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr, ValidationError

sys.path.append(str(Path(__file__).resolve().parents[2] / "dags"))  # where Airflow puts it, too
from nightshift_notify import send

from pipeline.core.settings import Email, Notify, Webhook
from pipeline.evaluation.notice import Broken, Notice
from tests.sinks import Mailbox, Posts, mail_server, webhook_server

BROKEN = Broken("transactions", "rows_accepted", "accepted_share", "0.4", "at least 0.95")
NOTICE = Notice(
    "2026-11-22", "mode as-of", "judge is red", "too many rows broke the contract", "http://a/run", "http://a/report", (BROKEN,)
)
SECRET = "s3cret-that-nobody-reads"


@pytest.fixture
def posts() -> Iterator[Posts]:
    with webhook_server(Posts()) as posts:
        yield posts


def by_mail(mailbox: Mailbox, **more: object) -> Notify:
    plain = {
        "host": "127.0.0.1",
        "port": mailbox.port,
        "encryption": "none",
        "sender": "n@example.org",
        "recipients": ("a@example.org", "b@example.org"),
    }
    return Notify(email=Email.model_validate({**plain, **more}))


def by_webhook(posts: Posts, **more: object) -> Notify:
    return Notify(webhook=Webhook.model_validate({"url": f"{posts.url}/{SECRET}", **more}))


def test_a_mail_carries_night_check_value_limit_and_the_links() -> None:
    with mail_server(Mailbox()) as mailbox:
        assert send(by_mail(mailbox), NOTICE) == ()
    (message,) = mailbox.messages
    assert message["Subject"] == "Nightshift: night 2026-11-22, judge is red"
    assert (message["From"], message["To"]) == ("n@example.org", "a@example.org, b@example.org")
    told = message.get_content()
    for part in (
        "gate transactions, check rows_accepted",
        "is 0.4",
        "must be at least 0.95",
        "http://a/run",
        "http://a/report",
        "mode as-of",
    ):
        assert part in told


def test_a_password_is_told_to_an_encrypted_server_whose_certificate_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = made_certificate(tmp_path)
    with mail_server(Mailbox(certificate=certificate)) as mailbox:
        settings = by_mail(mailbox, encryption="starttls", user="ann", password="right")
        assert send(settings, NOTICE) == ("email",)  # nobody vouches for it
        assert mailbox.logins == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert send(settings, NOTICE) == ()
    assert mailbox.logins == [("ann", "right", True)]
    assert len(mailbox.messages) == 1


def test_a_password_in_the_clear_is_refused_with_the_settings() -> None:
    with pytest.raises(ValidationError, match="a password would go in the clear"):
        by_mail(Mailbox(port=25), user="ann", password="right")


def test_a_server_without_encryption_is_not_told_the_password() -> None:
    with mail_server(Mailbox()) as mailbox:
        assert send(by_mail(mailbox, encryption="starttls", user="ann", password="right"), NOTICE) == ("email",)
    assert (mailbox.logins, mailbox.messages) == ([], [])


def test_one_recipient_that_is_unknown_does_not_keep_the_message_from_the_other() -> None:
    with mail_server(Mailbox(refuses="b@example.org")) as mailbox:
        assert send(by_mail(mailbox), NOTICE) == ("email",)
    assert len(mailbox.messages) == 1


def test_a_webhook_is_posted_the_text_and_its_parts_with_the_secret_in_its_header(posts: Posts) -> None:
    assert send(by_webhook(posts, header="X-Token", secret=SECRET), NOTICE) == ()
    ((path, headers, body),) = posts.received
    assert path == f"/hook/{SECRET}"
    assert headers["x-token"] == SECRET
    assert body["text"] == NOTICE.text
    assert body["broken"] == [
        {"gate": "transactions", "check": "rows_accepted", "figure": "accepted_share", "value": "0.4", "limit": "at least 0.95"}
    ]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_webhook_that_answers_otherwise_has_failed_and_is_not_followed(posts: Posts, status: int) -> None:
    posts.status = status
    assert send(by_webhook(posts, secret=SECRET), NOTICE) == ("webhook",)
    assert len(posts.received) == 1


def test_a_channel_that_fails_is_logged_without_its_secret_and_silences_no_other(posts: Posts, caplog: pytest.LogCaptureFixture) -> None:
    mailbox = Mailbox(port=1)  # nobody listens there
    both = Notify(email=by_mail(mailbox).email, webhook=by_webhook(posts, secret=SECRET).webhook)
    posts.status = 500
    with caplog.at_level(logging.ERROR, "nightshift.notify"):
        assert send(both, NOTICE) == ("email", "webhook")
    assert "was not sent by email: ConnectionRefusedError" in caplog.text
    assert "was not sent by webhook: WorldError: the webhook answered 500" in caplog.text
    assert SECRET not in caplog.text
    assert len(posts.received) == 1


def test_without_settings_the_log_alone_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "nightshift.notify"):
        assert send(Notify(), NOTICE) == ()
    assert "check rows_accepted: accepted_share is 0.4, must be at least 0.95" in caplog.text


def test_what_a_name_or_an_error_holds_cannot_add_a_header() -> None:
    sly = Notice("2026-11-22", "mode as-of", "judge\r\nBcc: all@example.org", "line\nline", "", "")
    with mail_server(Mailbox()) as mailbox:
        assert send(by_mail(mailbox), sly) == ()
    assert mailbox.messages[0]["Bcc"] is None
    with pytest.raises(ValidationError, match="is not a mail address"):
        by_mail(mailbox, sender="n@example.org\nBcc: all@example.org")


def test_no_secret_shows_in_settings_that_are_printed(posts: Posts) -> None:
    settings = by_webhook(posts, secret=SECRET)
    assert SECRET not in f"{settings} {settings!r}"
    assert settings.webhook is not None
    assert isinstance(settings.webhook.url, SecretStr)


def made_certificate(folder: Path) -> Path:
    """A certificate of 127.0.0.1, signed by itself, with its key."""
    key, name, now = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sink")]),
        dt.datetime.now(dt.UTC),
    )
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now - dt.timedelta(days=1), now + dt.timedelta(days=1)
    )
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = (
        builder.add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "sink.pem"
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + private)
    return path
