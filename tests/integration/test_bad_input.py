"""Bad input through the real command: one clear line, the right exit code, nothing half-published, and the night runs after the repair."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

import pytest

from tests.commanding import EMPTY, FIRST, LAST, NEXT, SCORED, nightshift, passes, refused, seen
from tests.worlds import SMALL, World, at, label, transaction

NOON = at(f"{NEXT} 12:00")
CANARY = "canary-3f9c"  # a password that must never be told


@dataclass(frozen=True)
class Break:
    """How a source breaks its contract, how it is mended, and what the line must say."""

    breaking: str
    mending: str
    sentence: str


BREAKS = {
    "transactions are gone": Break(
        "ALTER TABLE transactions RENAME TO transactionz",
        "ALTER TABLE transactionz RENAME TO transactions",
        "the source has no table 'transactions' (source.transactions.table), did you mean 'transactionz'?",
    ),
    "labels are gone": Break(
        "ALTER TABLE labels RENAME TO verdicts",
        "ALTER TABLE verdicts RENAME TO labels",
        "the source has no table 'labels' (source.labels.table); it has transactions, verdicts",
    ),
    "a column is gone": Break(
        "ALTER TABLE transactions RENAME amount TO amounts",
        "ALTER TABLE transactions RENAME amounts TO amount",
        "transactions has no column 'amount': did you mean 'amounts'?",
    ),
    "amounts are text": Break(
        "ALTER TABLE transactions ALTER amount TYPE text",
        "ALTER TABLE transactions ALTER amount TYPE numeric USING amount::numeric",
        "transactions.amount is TEXT: it must be a decimal, a floating-point number or an integer",
    ),
    "keys are floats": Break(
        "ALTER TABLE transactions ALTER transaction_id TYPE double precision",
        "ALTER TABLE transactions ALTER transaction_id TYPE bigint",
        "transactions.transaction_id is DOUBLE PRECISION",
    ),
    "keys of labels are text": Break(
        "ALTER TABLE labels ALTER transaction_id TYPE text",
        "ALTER TABLE labels ALTER transaction_id TYPE bigint USING transaction_id::bigint",
        "labels.transaction_id and transactions.transaction_id must be of one type",
    ),
    "timestamps are naive": Break(
        "ALTER TABLE transactions ALTER occurred_at TYPE timestamp",
        "ALTER TABLE transactions ALTER occurred_at TYPE timestamptz",
        "transactions.occurred_at is a timestamp without time zone: make it timestamptz",
    ),
    "labels are dated by the day": Break(
        "ALTER TABLE labels ALTER known_at TYPE date USING date '2026-03-01'",
        "ALTER TABLE labels ALTER known_at TYPE timestamptz",
        "labels.known_at is DATE: it must be a timestamp with time zone",
    ),
    "verdicts are words": Break(
        "ALTER TABLE labels ALTER is_fraud TYPE text",
        "ALTER TABLE labels ALTER is_fraud TYPE boolean USING is_fraud::boolean",
        "labels.is_fraud is TEXT: it must be a boolean or an integer",
    ),
}


def test_a_source_that_breaks_its_contract_is_named_and_the_night_runs_once_it_is_mended(behind: World) -> None:
    for broken in BREAKS.values():
        behind.change(broken.breaking)
        refused(behind, 4, broken.sentence, "night", NEXT)
        behind.change(broken.mending)
    passes(behind, NEXT)


FORGET_SEALS = "UPDATE scoring.run SET features_seal = NULL; DELETE FROM scoring.rejected_transaction; DELETE FROM scoring.seal"


@pytest.mark.parametrize("column", ["transaction_id", "customer_id"])
def test_a_key_that_is_retyped_after_nights_were_sealed_is_refused(behind: World, column: str) -> None:
    tables = ("transactions", "labels") if column == "transaction_id" else ("transactions",)
    behind.change(*(f"ALTER TABLE {table} ALTER {column} TYPE text" for table in tables))
    refused(behind, 4, "sealed nights hold transaction_id int64", "night", NEXT)
    behind.change(*(f"ALTER TABLE {table} ALTER {column} TYPE bigint USING {column}::bigint" for table in tables))
    passes(behind, NEXT)


REFUSING = {
    "a view that divides by zero": (
        "22012",
        "SELECT t.*, 1 / (transaction_id - 4007) AS share FROM kept AS t WHERE 1 / (transaction_id - 4007) < 9",
    ),
    "a view that reads text as a number": ("22P02", "SELECT t.* FROM kept AS t WHERE left('id' || transaction_id, 3)::int > 0"),
    "a view over a table that is gone": ("42P01", "SELECT t.* FROM kept AS t WHERE reads_what_is_gone()"),
}


@pytest.mark.parametrize(("state", "view"), REFUSING.values(), ids=REFUSING)
def test_a_source_that_refuses_to_answer_is_named_with_its_state_and_the_night_runs_once_it_is_mended(
    behind: World, state: str, view: str
) -> None:
    behind.change(
        "ALTER TABLE transactions RENAME TO kept",
        "CREATE FUNCTION reads_what_is_gone() RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN EXISTS (SELECT FROM gone); END'",
        f"CREATE VIEW transactions AS {view}",
    )
    refused(behind, 4, f"answered with SQLSTATE {state}, table transactions: mend the values", "night", NEXT)
    behind.change("DROP VIEW transactions", "ALTER TABLE kept RENAME TO transactions")
    passes(behind, NEXT)


BAD_ROWS = {
    "amount is not a number": transaction(9001, NOON, amount=math.nan),
    "amount is infinite": transaction(9002, NOON, amount=math.inf),
    "amount is negative": transaction(9003, NOON, amount=-0.01),
    "amount is missing": transaction(9004, NOON, amount=None),
    "amount is too large": transaction(9005, NOON, amount=1e15),
    "transaction_id is missing": transaction(None, NOON),
    "customer is missing": transaction(9006, NOON, customer_id=None),
    "recorded_at is missing": transaction(9007, NOON, recorded_at=None),
    "occurred_at is missing": transaction(9008, NOON) | {"occurred_at": None},
    "occurred after the night ended": transaction(9009, NOON) | {"occurred_at": NOON + dt.timedelta(days=2)},
    "occurred more than a year before it arrived": transaction(9010, NOON) | {"occurred_at": at("1970-01-01 00:00")},
}


def test_rows_that_break_the_contract_are_set_aside_with_their_reasons_and_the_rest_is_published(behind: World) -> None:
    behind.insert("transactions", BAD_ROWS.values())
    behind.insert("transactions", [transaction(9500 + number, NOON) for number in range(200)])  # bad rows are few
    twice, otherwise = transaction(9100, NOON), transaction(9101, NOON)
    behind.insert("transactions", [twice, twice, otherwise, otherwise | {"amount": 11}])
    outcome = passes(behind, NEXT, rows=341)
    assert "355 rows in = 341 scored + 13 rejected + 1 collapsed + 0 unscored" in outcome.out
    reasons = {row[0]: row[1] for row in behind.rows("SELECT reason, count(*) FROM scoring.rejected_transaction GROUP BY reason")}
    assert reasons == dict.fromkeys(BAD_ROWS, 1) | {"one id with two payloads": 2}


def test_a_row_that_comes_late_brings_its_history_and_one_that_a_wrong_clock_dated_does_not(behind: World) -> None:
    long_ago = transaction(8001, at("2026-01-20 12:00"))  # the source begins with it
    late = transaction(8002, at("2026-01-21 12:00"), recorded_at=NOON)
    behind.insert("transactions", [long_ago, late, transaction(8003, at("1970-01-01 00:00"), recorded_at=NOON)])
    passes(behind, NEXT, rows=141)
    assert behind.scalar("SELECT min(night)::text FROM scoring.seal") == "2026-01-20"


UNDATED = {"occurred_at": None, "recorded_at": None}
REASONS = """SELECT night::text, what, transaction_id, reason FROM scoring.rejected_transaction
    WHERE night >= '2026-03-05' ORDER BY night, what, transaction_id, reason"""


def test_rows_that_belong_to_no_night_are_set_aside_once_by_the_newest(behind: World) -> None:
    behind.insert("transactions", [transaction(9001, NOON) | UNDATED, transaction(None, NOON) | UNDATED])
    behind.change(
        f"INSERT INTO transactions VALUES (9002, '{NOON}', '-infinity', 1, 2, 10), (9003, 'infinity', NULL, 1, 2, 10)",
        "INSERT INTO labels VALUES (4000, true, NULL), (NULL, true, NULL), (4001, true, 'infinity')",
    )
    assert nightshift("night", SCORED).code == 0  # sealed before they came
    assert "144 rows in = 140 scored + 4 rejected + 0 collapsed + 0 unscored" in passes(behind, NEXT).out
    first = [
        (NEXT, "labels", "4000", "label: known_at is missing"),
        (NEXT, "labels", "4001", "label: known_at lies outside 1970 to 9999"),
        (NEXT, "labels", None, "label: known_at is missing"),
        (NEXT, "transactions", "9001", "occurred_at is missing"),
        (NEXT, "transactions", "9002", "recorded_at lies outside 1970 to 9999"),
        (NEXT, "transactions", "9003", "occurred_at lies outside 1970 to 9999"),
        (NEXT, "transactions", None, "occurred_at is missing"),
    ]
    assert behind.rows(REASONS) == first
    behind.insert("transactions", [transaction(None, NOON) | UNDATED])
    assert "141 rows in = 140 scored + 1 rejected + 0 collapsed + 0 unscored" in passes(behind, LAST).out
    assert behind.rows(REASONS) == [*first, (LAST, "transactions", None, "occurred_at is missing")]


def test_where_arrivals_are_not_recorded_a_row_that_never_occurred_is_set_aside(behind: World) -> None:
    behind.configure(**SMALL, transactions={"recorded_at": None})
    behind.insert("transactions", [transaction(9001, NOON) | {"occurred_at": None}])
    behind.change(f"INSERT INTO transactions VALUES (9002, '-infinity', '{NOON}', 1, 2, 10)")
    assert "142 rows in = 140 scored + 2 rejected + 0 collapsed + 0 unscored" in passes(behind, NEXT).out
    assert [reason for *_, reason in behind.rows(REASONS)] == ["occurred_at is missing", "occurred_at lies outside 1970 to 9999"]


def test_a_label_without_a_key_or_a_verdict_is_set_aside(behind: World) -> None:
    behind.insert("labels", [label(None, NOON), label(4000, NOON, is_fraud=None)])
    passes(behind, NEXT)
    assert behind.rows("SELECT what, reason FROM scoring.rejected_transaction ORDER BY reason") == [
        ("labels", "label: is_fraud is missing"),
        ("labels", "label: transaction_id is missing"),
    ]


@pytest.mark.parametrize("amount", ["'NaN'", "'-1'"])
def test_a_night_of_which_too_much_is_broken_is_stopped_by_its_gate_and_runs_after_the_repair(behind: World, amount: str) -> None:
    behind.change(
        "CREATE TABLE kept AS SELECT * FROM transactions",
        f"UPDATE transactions SET amount = {amount} WHERE transaction_id BETWEEN 4000 AND 4100",
    )
    refused(behind, 3, "rows_accepted", "night", NEXT)
    assert behind.scalar(f"SELECT state FROM scoring.night_summary WHERE night = '{NEXT}'") == "stopped"
    behind.change("TRUNCATE transactions", "INSERT INTO transactions SELECT * FROM kept")
    passes(behind, NEXT)


def test_a_stopped_night_leaves_its_earlier_publication_as_it_was(behind: World) -> None:
    before = seen(behind)
    behind.change("UPDATE transactions SET amount = 'NaN' WHERE transaction_id BETWEEN 4000 AND 4139")
    refused(behind, 3, NEXT, "night", NEXT)
    assert seen(behind) == before


def test_a_night_that_comes_before_the_one_before_it_is_refused_and_the_range_to_run_first_is_named(behind: World) -> None:
    refused(behind, 7, f"run 'nightshift backfill {NEXT} {LAST}' first", "night", EMPTY)


def test_an_empty_night_is_published_empty_and_marked(behind: World) -> None:
    assert nightshift("backfill", NEXT, LAST).code == 0
    assert "published (empty): 0 rows in" in passes(behind, EMPTY, rows=0).out
    assert behind.rows(f"SELECT state, empty, rows_in, alerts FROM scoring.night_summary WHERE night = '{EMPTY}'") == [
        ("published", True, 0, 0)
    ]
    assert behind.scalar(f"SELECT row_count FROM scoring.publication WHERE night = '{EMPTY}'") == 0


def test_a_night_before_the_source_begins_is_refused_and_stands_in_no_other_nights_way(behind: World) -> None:
    behind.configure(**SMALL, train_patience="0s")
    refused(behind, 2, f"night 2026-02-28 lies before the source begins: its first night is {FIRST}", "night", "2026-02-28")
    assert nightshift("night", FIRST).code == 0


@pytest.mark.parametrize("lost", ["-infinity", "1969-12-31 23:59+00"])
def test_a_source_begins_with_the_first_arrival_that_a_calendar_holds(behind: World, lost: str) -> None:
    behind.change(f"INSERT INTO transactions VALUES (9001, '{NOON}', '{lost}', 1, 2, 10)")
    refused(behind, 2, f"night 2026-02-28 lies before the source begins: its first night is {FIRST}", "night", "2026-02-28")
    passes(behind, NEXT)


def test_a_source_of_which_no_arrival_lies_in_a_calendar_holds_nothing_yet(behind: World) -> None:
    behind.change("UPDATE transactions SET recorded_at = '-infinity'", FORGET_SEALS)
    refused(behind, 4, "transactions holds no transactions yet", "night", NEXT)


def test_a_source_without_a_transaction_is_named(behind: World) -> None:
    behind.change("TRUNCATE transactions", FORGET_SEALS)
    refused(behind, 4, "transactions holds no transactions yet: load some, then run the night again", "night", NEXT)
