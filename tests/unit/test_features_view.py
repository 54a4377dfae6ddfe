"""What a feature view promises about its names, its fingerprint and its tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.core.errors import UsageError
from pipeline.features.declarations import Amount, Count, FraudRate, MeanAmount, Weekend
from pipeline.features.handbook import VIEW
from pipeline.features.view import FeatureView, load_view
from tests.oracles.drawn import labels, transactions

DAY = dt.timedelta(days=1)
NOON = dt.datetime(2026, 3, 24, 12, tzinfo=dt.UTC)
ROWS = [("b", NOON, 250, "x", 1), ("a", NOON, 1000, "x", None)]


@pytest.fixture
def arrived() -> pa.Table:
    return transactions(pa.string(), pa.string(), ROWS)


@pytest.fixture
def told() -> pa.Table:
    return labels(pa.string(), [])


def test_the_default_view_reaches_37_days_and_reads_labels_of_customers_and_terminals() -> None:
    assert (VIEW.reach, VIEW.entities, VIEW.reads_labels) == (dt.timedelta(days=37), ("customer", "terminal"), True)


def test_the_columns_that_must_vary_are_amounts_and_windows_up_to_now_and_neither_flags_nor_what_waits_for_labels() -> None:
    windows = ("1d", "7d", "30d")
    expected = [f"customer_{what}_{window}" for what in ("count", "amount_mean") for window in windows]
    assert VIEW.varying == ("amount", *expected)


def test_names_carry_subject_statistic_window_and_delay() -> None:
    view = FeatureView("named", (Count("shop", (DAY, DAY / 24, DAY / 1440)), FraudRate("shop", (7 * DAY,), delay=1.5 * DAY)))
    assert view.columns == ("shop_count_1d", "shop_count_1h", "shop_count_1m", "shop_fraud_rate_7d_delay_36h")


def test_a_view_without_windows_reaches_nothing_and_reads_no_labels() -> None:
    view = FeatureView("plain", (Amount(),))
    assert (view.reach, view.entities, view.reads_labels) == (dt.timedelta(0), (), False)


def test_the_fingerprint_is_written_down_so_that_no_change_of_meaning_goes_unseen() -> None:
    assert VIEW.fingerprint == "3632eff75a98fafa"


def test_the_fingerprint_tells_apart_whatever_may_change_a_value() -> None:
    one = FeatureView("one", (Amount(), Count("customer", (DAY,))))
    others = [
        replace(one, timezone="Europe/Brussels"),
        replace(one, minor_units=0),
        replace(one, features=(Count("customer", (DAY,)), Amount())),
        replace(one, features=(Amount(), Count("terminal", (DAY,)))),
        replace(one, features=(Amount(), Count("customer", (2 * DAY,)))),
        replace(one, features=(Amount(), Count("customer", (DAY,), delay=DAY))),
        replace(one, features=(Amount(), MeanAmount("customer", (DAY,)))),
    ]
    assert len({view.fingerprint for view in [one, *others]}) == 8


def test_the_fingerprint_does_not_depend_on_the_name_or_on_how_columns_are_grouped() -> None:
    together = FeatureView("together", (Count("customer", (DAY, 2 * DAY)),))
    apart = FeatureView("apart", (Count("customer", (DAY,)), Count("customer", (2 * DAY,))))
    assert together.fingerprint == apart.fingerprint


def test_in_place_changes_only_what_the_settings_say() -> None:
    assert VIEW.in_place("Asia/Tokyo", 0) == replace(VIEW, timezone="Asia/Tokyo", minor_units=0)


def test_minor_units_scale_amounts(arrived: pa.Table, told: pa.Table) -> None:
    yen = FeatureView("yen", (Amount(), MeanAmount("customer", (DAY,))), minor_units=0)
    features = yen.compute(arrived.slice(0, 0), arrived, told)
    assert features.select(yen.columns).to_pylist() == [
        {"amount": 250, "customer_amount_mean_1d": 625},
        {"amount": 1000, "customer_amount_mean_1d": 1000},
    ]


def test_features_come_in_the_order_of_the_arrived_rows_under_the_views_schema(arrived: pa.Table, told: pa.Table) -> None:
    features = VIEW.compute(arrived.slice(0, 0), arrived, told)
    assert features.schema == VIEW.schema(pa.string())
    assert features["transaction_id"].to_pylist() == ["b", "a"]
    assert features["amount_cents"].to_pylist() == [250, 1000]


def test_an_empty_night_has_no_rows_but_all_columns(arrived: pa.Table, told: pa.Table) -> None:
    features = VIEW.compute(arrived, arrived.slice(0, 0), told)
    assert (features.num_rows, features.schema) == (0, VIEW.schema(pa.string()))


def test_columns_that_the_view_does_not_know_do_no_harm(arrived: pa.Table, told: pa.Table) -> None:
    wider = arrived.append_column("terminal_name", pa.array(["?", "!"]))
    nobody = arrived.slice(0, 0)
    assert VIEW.compute(nobody, wider, told.append_column("scenario", pa.array([], pa.int8()))).equals(VIEW.compute(nobody, arrived, told))


def test_labels_of_unknown_transactions_say_nothing(arrived: pa.Table, told: pa.Table) -> None:
    strangers = labels(pa.string(), [("z", True, NOON - DAY)])
    nobody = arrived.slice(0, 0)
    assert VIEW.compute(nobody, arrived, strangers).equals(VIEW.compute(nobody, arrived, told))


def test_an_entity_that_the_transactions_lack_is_named(arrived: pa.Table, told: pa.Table) -> None:
    view = FeatureView("shops", (Count("shop", (DAY,)),))
    with pytest.raises(
        UsageError, match=r"^view 'shops' reads shop, but the transactions have transaction_id, .*'entities' in the settings$"
    ):
        view.compute(arrived, arrived, told)


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: FeatureView("v", ()), "view 'v' declares no feature"),
        (lambda: FeatureView("v", (Amount(), Amount())), "view 'v' declares amount twice"),
        (lambda: FeatureView("v", (Count("customer", (DAY,)), Count("customer", (DAY,)))), "view 'v' declares customer_count_1d twice"),
        (lambda: FeatureView("v", (Weekend(),), timezone="Mars/Olympus"), "'Mars/Olympus' is not a time zone"),
        (lambda: FeatureView("v", (Amount,)), "features must be a tuple of declarations"),  # type: ignore[arg-type]  # the mistake
        (lambda: FeatureView("v", Amount()), "features must be a tuple of declarations"),  # type: ignore[arg-type]  # the mistake
        (lambda: Count("customer", ()), "Count of 'customer': every window must be a positive number of whole seconds"),
        (lambda: Count("customer", (DAY, -DAY)), "every window must be a positive number"),
        (lambda: Count("customer", (DAY / 7e6,)), "every window must be a positive number of whole seconds"),
        (lambda: Count("customer", (DAY,), delay=-DAY), "a delay of -1 day, 0:00:00 is neither zero nor"),
        (lambda: Count("Customer Id", (DAY,)), "Count of 'Customer Id': that is no entity's name"),
    ],
)
def test_a_wrong_declaration_is_refused_in_one_line(declare: Callable[[], object], message: str) -> None:
    with pytest.raises(UsageError) as refusal:
        declare()
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_the_default_view_is_found_by_its_reference() -> None:
    assert load_view("pipeline.features.handbook:VIEW") is VIEW


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("handbook", "must be written as module:NAME, for example pipeline.features.handbook:VIEW"),
        ("pipeline.features.handbook:", "must be written as module:NAME"),
        ("pipeline/features/handbook.py:VIEW", "must be written as module:NAME"),
        ("pipeline.features.handbok:VIEW", "there is no module 'pipeline.features.handbok'"),
        ("pipeline.features.handbook:VEIW", "VEIW is not a FeatureView of pipeline.features.handbook; the views there are VIEW"),
        ("pipeline.features.rows:Rows", "Rows is not a FeatureView of pipeline.features.rows; there is none in that module"),
    ],
)
def test_a_wrong_reference_is_answered_with_what_would_be_right(reference: str, message: str) -> None:
    with pytest.raises(UsageError) as refusal:
        load_view(reference)
    assert str(refusal.value).startswith(f"view '{reference}'")
    assert message in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("view_with_syntax_error", "VIEW = (", "view_with_syntax_error cannot be imported: SyntaxError"),
        ("view_with_missing_argument", "from pipeline.features.declarations import Count\nCount('a')", "cannot be imported: TypeError"),
        ("view_with_wrong_window", "from pipeline.features.declarations import Count\nCount('a', ())", "Count of 'a': every window"),
        ("view_with_strange_import", "import no_such_thing", "there is no module 'no_such_thing'"),
    ],
)
def test_a_view_module_that_cannot_be_imported_is_answered_in_one_line(
    name: str, text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UsageError) as refusal:
        load_view(f"{name}:VIEW")
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)
