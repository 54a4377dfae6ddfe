"""Bad input through the real command: one clear line, the right exit code, nothing half-published, and the night runs after the repair."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline import steps
from pipeline.core.night import Night
from pipeline.data import server
from pipeline.house import open_house
from tests.commanding import EMPTY, FIRST, LAST, NEXT, SCORED, Template, four_nights, nightshift, passes, refused, seen
from tests.worlds import SMALL, World, at, label, trade, transaction

NOON = at(f"{NEXT} 12:00")
CANARY = "canary-3f9c"  # a password that must never be told


@pytest.fixture(scope="module")
def template(postgres: server.Embedded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    with four_nights(postgres, tmp_path_factory.mktemp("four")) as template:
        yield template


@pytest.fixture
def world(template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Four nights behind it, the fourth published; the source holds two more."""
    world = template.copy(tmp_path, monkeypatch)
    yield world
    world.database.engine.dispose()


def change(world: World, *statements: str) -> None:
    """Statements of the test's own upon the source."""
    with world.database.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


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
        "transactions.amount is TEXT: it must be a number or an integer",
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


def test_a_source_that_breaks_its_contract_is_named_and_the_night_runs_once_it_is_mended(world: World) -> None:
    for broken in BREAKS.values():
        change(world, broken.breaking)
        refused(world, 4, broken.sentence, "night", NEXT)
        change(world, broken.mending)
    passes(world, NEXT)


@pytest.mark.parametrize("column", ["transaction_id", "customer_id"])
def test_a_key_that_is_retyped_after_nights_were_sealed_is_refused(world: World, column: str) -> None:
    tables = ("transactions", "labels") if column == "transaction_id" else ("transactions",)
    change(world, *(f"ALTER TABLE {table} ALTER {column} TYPE text" for table in tables))
    refused(world, 4, "sealed nights hold transaction_id int64", "night", NEXT)
    change(world, *(f"ALTER TABLE {table} ALTER {column} TYPE bigint USING {column}::bigint" for table in tables))
    passes(world, NEXT)


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
}


def test_rows_that_break_the_contract_are_set_aside_with_their_reasons_and_the_rest_is_published(world: World) -> None:
    world.insert("transactions", BAD_ROWS.values())
    world.insert("transactions", [transaction(9500 + number, NOON) for number in range(200)])  # bad rows are few
    twice, otherwise = transaction(9100, NOON), transaction(9101, NOON)
    world.insert("transactions", [twice, twice, otherwise, otherwise | {"amount": 11}])
    outcome = passes(world, NEXT, rows=341)
    assert "354 rows in = 341 scored + 12 rejected + 1 collapsed + 0 unscored" in outcome.out
    reasons = {row[0]: row[1] for row in world.rows("SELECT reason, count(*) FROM scoring.rejected_transaction GROUP BY reason")}
    assert reasons == dict.fromkeys(BAD_ROWS, 1) | {"one id with two payloads": 2}


def test_a_label_without_a_key_or_a_verdict_is_set_aside(world: World) -> None:
    world.insert("labels", [label(None, NOON), label(4000, NOON, is_fraud=None)])
    passes(world, NEXT)
    assert world.rows("SELECT what, reason FROM scoring.rejected_transaction ORDER BY reason") == [
        ("labels", "label: is_fraud is missing"),
        ("labels", "label: transaction_id is missing"),
    ]


@pytest.mark.parametrize("amount", ["'NaN'", "'-1'"])
def test_a_night_of_which_too_much_is_broken_is_stopped_by_its_gate_and_runs_after_the_repair(world: World, amount: str) -> None:
    change(
        world,
        "CREATE TABLE kept AS SELECT * FROM transactions",
        f"UPDATE transactions SET amount = {amount} WHERE transaction_id BETWEEN 4000 AND 4100",
    )
    refused(world, 3, "rows_accepted", "night", NEXT)
    assert world.scalar(f"SELECT state FROM scoring.night_summary WHERE night = '{NEXT}'") == "stopped"
    change(world, "TRUNCATE transactions", "INSERT INTO transactions SELECT * FROM kept")
    passes(world, NEXT)


