"""The pages that promise name the tests that show it; a test that was renamed or dropped is missed here."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PAGES = [CHECKOUT / "docs" / name for name in ("security.md", "operations.md")]
NAME = re.compile(r"`(?:[\w/]+\.py::)?(test_\w+)`")
SHOWN_BY = "shown by"


def known_tests() -> set[str]:
    """The names of all functions that pytest would collect."""
    trees = (ast.parse(path.read_text()) for path in (CHECKOUT / "tests").rglob("test_*.py"))
    return {node.name for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def claims(page: str) -> list[str]:
    """The rows of the tables whose last column says what shows them.

    >>> claims("| he tries | shown by |\\n| --- | --- |\\n| a | `test_a` |\\n\\n| b | c |\\n| --- | --- |\\n| d | e |")
    ['| a | `test_a` |']
    """
    tables = re.findall(r"(?:^\|.*\|$\n?)+", page, re.MULTILINE)
    return [row for table in tables if table.splitlines()[0].endswith(f"| {SHOWN_BY} |") for row in table.splitlines()[2:]]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_a_page_names_exists(page: Path) -> None:
    named = set(NAME.findall(page.read_text()))
    assert len(named) > 10
    assert named - known_tests() == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_claim_in_a_table_of_claims_names_a_test(page: Path) -> None:
    rows = claims(page.read_text())
    assert len(rows) > 5
    assert [row for row in rows if not NAME.search(row.rstrip("| ").rpartition("|")[2])] == []
