"""A window is clicked and written into as a person would, waits as long as it is told, and reaches nothing but this machine."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.devtools import devtools
from ops.window import FIELD, TEXT, Window
from pipeline.core.errors import WorldError

pytestmark = pytest.mark.slow

PAGE = b"""<!doctype html><title>A form</title><div id="cover" style="position: fixed; inset: 0; background: #eee">One moment</div>
<label>Name <input id="who" value="nobody"></label> <input name="unnamed"> <input type="date" id="day">
<button onclick="said.textContent = `${who.value}, ${document.getElementsByName('unnamed')[0].value}, ${day.value}!`">Send</button>
<p id="said">Nothing yet</p><p onclick="said.textContent = 'read'">Only words</p>
<iframe srcdoc="<p>A page within</p>"></iframe>
<script>setTimeout(() => cover.remove(), 1500); fetch("http://example.org/").catch(() => document.body.append("no way out"))</script>"""


class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def window(chromium: str) -> Iterator[Window]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server, devtools(chromium, 800, 600) as tools:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        window = Window(tools)
        window.go(f"http://127.0.0.1:{server.server_port}/form")
        yield window
        server.shutdown()


def test_what_is_covered_is_clicked_once_nothing_covers_it_any_more(window: Window) -> None:
    window.await_text("One moment", "Nothing yet")
    window.click("button", "Send")
    assert "One moment" not in window.await_text("nobody, , !")


def test_fields_are_found_by_their_label_or_their_name_and_their_text_is_replaced(window: Window) -> None:
    window.write("textbox", "Name", "Ann & Bob")
    window.write(FIELD, "unnamed", "<b>")
    for part, keys in (("Month", "11"), ("Day", "22"), ("Year", "2026")):
        window.press("spinbutton", part, keys)
    window.click("button", "Send")
    window.await_text("Ann & Bob, <b>, 2026-11-22!")


def test_words_are_clicked_too_and_a_page_within_is_read(window: Window) -> None:
    window.click(TEXT, "Only words")
    assert "A page within" in window.await_text("read")


def test_what_does_not_come_is_told_with_what_is_there_instead(window: Window) -> None:
    with pytest.raises(WorldError, match=r"\('good news',\) on the page did not happen within 1 s; it says: (.|\n)*Only words"):
        window.await_text("good news", patience=1)
    with pytest.raises(WorldError, match="a button 'Undo' that can be clicked did not happen within 1 s"):
        window.click("button", "Undo", patience=1)


def test_a_page_cannot_reach_out_and_its_picture_is_taken(window: Window, tmp_path: Path) -> None:
    window.await_text("no way out")
    window.picture(tmp_path / "window.png")
    assert (tmp_path / "window.png").read_bytes().startswith(b"\x89PNG")
    assert window.address.endswith("/form")
