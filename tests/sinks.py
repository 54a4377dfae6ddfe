"""Servers that take messages: a mail server and a webhook, on real sockets of this machine."""

from __future__ import annotations

import base64
import http.server
import json
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path


@dataclass
class Mailbox:
    """What a mail server took. `certificate` makes it offer STARTTLS; `refuses` is the recipient that it knows nothing of."""

    port: int = 0
    certificate: Path | None = None
    refuses: str | None = None
    messages: list[EmailMessage] = field(default_factory=list)
    logins: list[tuple[str, str, bool]] = field(default_factory=list)  # user, password, whether the line was encrypted


@contextmanager
def mail_server(mailbox: Mailbox) -> Iterator[Mailbox]:
    class Session(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            self.encrypted = False
            self.say("220 sink")
            while line := self.rfile.readline().decode().strip():
                if not self.answer(line, line.split()[0].upper()):
                    break

        def answer(self, line: str, verb: str) -> bool:
            if verb == "EHLO":
                offered = ["STARTTLS"] if mailbox.certificate and not self.encrypted else ["AUTH PLAIN"]
                self.say("\r\n".join(["250-sink", *(f"250-{word}" for word in offered), "250 8BITMIME"]))
            elif verb == "STARTTLS":
                self.say("220 go on")
                self.encrypt()
            elif verb == "AUTH":
                _, user, password = base64.b64decode(line.split()[2]).decode().split("\0")
                mailbox.logins.append((user, password, self.encrypted))
                self.say("235 welcome" if password == "right" else "535 no")
            elif verb == "DATA":
                self.say("354 go on")
                self.take()
            elif verb == "RCPT" and mailbox.refuses and mailbox.refuses in line:
                self.say("550 nobody of that name")
            else:
                self.say("221 bye" if verb == "QUIT" else "250 fine")
            return verb != "QUIT"

        def encrypt(self) -> None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(str(mailbox.certificate))
            self.connection = context.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", buffering=0)
            self.encrypted = True

        def take(self) -> None:
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line.removeprefix(b"."))
            message = message_from_bytes(b"".join(lines), policy=policy.default)
            assert isinstance(message, EmailMessage)
            mailbox.messages.append(message)
            self.say("250 taken")

    with socketserver.ThreadingTCPServer(("127.0.0.1", mailbox.port), Session) as server:
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that hangs up is no news
        mailbox.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield mailbox
        server.shutdown()


@dataclass
class Posts:
    """What a webhook was sent: path, headers and JSON of each post. `status` is what it answers."""

    status: int = 200
    port: int = 0
    received: list[tuple[str, dict[str, str], dict[str, object]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


@contextmanager
def webhook_server(posts: Posts) -> Iterator[Posts]:
    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            posts.received.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(posts.status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", posts.port), Hook) as server:
        posts.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield posts
        server.shutdown()
