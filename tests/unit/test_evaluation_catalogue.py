"""The page of all checks is what the declarations say."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pipeline.evaluation.catalogue import gates, page
from pipeline.evaluation.checks import Check, Gate, zero
from tests.conftest import CHECKOUT

WRITTEN = (CHECKOUT / "docs" / "checks.md").read_text()
CHECKS = [(gate, check) for gate in gates() for check in gate.declared]


def test_the_page_is_generated_from_the_declarations_as_they_stand() -> None:
    command = [sys.executable, "-m", "pipeline.evaluation.catalogue"]
    printed = subprocess.run(command, check=True, cwd=CHECKOUT, capture_output=True, text=True).stdout
    assert printed == page(gates())
    assert printed == WRITTEN, "docs/checks.md is old: python -m pipeline.evaluation.catalogue > docs/checks.md"


@pytest.mark.parametrize(("gate", "check"), CHECKS, ids=[f"{gate.name}:{check.name}" for gate, check in CHECKS])
def test_every_check_has_one_row_with_all_that_a_person_needs(gate: Gate, check: Check) -> None:
    section = page([gate]).partition(f"## {gate.name}\n")[2]
    (row,) = (line for line in section.splitlines() if line.startswith(f"| `{check.name}` |"))
    name, figure, must, severity, reason, then = (cell.strip() for cell in row.strip("|").split("|"))
    assert (name, figure, severity, reason) == (f"`{check.name}`", f"`{check.figure}`", f"**{check.severity}**", check.reason)
    assert must
    assert then


def test_a_check_more_is_a_row_more() -> None:
    gate = gates()[0]
    more = Gate(
        gate.name, gate.population, (*gate.counting, zero("nothing_new", "new_things", "warn", "there is something new")), gate.judging
    )
    assert "| `nothing_new` | `new_things` | exactly 0 | **warn** | there is something new |" in page([more])
