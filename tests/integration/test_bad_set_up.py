"""What a night leans on besides its rows, broken: model, key, lake, view, addresses. One line each, and the night runs after the repair."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline import steps
from pipeline.core.errors import UsageError
from pipeline.core.night import Night
from pipeline.data import server
from pipeline.data.lake import Lake
from pipeline.house import open_house
from tests.commanding import FIRST, LAST, NEXT, SCORED, nightshift, passes, refused, says
from tests.worlds import SMALL, World, at, trade

NOON = at(f"{NEXT} 12:00")
CANARY = "canary-3f9c"  # a password that must never be told


def test_a_model_file_changed_by_one_byte_scores_nothing_until_it_is_put_back(behind: World) -> None:
    champion = str(behind.scalar("SELECT version FROM scoring.champion_at(now() + interval '1 day')"))
    (file,) = (behind.home / ".nightshift" / "lake" / "models" / champion).glob("*.skops")
    good = file.read_bytes()
    file.write_bytes(bytes([*good[:200], good[200] ^ 1, *good[201:]]))
    refused(behind, 5, "is not what was written there", "night", NEXT)
    file.write_bytes(good)
    passes(behind, NEXT)


def test_a_registry_row_changed_by_hand_scores_nothing(behind: World) -> None:
    behind.change("UPDATE scoring.model_version SET manifest = replace(manifest, '0.', '1.')")
    refused(behind, 5, "its registry row is not signed with our key", "night", NEXT)


def test_a_sealed_file_changed_by_one_byte_is_found_when_it_is_read(behind: World) -> None:
    (file,) = (behind.home / ".nightshift" / "lake" / "transactions" / f"night={SCORED}").glob("*.parquet")
    good = file.read_bytes()
    file.write_bytes(bytes([*good[:-30], good[-30] ^ 1, *good[-29:]]))
    refused(behind, 5, "is not what was written there", "night", NEXT)
    file.write_bytes(good)
    passes(behind, NEXT)


WRONG_SCHEMAS = {
    "42703": ("ALTER TABLE scoring.seal RENAME late_rows TO latest", "ALTER TABLE scoring.seal RENAME latest TO late_rows"),
    "23514, table run_step, constraint mine": (
        "ALTER TABLE scoring.run_step ADD CONSTRAINT mine CHECK (step = '') NOT VALID",
        "ALTER TABLE scoring.run_step DROP CONSTRAINT mine",
    ),
    "22012": (
        "ALTER TABLE scoring.run_step ADD CONSTRAINT mine CHECK (1 / (seconds - seconds)::int > 0) NOT VALID",
        "ALTER TABLE scoring.run_step DROP CONSTRAINT mine",
    ),
}


@pytest.mark.parametrize(("state", "changes"), WRONG_SCHEMAS.items(), ids=WRONG_SCHEMAS)
def test_a_warehouse_whose_schema_was_changed_by_hand_is_no_passing_trouble(behind: World, state: str, changes: tuple[str, str]) -> None:
    breaking, mending = changes
    behind.change(breaking)
    refused(behind, 2, f"answered with SQLSTATE {state}: its schema is not the one of this version", "night", NEXT)
    behind.change(mending)
    passes(behind, NEXT)


def test_a_missing_signing_key_is_named_and_another_key_signs_nothing_of_ours(behind: World) -> None:
    key = behind.home / ".nightshift" / "signing.key"
    good = key.read_bytes()
    key.unlink()
    refused(behind, 2, f"the signing key {key} cannot be read", "night", NEXT)
    key.write_bytes(good[::-1])
    refused(behind, 5, "is not signed with our key", "night", NEXT)
    key.write_bytes(good[:5])
    refused(behind, 2, "the signing key has 5 bytes and needs 32", "night", NEXT)
    key.write_bytes(good)
    passes(behind, NEXT)


def test_a_model_of_another_view_may_not_score(behind: World) -> None:
    behind.configure(**SMALL | {"view": "pipeline.features.handbook:VIEW"})
    refused(behind, 6, "was trained on view", "night", NEXT)
    behind.configure(**SMALL)
    passes(behind, NEXT)


def test_a_view_whose_entity_is_not_mapped_is_named(behind: World) -> None:
    behind.configure(**SMALL, transactions={"entities": {"customer": "customer_id"}})
    refused(behind, 2, "needs the entity terminal, but source.transactions.entities maps customer", "night", NEXT)
    behind.configure(**SMALL)
    passes(behind, NEXT)


def test_a_night_waits_for_the_one_before_that_was_begun_and_never_finished(behind: World) -> None:
    behind.configure(**SMALL, train_patience="0s")
    with open_house() as house:
        steps.extract(house, steps.plan(house, Night.parse(NEXT), scheduled=False, requested_by="test"))
    refused(behind, 7, f"run 'nightshift night {NEXT}' first", "night", LAST)
    passes(behind, NEXT)
    passes(behind, LAST)


def test_a_night_that_died_between_two_steps_is_repaired_by_running_it_again(behind: World) -> None:
    scores = set()
    order = (steps.extract, steps.build_features, steps.score, steps.judge, steps.publish)
    for done in range(1, len(order) + 1):
        with open_house() as house:
            run_id = steps.plan(house, Night.parse(NEXT), scheduled=False, requested_by="test")
            for step in order[:done]:
                step(house, run_id)
        passes(behind, NEXT)
        scores.add(tuple(behind.rows(f"SELECT transaction_id, score FROM scoring.current_prediction WHERE night = '{NEXT}' ORDER BY 1")))
    assert len(scores) == 1


def test_a_night_that_died_before_it_sealed_a_row_has_nothing_to_report(behind: World) -> None:
    behind.configure(**SMALL, lake_uri="file:///dev/null/lake")
    refused(behind, 5, "the lake cannot", "night", NEXT)
    behind.configure(**SMALL)
    says(2, f"of night {NEXT} ended before it sealed a row, so there is nothing to report: run 'nightshift night {NEXT}'", "report", NEXT)
    passes(behind, NEXT)
    assert NEXT in nightshift("report", NEXT).out


def test_wrong_addresses_and_passwords_are_answered_without_telling_the_password(behind: World) -> None:
    url = behind.database.url
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
            behind.configure(**SMALL | {setting: address})
            outcome = nightshift("night", NEXT)
            assert (outcome.code, outcome.err.count("\n")) == (code, 1), outcome
            assert sentence.replace("warehouse_url", setting) in outcome.err
            assert CANARY not in outcome.out + outcome.err
    behind.configure(**SMALL)
    passes(behind, NEXT)


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
def test_a_warehouse_that_is_none_is_refused_before_anything_is_tried(behind: World, url: str, sentence: str) -> None:
    behind.configure(**SMALL | {"warehouse_url": url})
    for words in (("night", NEXT), ("sql", "SELECT 1"), ("init",), ("report", NEXT)):
        outcome = nightshift(*words)
        assert (outcome.code, outcome.err.count("\n")) == (2, 1), outcome
        assert sentence in outcome.err
        assert CANARY not in outcome.err


@pytest.mark.parametrize(
    "uri",
    [
        f"s4://key:{CANARY}@bucket/lake",
        f"s3://key:{CANARY}/and+more@bucket/lake",
        f"s3://bucket/lake?access_key=key&secret_key={CANARY}@%%",
        f"s3://bucket/lake?region=x&allow_bucket_creation={CANARY}",
        f"file://key:{CANARY}@host/lake",
        f"key:{CANARY}@bucket",
    ],
)
def test_a_lake_that_cannot_be_opened_is_named_without_the_secret_in_its_address(uri: str) -> None:
    with pytest.raises(UsageError, match=r"lake_uri '.*…' cannot be opened: write for example s3://bucket/nightshift") as caught:
        Lake(uri)
    assert CANARY not in str(caught.value)
    assert caught.value.__cause__ is None


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
    behind = World.make(database_url, tmp_path, monkeypatch)
    behind.configure(**SMALL, lake_uri=lake)
    behind.make_tables()
    behind.bring(trade(FIRST, nights=1))
    refused(behind, code, sentence, "night", FIRST)
    behind.configure(**SMALL)
    assert nightshift("night", FIRST).code == 0