def test_a_stopped_night_leaves_its_earlier_publication_as_it_was(world: World) -> None:
    before = seen(world)
    change(world, "UPDATE transactions SET amount = 'NaN' WHERE transaction_id BETWEEN 4000 AND 4139")
    refused(world, 3, NEXT, "night", NEXT)
    assert seen(world) == before


def test_an_empty_night_is_published_empty_and_marked(world: World) -> None:
    assert "published (empty): 0 rows in" in passes(world, EMPTY, rows=0).out
    assert world.rows(f"SELECT state, empty, rows_in, alerts FROM scoring.night_summary WHERE night = '{EMPTY}'") == [
        ("published", True, 0, 0)
    ]
    assert world.scalar(f"SELECT row_count FROM scoring.publication WHERE night = '{EMPTY}'") == 0


def test_a_night_before_the_source_begins_is_refused_and_stands_in_no_other_nights_way(world: World) -> None:
    world.configure(**SMALL, train_patience="0s")
    refused(world, 2, f"night 2026-02-28 lies before the source begins: its first night is {FIRST}", "night", "2026-02-28")
    assert nightshift("night", FIRST).code == 0


def test_a_source_without_a_transaction_is_named(world: World) -> None:
    change(world, "TRUNCATE transactions", "TRUNCATE scoring.seal, scoring.rejected_transaction")
    refused(world, 4, "transactions holds no transactions yet: load some, then run the night again", "night", NEXT)


def test_a_model_file_changed_by_one_byte_scores_nothing_until_it_is_put_back(world: World) -> None:
    (file,) = (world.home / ".nightshift" / "lake" / "models").rglob("*.skops")
    good = file.read_bytes()
    file.write_bytes(bytes([*good[:200], good[200] ^ 1, *good[201:]]))
    refused(world, 5, "is not what was written there", "night", NEXT)
    file.write_bytes(good)
    passes(world, NEXT)


def test_a_registry_row_changed_by_hand_scores_nothing(world: World) -> None:
    change(world, "UPDATE scoring.model_version SET manifest = replace(manifest, '0.', '1.')")
    refused(world, 5, "its registry row is not signed with our key", "night", NEXT)


def test_a_sealed_file_changed_by_one_byte_is_found_when_it_is_read(world: World) -> None:
    (file,) = (world.home / ".nightshift" / "lake" / "transactions" / f"night={SCORED}").glob("*.parquet")
    good = file.read_bytes()
    file.write_bytes(bytes([*good[:-30], good[-30] ^ 1, *good[-29:]]))
    refused(world, 5, "is not what was written there", "night", NEXT)
    file.write_bytes(good)
    passes(world, NEXT)


def test_a_missing_signing_key_is_named_and_another_key_signs_nothing_of_ours(world: World) -> None:
    key = world.home / ".nightshift" / "signing.key"
    good = key.read_bytes()
    key.unlink()
    refused(world, 2, f"the signing key {key} cannot be read", "night", NEXT)
    key.write_bytes(good[::-1])
    refused(world, 5, "is not signed with our key", "night", NEXT)
    key.write_bytes(good[:5])
    refused(world, 2, "the signing key has 5 bytes and needs 32", "night", NEXT)
    key.write_bytes(good)
    passes(world, NEXT)


def test_a_model_of_another_view_may_not_score(world: World) -> None:
    world.configure(**SMALL | {"view": "pipeline.features.handbook:VIEW"})
    refused(world, 6, "was trained on view", "night", NEXT)
    world.configure(**SMALL)
    passes(world, NEXT)


def test_a_view_whose_entity_is_not_mapped_is_named(world: World) -> None:
    world.configure(**SMALL, transactions={"entities": {"customer": "customer_id"}})
    refused(world, 2, "needs the entity terminal, but source.transactions.entities maps customer", "night", NEXT)
    world.configure(**SMALL)
    passes(world, NEXT)


