"""Settings: read once, and every mistake is one line that names what would be right."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from pipeline.core.errors import UsageError
from pipeline.core.settings import Email, LabelsSource, Margins, Settings, TransactionsSource, Webhook, load_settings
from tests.conftest import CHECKOUT

WHOLE = """
warehouse_url = "postgresql+psycopg://me:canary@host/warehouse"
source_url = "sqlite:///source.db"
lake_uri = "s3://key:canary@bucket/nightshift"
timezone = "Europe/Brussels"
view = "pipeline.features.handbook:VIEW"
learner = "boosted_trees"
alert_budget = 50
label_maturity = "14d"
subsample = 0.5
straggler_nights = 0
accept_nights = ["2026-11-21", 2026-12-25]
signing_key_file = "keys/signing.key"
[source.transactions]
table = "payments.transactions"
transaction_id = "id"
occurred_at = "tx_time"
recorded_at = "loaded_at"
amount = "amount"
entities = { customer = "customer_id", terminal = "terminal_id" }
nullable_entities = ["terminal"]
personal = ["card_number"]
minor_units = 3
negative_amounts = "allow"
[source.labels]
table = "payments.fraud_labels"
"""
LEAST = '[source.transactions]\nentities = { customer = "customer_id" }\n'


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings file in effect."""
    monkeypatch.setenv("NIGHTSHIFT_CONFIG", str(tmp_path / "nightshift.toml"))
    return tmp_path / "nightshift.toml"


def refused(sentence: str) -> None:
    """Reading the settings fails with one line that says `sentence`."""
    with pytest.raises(UsageError) as caught:
        load_settings()
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "canary" not in str(caught.value)


def test_the_whole_file_of_the_contract_is_read(file: Path) -> None:
    file.write_text(WHOLE)
    settings = load_settings()
    ours = settings.source.transactions
    assert (settings.alert_budget, settings.label_maturity, settings.lake) == (
        50,
        dt.timedelta(days=14),
        "s3://key:canary@bucket/nightshift",
    )
    assert (ours.table, ours.entities, ours.minor_units) == (
        "payments.transactions",
        {"customer": "customer_id", "terminal": "terminal_id"},
        3,
    )
    assert settings.source.labels.table == "payments.fraud_labels"
    assert settings.accept_nights == {dt.date(2026, 11, 21), dt.date(2026, 12, 25)}


def test_what_is_left_out_has_a_default_beside_the_file(file: Path) -> None:
    file.write_text(LEAST)
    settings = load_settings()
    assert settings.home == file.parent / ".nightshift"
    assert settings.signing_key_path == file.parent / ".nightshift" / "signing.key"
    assert settings.lake == (file.parent / ".nightshift" / "lake").as_uri()
    assert settings.source.transactions.recorded_at is None


def test_a_relative_key_lies_beside_the_file(file: Path) -> None:
    file.write_text(WHOLE)
    assert load_settings().signing_key_path == file.parent / "keys" / "signing.key"


def test_passwords_are_not_shown_by_settings(file: Path) -> None:
    file.write_text(WHOLE)
    assert "canary" not in repr(load_settings())


