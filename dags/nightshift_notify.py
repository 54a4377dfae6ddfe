"""Carries messages to the person on call: always to the log, and by mail and webhook where the settings name them.

`python dags/nightshift_notify.py` sends a trial message over every channel that is set.
"""

from __future__ import annotations

import logging
import smtplib
import ssl
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol

from pipeline.core.errors import NightshiftError, WorldError
from pipeline.core.settings import Email, Notify, Webhook, load_settings
from pipeline.evaluation.notice import Notice

LOG = logging.getLogger("nightshift.notify")
TIMEOUT = 10  # seconds a channel; Airflow gives what it calls after a red run 50


class Notifier(Protocol):
    """A channel; `send` raises whatever goes wrong, and whoever calls it goes on."""

    @property
    def name(self) -> str: ...

    def send(self, notice: Notice) -> None: ...


@dataclass(frozen=True)
class ToLog:
    """The log of the process that was called: the channel that is always there."""

    name: str = "log"

    def send(self, notice: Notice) -> None:
        LOG.error(notice.text)


@dataclass(frozen=True)
class ByMail:
    """Mail over SMTP, encrypted unless the settings say otherwise; the server's certificate is checked."""

    email: Email
    name: str = "email"

    def send(self, notice: Notice) -> None:
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = notice.subject, self.email.sender, ", ".join(self.email.recipients)
        message.set_content(notice.text)
        with self._server() as server:
            if self.email.user is not None and self.email.password is not None:
                server.login(self.email.user, self.email.password.get_secret_value())
            refused = server.send_message(message)
        if refused:
            raise WorldError(f"the mail server refused {len(refused)} of {len(self.email.recipients)} recipients")

    def _server(self) -> smtplib.SMTP:
        host, port = self.email.host, self.email.port
        if self.email.encryption == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=ssl.create_default_context())
        server = smtplib.SMTP(host, port, timeout=TIMEOUT)
        if self.email.encryption == "starttls":
            try:
                server.starttls(context=ssl.create_default_context())
            except Exception:
                server.close()
                raise
        return server


@dataclass(frozen=True)
class ByWebhook:
    """A POST of the message as JSON; where the address answers with a redirect, the secret does not follow it."""

    webhook: Webhook
    name: str = "webhook"

    def send(self, notice: Notice) -> None:
        import httpx

        secret = self.webhook.secret
        headers = {} if secret is None else {self.webhook.header: secret.get_secret_value()}
        answer = httpx.post(self.webhook.url.get_secret_value(), json=dict(notice.fields), headers=headers, timeout=TIMEOUT)
        if not answer.is_success:
            raise WorldError(f"the webhook answered {answer.status_code}")


def notifiers(settings: Notify) -> Iterator[Notifier]:
    """The log, then what the settings name."""
    yield ToLog()
    if settings.email is not None:
        yield ByMail(settings.email)
    if settings.webhook is not None:
        yield ByWebhook(settings.webhook)


def send(settings: Notify, notice: Notice) -> tuple[str, ...]:
    """Send over every channel and say which failed: one that fails is logged, and neither stops the others nor whoever sends.

    Of an error of a library only the kind is told: its text may hold an address that is a secret.
    """
    failed = []
    for notifier in notifiers(settings):
        try:
            notifier.send(notice)
        except Exception as error:  # noqa: BLE001  # whatever it is: the run is as red as it is, and the other channels are waiting
            told = f": {error}" if isinstance(error, NightshiftError) else ""
            LOG.error("the message about night %s was not sent by %s: %s%s", notice.night, notifier.name, type(error).__name__, told)
            failed.append(notifier.name)
    return tuple(failed)


def main() -> int:
    """Send a trial message; 0 where every channel took it, 5 where one did not, 2 for wrong settings."""
    logging.basicConfig(format="%(message)s")
    trial = Notice(
        "of no date", "mode none", "only a trial", "If you read this, messages about red and late nights reach you.", "none", "none"
    )
    try:
        failed = send(load_settings().notify, trial)
    except NightshiftError as error:
        print(f"notify: {error}", file=sys.stderr)
        return error.exit_code
    return WorldError.exit_code if failed else 0


if __name__ == "__main__":
    sys.exit(main())
