"""What the table of faults tells of trials that went well, that went wrong, and that met nothing."""

from __future__ import annotations

from dataclasses import replace

from tests.faults.table import failures, table
from tests.faults.trials import Trial

WELL = Trial("step killed", "nightshift run", "score", 1, True, 0, 0, 0, 1, 2.5, ())


def test_a_line_has_the_sums_the_most_retries_and_the_longest_recovery_of_its_fault() -> None:
    trials = [WELL, replace(WELL, wrong_reads=2, lost=3, doubled=4, retries=0, recovery=7.25), replace(WELL, fault="disk full")]
    cells = [[cell.strip() for cell in line.split("|")] for line in table(trials).splitlines()]
    assert cells[1:] == [
        ["step killed", "2", "2", "3", "4", "at most 1", "7.2 s"],
        ["disk full", "1", "0", "0", "0", "at most 1", "2.5 s"],
        ["all", "3", "2", "3", "4", "at most 1", "7.2 s"],
    ]


def test_nothing_tried_is_a_table_too() -> None:
    assert "all   | 0" in table([])


def test_what_went_wrong_is_named_with_what_repeats_it_and_what_met_no_fault_with_its_seed() -> None:
    wrong = replace(WELL, seed=7, complaints=("the run ended as failed",))
    told = failures([WELL, wrong, replace(WELL, seed=8, fired=False)])
    assert "--seed 7 --trials 1" in told
    assert "the run ended as failed" in told
    assert "MET NO FAULT: step killed of nightshift run, seed 8" in told
    assert failures([WELL]) == ""