def test_a_night_waits_for_the_one_before_that_was_begun_and_never_finished(world: World) -> None:
    world.configure(**SMALL, train_patience="0s")
    with open_house() as house:
        steps.extract(house, steps.plan(house, Night.parse(NEXT), scheduled=False, requested_by="test"))
    refused(world, 7, f"run 'nightshift night {NEXT}' first", "night", LAST)
    passes(world, NEXT)
    passes(world, LAST)


def test_a_night_that_died_between_two_steps_is_repaired_by_running_it_again(world: World) -> None:
    scores = set()
    order = (steps.extract, steps.build_features, steps.score, steps.judge, steps.publish)
    for done in range(1, len(order) + 1):
        with open_house() as house:
            run_id = steps.plan(house, Night.parse(NEXT), scheduled=False, requested_by="test")
            for step in order[:done]:
                step(house, run_id)
        passes(world, NEXT)
        scores.add(tuple(world.rows(f"SELECT transaction_id, score FROM scoring.current_prediction WHERE night = '{NEXT}' ORDER BY 1")))
    assert len(scores) == 1


def test_wrong_addresses_and_passwords_are_answered_without_telling_the_password(world: World) -> None:
    url = world.database.url
    asked = {
        (2, "check user, password and database name in warehouse_url"): url.set(password=CANARY),
        (2, "database name in warehouse_url"): url.set(database="nobody"),
        (5, "is the server up, and warehouse_url right?"): url.set(port=1, password=CANARY),
        (5, "is the server up"): url.set(host="nowhere.invalid", password=CANARY),
        (5, "no connection to"): sa.make_url(f"postgresql+psycopg://127.0.0.1:1/x?user=me&password={CANARY}"),
    }
    for (code, sentence), wrong in asked.items():
        for setting in ("warehouse_url", "source_url"):
            address = wrong.render_as_string(hide_password=False)
            world.configure(**SMALL | {setting: address})
            outcome = nightshift("night", NEXT)
            assert (outcome.code, outcome.err.count("\n")) == (code, 1), outcome
            assert sentence.replace("warehouse_url", setting) in outcome.err
            assert CANARY not in outcome.out + outcome.err
    world.configure(**SMALL)
    passes(world, NEXT)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        (f"{CANARY} nonsense", "is not a SQLAlchemy URL"),
        (f"postgresql+nothing://me:{CANARY}@127.0.0.1/x", "is not a SQLAlchemy URL"),
        (f"postgresql+asyncpg://me:{CANARY}@127.0.0.1/x", "write postgresql+psycopg://"),
        (f"postgresql+psycopg2://me:{CANARY}@127.0.0.1/x", "write postgresql+psycopg://"),
        (f"mysql://me:{CANARY}@127.0.0.1/x", ""),
        ("sqlite:////tmp/warehouse.db", "must name a PostgreSQL database, not sqlite"),
    ],
)
def test_a_warehouse_that_is_none_is_refused_before_anything_is_tried(world: World, url: str, sentence: str) -> None:
    world.configure(**SMALL | {"warehouse_url": url})
    for words in (("night", NEXT), ("sql", "SELECT 1"), ("init",), ("report", NEXT)):
        outcome = nightshift(*words)
        assert (outcome.code, outcome.err.count("\n")) == (2, 1), outcome
        assert sentence in outcome.err
        assert CANARY not in outcome.err


@pytest.mark.parametrize(
    ("lake", "code", "sentence"),
    [
        ("nonsense", 2, "lake_uri 'nonsense' cannot be opened"),
        ("file:///proc/nightshift", 5, "the lake"),
        ("file:///dev/null/lake", 5, "the lake cannot"),
    ],
)
def test_a_lake_that_cannot_be_written_is_named(
    postgres: server.Embedded, database_url: str, tmp_path: Path, lake: str, code: int, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World.make(database_url, tmp_path, monkeypatch)
    world.configure(**SMALL, lake_uri=lake)
    world.make_tables()
    world.bring(trade(FIRST, nights=1))
    refused(world, code, sentence, "night", FIRST)
    world.configure(**SMALL)
    assert nightshift("night", FIRST).code == 0
