"""A Chromium that stays open and does what it is told, over its DevTools protocol: https://chromedevtools.github.io/devtools-protocol/."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from ops.browser import PATIENCE, QUIET, sandbox
from ops.rest import wait_until
from pipeline.core.errors import WorldError

HERE_ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"  # the last of two such options counts


class DevTools:
    """One tab of a Chromium, asked one thing at a time."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection, self._asked, self._session = connection, 0, ""
        tab = next(target for target in self.ask("Target.getTargets")["targetInfos"] if target["type"] == "page")
        self._session = self.ask("Target.attachToTarget", targetId=tab["targetId"], flatten=True)["sessionId"]

    def ask(self, method: str, **parameters: object) -> dict[str, Any]:
        """The answer to one command; `WorldError` where Chromium refuses it, or says nothing for two minutes."""
        self._asked += 1
        message = {"id": self._asked, "method": method, "params": parameters} | ({"sessionId": self._session} if self._session else {})
        self._connection.send(json.dumps(message))
        while True:
            try:
                told = json.loads(self._connection.recv(timeout=PATIENCE))
            except TimeoutError:
                raise WorldError(f"the browser does not answer {method} within {PATIENCE} s") from None
            if told.get("id") != self._asked:
                continue  # an event, which nobody waits for
            if "error" in told:
                raise WorldError(f"the browser refuses {method}: {told['error']['message']}")
            return dict(told["result"])


@contextmanager
def devtools(browser: str, width: int, height: int) -> Iterator[DevTools]:
    """A fresh Chromium with one empty tab; it reaches this machine's own address and nothing else, and is gone at the end."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:  # what it still writes as it ends is nobody's
        options = (*sandbox(), *QUIET, HERE_ALONE, f"--user-data-dir={profile}", f"--window-size={width},{height}")
        command = [browser, "--headless", *options, "--remote-debugging-port=0", "about:blank"]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603  # the command is ours
        try:
            address = wait_until("a browser that listens", PATIENCE, lambda: _address(Path(profile)), rest=0.1)
            with connect(address, max_size=None, proxy=None) as connection:
                yield DevTools(connection)
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE)


def _address(profile: Path) -> str | None:
    """Where it listens: it chose the port, and left it in its profile."""
    file = profile / "DevToolsActivePort"
    lines = file.read_text().splitlines() if file.exists() else []
    return f"ws://127.0.0.1:{lines[0]}{lines[1]}" if len(lines) > 1 else None
