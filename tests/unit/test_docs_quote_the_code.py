"""The page of faults quotes what is printed: a sentence that was reworded is missed here."""

from __future__ import annotations

import ast
import re
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = (CHECKOUT / "docs" / "operations.md").read_text()
ROW = re.compile(r"^\| (.*?) \| \d \| ", re.MULTILINE)  # a sentence and its exit code
SHORTEST = 8  # letters of a fragment that says anything


def fragments() -> list[str]:
    """The fixed parts of each quoted sentence: what stands between names and numbers."""
    quoted = [text for cell in ROW.findall(PAGE) for text in re.findall(r"`([^`]+)`", cell)]
    return [part for text in quoted for part in text.split("…") if len(part.strip()) >= SHORTEST]


def texts() -> list[str]:
    """The constants of the pipeline, and those of its templates with `…` for what is filled in."""
    found = []
    for path in (CHECKOUT / "pipeline").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
            elif isinstance(node, ast.JoinedStr):
                found.append("".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values))
    return [*found, *((path.read_text()) for path in (CHECKOUT / "sql" / "views").glob("*.sql"))]


def test_every_sentence_that_the_page_quotes_is_one_that_is_printed() -> None:
    printed = texts()
    assert len(fragments()) > 8
    assert [part for part in fragments() if not any(part.strip() in text for text in printed)] == []
