"""A browser's window as a person uses it: things are found by their role and their name, and one waits until they are there."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.devtools import DevTools
from ops.rest import wait_until
from pipeline.core.errors import WorldError

PATIENCE = 60  # seconds until a page shows what it should; 2 on a quiet machine
TEXT = "StaticText"  # the role of what is merely written
FIELD = "field"  # a role of ours, for a field that the page gives no name: its `name` is that in the form
UNDER_THE_POINTER = """function() {
    const shown = this instanceof Text ? this.parentElement : this;
    shown.scrollIntoView({block: "center", inline: "nearest"});
    const {x, y, width, height} = shown.getBoundingClientRect();
    const point = [x + width / 2, y + height / 2], top = document.elementFromPoint(...point);
    const whole = shown.getRootNode().host ?? shown;  // the part of a field that the browser drew belongs to the field
    return top && (top.contains(whole) || whole.contains(top)) ? point : null;
}"""


@dataclass(frozen=True)
class Window:
    """What is asked for by `role` (as screen readers have it: button, textbox, radio …) and `name` is the first of that role and name."""

    tools: DevTools

    def go(self, address: str) -> None:
        self.tools.ask("Page.navigate", url=address)

    @property
    def address(self) -> str:
        return str(self.evaluate("location.href"))

    def evaluate(self, script: str) -> Any:
        """The value of an expression in the page."""
        return self.tools.ask("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def text(self) -> str:
        """What a person can read: the page's words, and those of the pages within it."""
        within = "[...document.querySelectorAll('iframe')].map(frame => frame.contentDocument?.body?.innerText ?? '')"
        return str(self.evaluate(f"[document.body?.innerText ?? '', ...{within}].join('\\n')"))

    def await_text(self, *wanted: str, patience: float = PATIENCE) -> str:
        """Wait until all of it can be read; the whole text comes back. `WorldError` with what is there instead."""
        return self.await_page(str(wanted), lambda told: all(one in told for one in wanted), patience)

    def await_page(self, what: str, is_there: Callable[[str], bool], patience: float = PATIENCE) -> str:
        """Wait until the page says what it should; the whole text comes back. `WorldError` with what is there instead."""

        def look() -> str | None:
            told = self.text()
            return told if is_there(told) else None

        try:
            return wait_until(f"{what} on the page", patience, look, rest=0.5)
        except WorldError as error:
            raise WorldError(f"{error}; it says: {self.text()[:2000]}") from None

    def click(self, role: str, name: str, patience: float = PATIENCE) -> None:
        """Press the left button in the middle of it, once it is there and nothing covers it."""
        x, y = wait_until(f"a {role} '{name}' that can be clicked", patience, lambda: self._place(role, name), rest=0.2)
        self.tools.ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        for kind in ("mousePressed", "mouseReleased"):
            self.tools.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def write(self, role: str, name: str, text: str) -> None:
        """Put text in place of what a field holds."""
        self.click(role, name)
        self.evaluate("document.activeElement.select?.()")
        self.tools.ask("Input.insertText", text=text)

    def press(self, role: str, name: str, keys: str) -> None:
        """Type key by key, where a field does not take text as a whole."""
        self.click(role, name)
        for key in keys:
            for kind in ("keyDown", "keyUp"):
                self.tools.ask("Input.dispatchKeyEvent", type=kind, key=key, **({"text": key} if kind == "keyDown" else {}))

    def picture(self, path: Path) -> None:
        """What the window shows: PNG."""
        path.write_bytes(base64.b64decode(self.tools.ask("Page.captureScreenshot")["data"]))

    def _place(self, role: str, name: str) -> list[float] | None:
        """The middle of it, where that is to be seen."""
        try:
            found = self._found(role, name)
            answer = found and self.tools.ask(
                "Runtime.callFunctionOn", objectId=found, functionDeclaration=UNDER_THE_POINTER, returnByValue=True
            )
        except WorldError:  # drawn anew meanwhile, or another page came
            return None
        return answer["result"].get("value") if answer else None

    def _found(self, role: str, name: str) -> str | None:
        """Chromium's handle of it."""
        if role == FIELD:
            return self._handle(f"document.getElementsByName({json.dumps(name)})[0]")
        nodes = self.tools.ask("Accessibility.queryAXTree", objectId=self._handle("document"), role=role, accessibleName=name)["nodes"]
        node = next((node["backendDOMNodeId"] for node in nodes if not node["ignored"]), None)
        return None if node is None else str(self.tools.ask("DOM.resolveNode", backendNodeId=node)["object"]["objectId"])

    def _handle(self, script: str) -> str | None:
        found = self.tools.ask("Runtime.evaluate", expression=script)["result"].get("objectId")
        return None if found is None else str(found)
