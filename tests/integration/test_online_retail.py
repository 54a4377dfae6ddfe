"""The retailer's example, run as its README says: text keys, missing customers, lines exported twice, days without trade, late labels."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from rich.console import Console
from sklearn.metrics import average_precision_score

from pipeline import commands
from pipeline.core.night import Night, nights_between
from pipeline.core.settings import CONFIG_VARIABLE
from pipeline.data import server
from pipeline.data.database import Database
from pipeline.terminal import Terminal

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "online_retail"
FIRST, LAST = Night.parse("2011-06-01"), Night.parse("2011-07-05")
NIGHTS = list(nights_between(FIRST, LAST))  # 35, of which five are Saturdays, when nothing is sold
TRADE = 30

pytestmark = [pytest.mark.slow, pytest.mark.published]


@pytest.fixture(scope="module")
def lines(published: Path) -> pd.DataFrame:
    """What the till had exported a month later: the nights must not need anything later, and returns come late."""
    every = pd.read_parquet(published / "online_retail" / "online_retail_labelled.parquet")
    return every[every["InvoiceDate"] < "2011-08-05"]


@pytest.fixture(scope="module")
def shop() -> ModuleType:
    spec = importlib.util.spec_from_file_location("example_shop", EXAMPLE / "shop.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def warehouse(
    postgres: server.Embedded, lines: pd.DataFrame, shop: ModuleType, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """The warehouse after thirty nights of trade, from the files of the example alone."""
    folder = tmp_path_factory.mktemp("retail") / "example"
    shutil.copytree(EXAMPLE, folder)
    url = server.create_database(postgres, "online_retail")
    database = Database(url, "warehouse")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CONFIG_VARIABLE, str(folder / "nightshift.toml"))
        patch.setenv("NIGHTSHIFT_WAREHOUSE_URL", url)
        shop.fill(database.engine, lines)
        terminal = Terminal(Console(quiet=True), Console(quiet=True))
        commands.init(terminal, embedded=False)
        commands.run_nights(terminal, NIGHTS, "test")
        yield database
    sys.modules.pop("view", None)
    sys.path.remove(str(folder))
    database.engine.dispose()


def ask(warehouse: Database, query: str) -> pd.DataFrame:
    with warehouse.begin() as connection:
        return pd.read_sql(sa.text(query), connection)


@pytest.fixture(scope="module")
def summary(warehouse: Database) -> pd.DataFrame:
    return ask(warehouse, "SELECT * FROM scoring.night_summary ORDER BY night")


@pytest.fixture(scope="module")
def sold(lines: pd.DataFrame) -> pd.DataFrame:
    """The sales of these nights as pandas sees them, each once: the slow twin of the view and of the collapsing."""
    sales = lines[(lines["Quantity"] > 0) & (lines["UnitPrice"] > 0)].copy()
    sales["night"] = sales["InvoiceDate"].dt.tz_localize("Europe/London").dt.tz_convert("UTC").dt.date
    sales = sales[(sales["night"] >= FIRST.day) & (sales["night"] <= LAST.day)]
    return sales.drop(columns=["line_id", "reversed", "reversal_ts"])


def test_every_line_of_thirty_nights_of_trade_is_accounted_for(summary: pd.DataFrame, sold: pd.DataFrame) -> None:
    traded = summary[summary["rows_in"] > 0]
    assert len(summary) == len(NIGHTS)
    assert len(traded) == TRADE
    assert traded["rows_in"].tolist() == sold.groupby("night").size().tolist()
    parts = ["scored_rows", "rejected_rows", "collapsed_rows", "unscored_rows"]
    assert (traded["rows_in"] == traded[parts].fillna(0).sum(axis=1)).all()
    assert summary["rejected_rows"].sum() == 0


def test_lines_that_were_exported_twice_collapse(summary: pd.DataFrame, sold: pd.DataFrame) -> None:
    assert summary["collapsed_rows"].sum() == sold.duplicated().sum() > 50


def test_a_day_without_trade_is_an_empty_night(summary: pd.DataFrame) -> None:
    empty = summary[summary["empty"]]
    assert [f"{night:%A}" for night in empty["night"]] == ["Saturday"] * (len(NIGHTS) - TRADE)


def test_after_the_first_model_every_night_is_published_with_its_alerts(summary: pd.DataFrame) -> None:
    first = summary.index[summary["state"] == "published"][0]
    later = summary.loc[first:]
    assert len(later) >= 3
    assert (later["state"] == "published").all()
    assert (later.loc[~later["empty"], "alerts"] == 50).all()


def test_text_keys_and_lines_without_a_customer_are_scored(warehouse: Database) -> None:
    scored = ask(
        warehouse,
        """SELECT count(*) AS rows, count(sale.customer_id) AS with_customer, count(DISTINCT prediction.transaction_id) AS ids
        FROM scoring.current_prediction AS prediction
        JOIN (SELECT DISTINCT * FROM shop.sale) AS sale ON sale.line_key = prediction.transaction_id""",
    ).iloc[0]
    assert scored["rows"] == scored["ids"] == ask(warehouse, "SELECT count(*) AS n FROM scoring.current_prediction")["n"][0]
    assert 0 < scored["with_customer"] < scored["rows"]


def test_alerts_are_told_in_the_words_of_the_shop(warehouse: Database) -> None:
    codes = ask(warehouse, "SELECT DISTINCT reason_code FROM scoring.alert_reason")["reason_code"]
    amounts, activity = {"customer's amounts", "product's amounts"}, {"customer's activity", "product's activity"}
    assert set(codes) == {"amount", "time", "customer's returns", "product's returns", *amounts, *activity}
    off = """SELECT abs(ln(score / (1 - score)) - base_log_odds - sum(contribution)) AS off
        FROM scoring.alert_reason GROUP BY night, transaction_id, score, base_log_odds"""
    assert ask(warehouse, off)["off"].max() < 1e-9
    assert ask(warehouse, "SELECT count(*) AS n FROM scoring.alert WHERE reasons IS NULL")["n"][0] == 0


def test_the_figures_of_the_example_are_those_of_scikit_learn(warehouse: Database, shop: ModuleType) -> None:
    figures = shop.ask(warehouse.engine, (EXAMPLE / "figures.sql").read_text()).iloc[0]
    scores = ask(
        warehouse,
        """SELECT night, score, transaction_id IN (SELECT line_key FROM shop.sale_label) AS returned
        FROM scoring.current_prediction ORDER BY night, score DESC, transaction_id""",
    )
    scores["untied"] = -np.arange(len(scores), dtype=float)  # as the query breaks ties
    by_night = [average_precision_score(rows["returned"], rows["untied"]) for _, rows in scores.groupby("night") if rows["returned"].any()]
    assert int(figures["lines"]) == len(scores)
    assert int(figures["returned"]) == scores["returned"].sum()
    assert float(figures["mean_average_precision"]) == pytest.approx(np.mean(by_night), abs=1e-4)
