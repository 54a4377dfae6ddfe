"""What is installed: every package in one version, and no other bytes than those whose hash stands in the checkout."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = re.compile(r"[a-z0-9][a-z0-9._-]*(?:\[[\w,-]+\])?==\S+(?: ; .*)?(?: --hash=sha256:[0-9a-f]{64})+")


def logical_lines(text: str) -> list[str]:
    """The lines of a requirements file, continued ones put together, without comments."""
    whole = re.sub(r"\s*\\\n\s*", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE))
    return [line.strip() for line in whole.splitlines() if line.strip()]


@pytest.mark.parametrize("file", ["requirements.lock", "ops/uv.txt"])
def test_everything_that_is_installed_is_pinned_with_its_hash(file: str) -> None:
    lines = logical_lines((CHECKOUT / file).read_text())
    assert lines
    assert [line[:80] for line in lines if not PACKAGE.fullmatch(line)] == []


@pytest.mark.parametrize("file", ["ops/bootstrap.sh", "Dockerfile"])
def test_every_installation_asks_for_hashes_but_that_of_the_checkout_itself(file: str) -> None:
    commands = re.findall(r"pip install[^\n&|;]*", re.sub(r"\\\n", " ", (CHECKOUT / file).read_text()))
    assert len(commands) >= 3
    for command in commands:
        assert ("--require-hashes" in command) != ("--no-deps" in command and " -e ." in command), command
