"""Rows in = sealed + rejected + collapsed, each counted for itself: a row that is lost on the way stops the night."""

from __future__ import annotations

import pytest

from pipeline import steps
from pipeline.core.errors import GateError
from pipeline.core.night import Night
from pipeline.data import seals
from pipeline.data.lake import Stored
from pipeline.data.names import LABELS, TRANSACTIONS
from pipeline.house import open_house
from tests.commanding import NEXT, passes, refused
from tests.worlds import World, at, transaction

NOON = at(f"{NEXT} 12:00")


@pytest.mark.parametrize(
    ("table", "hidden", "counts", "gives"),
    [("transactions", "NOT LIKE", 140, 139), ("transactions", "LIKE", 139, 140), ("labels", "NOT LIKE", 110, 109)],
)
def test_a_source_that_gives_other_rows_than_it_counts_seals_nothing(
    behind: World, table: str, hidden: str, counts: int, gives: int
) -> None:
    before = behind.scalar("SELECT count(*) FROM scoring.seal")
    behind.change(
        f"ALTER TABLE {table} RENAME TO kept",
        f"CREATE VIEW {table} AS SELECT * FROM kept WHERE NOT (transaction_id = 4007 AND current_query() {hidden} '%count(%')",
    )
    refused(behind, 4, f"{table} counts {counts} rows of night {NEXT} and gives {gives}: it must answer alike each time", "night", NEXT)
    assert behind.scalar("SELECT count(*) FROM scoring.seal") == before
    behind.change(f"DROP VIEW {table}", f"ALTER TABLE kept RENAME TO {table}")
    passes(behind, NEXT)


@pytest.mark.parametrize("what", [TRANSACTIONS, LABELS])
def test_rows_that_do_not_add_up_are_not_sealed(behind: World, what: str) -> None:
    with open_house() as house:
        run_id = steps.plan(house, Night.parse(NEXT), scheduled=False, requested_by="test")
        counted = seals.Counted(source_rows=10, rejected_rows=2, collapsed_rows=1)
        with house.warehouse.begin() as connection:
            for sealed in (6, 8):
                with pytest.raises(GateError, match=f"{what}: 10 rows came, but {sealed} sealed . 2 rejected . 1 collapsed = {sealed + 3}"):
                    seals.record(connection, run_id, Night.parse(NEXT), what, Stored("file", sealed, 1, "0" * 64, ""), counted)
            assert seals.record(connection, run_id, Night.parse(NEXT), what, Stored("file", 7, 1, "0" * 64, ""), counted).row_count == 7


def test_a_rejected_row_that_was_not_set_aside_stops_the_night_at_its_gate(behind: World) -> None:
    behind.insert("transactions", [transaction(key, NOON, amount=-1) for key in (9001, 9002)])
    behind.change(
        """CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN RETURN CASE WHEN NEW.transaction_id = ''9001'' THEN NULL ELSE NEW END; END'""",
        "CREATE TRIGGER lose BEFORE INSERT ON scoring.rejected_transaction FOR EACH ROW EXECUTE FUNCTION lose()",
    )
    refused(behind, 3, "rows_accounted_for: unaccounted_rows is 1", "night", NEXT)
    behind.change("DROP TRIGGER lose ON scoring.rejected_transaction")
    passes(behind, NEXT)