def test_the_environment_wins_over_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(WHOLE)
    monkeypatch.setenv("NIGHTSHIFT_ALERT_BUDGET", "7")
    monkeypatch.setenv("NIGHTSHIFT_SOURCE__TRANSACTIONS__TABLE", "other")
    settings = load_settings()
    assert (settings.alert_budget, settings.source.transactions.table) == (7, "other")
    assert settings.source.transactions.transaction_id == "id"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("alert_bugdet = 5\n" + LEAST, "unknown setting 'alert_bugdet', did you mean 'alert_budget'?"),
        (LEAST + "ammount = 'x'\n", "unknown setting 'source.transactions.ammount', did you mean 'amount'?"),
        (LEAST + "colour = 'x'\n", "unknown setting 'source.transactions.colour'; known here: table, transaction_id,"),
        (LEAST + "[source.label]\ntable = 'x'\n", "unknown setting 'source.label', did you mean 'labels'?"),
        ("alert_budget = 'many'\n" + LEAST, "setting 'alert_budget': Input should be a valid integer"),
        ("alert_budget = 0\n" + LEAST, "setting 'alert_budget': Input should be greater than or equal to 1"),
        ("subsample = 1.5\n" + LEAST, "setting 'subsample': Input should be less than or equal to 1"),
        ("warehouse_url = 5\n" + LEAST, "setting 'warehouse_url': Input should be a valid string"),
        ("label_maturity = '7 days'\n" + LEAST, "'7 days' is not a duration: write a number and a unit, for example 7d, 6h or 30m"),
        ("settle = '800000d'\n" + LEAST, "setting 'settle': 800,000 days are more than ten years: write less"),
        ("home = '~nobody_of_this_name/x'\n" + LEAST, "setting 'home': there is no home of the user in ~nobody_of_this_name/x"),
        ('home = "a\\u0000b"\n' + LEAST, "setting 'home': a path holds no NUL"),
        ("timezone = 'Europe/Brusels'\n" + LEAST, "'Europe/Brusels' is not a time zone, did you mean 'Europe/Brussels'?"),
        ("accept_nights = ['21.11.2026']\n" + LEAST, "'21.11.2026' is not a night: write it as YYYY-MM-DD, for example 2026-11-22"),
        ("learner = 'oracle'\n" + LEAST, "setting 'learner': Input should be 'boosted_trees' or 'linear_sgd'"),
        ("", "setting 'source' is missing"),
        ("[source.transactions]\n", "setting 'source.transactions.entities'"),
        ("[source.transactions]\nentities = {}\n", "setting 'source.transactions.entities'"),
        ("[source.transactions]\nentities = { 'Customer ID' = 'c' }\n", "'Customer ID' is not a plain name"),
        ("[source.transactions]\nentities = { amount = 'c' }\n", "an entity cannot be called amount"),
        (LEAST + "nullable_entities = ['terminal']\n", "nullable_entities names terminal, but the entities are customer"),
        (LEAST + "transaction_id = 'card'\npersonal = ['born', 'card']\n", "personal names card, which reports and views show as mapped"),
        (LEAST + "personal = ['amount']\n", "personal names amount, which reports and views show"),
        (LEAST + "personal = ['customer']\n", "personal names your columns, but customer is our name: write customer_id"),
        ("alert_budget = \n", "is not valid TOML"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_what_would_be_right(file: Path, text: str, sentence: str) -> None:
    file.write_text(text)
    refused(sentence)


def test_a_file_that_is_no_text_is_named(file: Path) -> None:
    file.write_bytes(b'view = "\xff\xfe"')
    refused("is not UTF-8 text")


def test_no_file_is_answered_with_the_command_that_makes_one(file: Path) -> None:
    refused(f"no settings at {file}: run 'nightshift init --embedded'")


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("NIGHTSHIFT_ALERT_BUGDET", "5", "unknown variable NIGHTSHIFT_ALERT_BUGDET, did you mean NIGHTSHIFT_ALERT_BUDGET?"),
        ("NIGHTSHIFT_SORCE__LABELS__TABLE", "x", "did you mean NIGHTSHIFT_SOURCE__LABELS__TABLE?"),
        ("NIGHTSHIFT_WAREHOSE_URL", "canary", "did you mean NIGHTSHIFT_WAREHOUSE_URL?"),
        ("NIGHTSHIFT_SOURCE__LABEL__TABLE", "x", "unknown setting 'source.label', did you mean 'labels'?"),
        ("NIGHTSHIFT_SOURCE", "canary", "a table is written as JSON"),
        ("NIGHTSHIFT_ALERT_BUDGET", "many", "setting 'alert_budget': Input should be a valid integer"),
    ],
)
def test_a_mistake_in_the_environment_is_not_passed_over(
    file: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, sentence: str
) -> None:
    file.write_text(LEAST)
    monkeypatch.setenv(variable, value)
    refused(sentence)


def test_variables_of_whoever_starts_us_are_left_alone(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(LEAST)
    for variable in ("NIGHTSHIFT_DATA", "NIGHTSHIFT_IMAGE"):
        monkeypatch.setenv(variable, "something")
    assert load_settings().alert_budget == 100


def test_a_variable_that_is_empty_counts_as_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nightshift.toml").write_text('[source.transactions]\nentities = { customer = "customer_id" }\n')
    monkeypatch.setenv("NIGHTSHIFT_CONFIG", str(tmp_path / "nightshift.toml"))
    monkeypatch.setenv("NIGHTSHIFT_NOTIFY__EMAIL__PASSWORD", "")
    assert load_settings().notify.email is None


def test_the_adopters_page_has_every_key_and_no_other() -> None:
    page = (CHECKOUT / "docs" / "adopting.md").read_text()
    page = page.partition("\n## Settings\n")[2].partition("\n## ")[0]
    keys = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert sorted(keys) == sorted(
        key
        for part in (Settings, Margins, TransactionsSource, LabelsSource, Email, Webhook)
        for key in part.model_fields
        if key not in {"source", "notify"}
    )


def test_margins_may_be_left_out_or_set_one_by_one(file: Path) -> None:
    file.write_text(LEAST)
    assert load_settings().margins == Margins()
    file.write_text(f"promotion_margin = 0.01\n[margins]\nslices = 0.2\n{LEAST}")
    settings = load_settings()
    assert (settings.promotion_margin, settings.margins) == (0.01, Margins(slices=0.2))
    file.write_text(f"[margins]\nslice = 0.2\n{LEAST}")
    refused("unknown setting 'margins.slice', did you mean 'slices'?")
