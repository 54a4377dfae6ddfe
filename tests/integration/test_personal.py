"""A personal column that features are computed over: it is read and sealed, and nobody is told a value of it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from pipeline.data import server
from pipeline.data.embedded_place import place_of
from tests.commanding import FIRST, NEXT, SCORED, nightshift
from tests.worlds import SMALL, Trade, World, at, trade, transaction

pytestmark = pytest.mark.slow
CARD = "canary-4111"  # how every card number begins
RELATIONS = "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'scoring'::regnamespace AND relkind IN ('r', 'v')"


def bought_by_card(world: Trade) -> Trade:
    """The same trade by customers who are known by their cards, in shops that are known by a name."""
    named = [row | {"customer_id": f"{CARD}-{place % 7}", "terminal_id": "shop-2"} for place, row in enumerate(world.transactions)]
    return Trade(named, world.labels)


def mess() -> list[dict[str, object]]:
    """Rows that are set aside for several reasons."""
    noon, by_card = at(f"{SCORED} 12:00"), {"customer_id": f"{CARD}-1", "terminal_id": "shop-2"}
    rows = [transaction(9000, noon, amount=-1), transaction(9001, noon), transaction(9001, noon, amount=11), transaction(None, noon)]
    return [row | by_card for row in rows]


def test_no_report_log_error_view_or_table_of_ours_tells_a_personal_value(
    postgres: server.Embedded, folder_of_all: Path, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    log = place_of(folder_of_all / "postgres").log
    world.configure(**SMALL, transactions={"personal": ["customer_id", "card_number"]})
    world.make_tables(entity="text")
    world.change(f"ALTER TABLE transactions ADD COLUMN card_number text DEFAULT '{CARD}-9'")
    world.bring(bought_by_card(trade(FIRST, nights=5)))
    world.insert("transactions", mess())
    told = [nightshift("backfill", FIRST, SCORED)]
    world.insert("transactions", [transaction(9100, at(f"{SCORED} 13:00"), customer_id=f"{CARD}-2", terminal_id="shop-2")])  # straggles
    world.change(f"UPDATE transactions SET amount = -amount WHERE recorded_at >= '{NEXT}'")
    stopped = nightshift("night", NEXT)
    docs = [world.home / name for name in ("stopped", "published")]
    told += [nightshift("report", NEXT, "--data-docs", str(docs[0]))]
    world.change("UPDATE transactions SET amount = -amount WHERE amount < -1")
    told += [nightshift("night", NEXT), nightshift("report", SCORED, "--data-docs", str(docs[1]))]
    asked = [nightshift(*words) for words in (("doctor",), ("gaps",), ("models",), ("plan", FIRST, NEXT))]
    reports = [page.read_text() for page in Path(world.home, ".nightshift", "lake", "reports").iterdir()]
    pages = [page.read_text() for folder in docs for page in folder.rglob("*.html")]
    tables = [str(world.rows(f"SELECT relation::text FROM {name} AS relation")) for (name,) in world.rows(RELATIONS)]
    assert [outcome.code for outcome in told] == [0] * 4
    assert (stopped.code, "rows_accepted" in stopped.err) == (3, True)
    assert world.scalar("SELECT count(DISTINCT passed) FROM scoring.evaluation") == 2
    assert world.scalar(f"SELECT count(*) FROM scoring.rejected_transaction WHERE night <= '{SCORED}'") == 4
    assert len(pages) > 10
    assert len(caplog.messages) > 20
    assert any("shop-2" in page for page in reports)  # an entity that is not personal is shown
    assert CARD not in "".join(
        [*map(repr, told), repr(stopped), repr(asked), log.read_text(errors="replace"), *reports, *pages, *tables, *caplog.messages]
    )
