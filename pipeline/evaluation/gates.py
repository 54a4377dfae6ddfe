"""The gates of a night, one line a check: which figure, between which limits, and why.

A `fail` check stops the night: nothing is published. A `warn` check marks it. `docs/checks.md` is generated from these declarations.
"""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.data.names import AMOUNT_CENTS, OCCURRED_AT, SCORE, TRANSACTION_ID
from pipeline.evaluation.checks import Check, Gate, Severity, at_least, at_most, zero
from pipeline.evaluation.empty_nights import EMPTY_NIGHTS
from pipeline.evaluation.limits import OfWeekday

ACCEPTED_SHARE = 0.95  # a feed that loses one row in twenty is broken, not untidy: its customers' counts would be wrong for weeks
LATE_SHARE = 0.10  # nearly everything arrives within a day; more means that a load upstream was late
LATE_DAYS = 183.0  # rows five months late are known to happen; the contract rejects a year, and half of one is nearer to a wrong clock
NULL_SHARE = 0.5  # a shop with a quarter of anonymous customers is normal; most of a column unknown is a lost mapping
CONSTANT_ROWS = 999.0  # in a smaller night every customer may come but once; among a thousand rows some differ
MEAN_SCORE = 0.05  # scores are probabilities and fraud is below 1 %: 5 % tells of a lost sampling correction (4 to 24 times too high)

# Of the median of the same weekday. The 284 days of trade of the retailer in docs/examples had .41 to 2.33 of it, nine in ten .69 to 1.88;
# what lies below a third of it is a day without trade, or a load that broke off. Of 30 rows chance leaves less than a third in seven nights
# of a million (Poisson), of ten in one of a hundred.
ROWS_LOST = OfWeekday(1 / 3, None, floor=30.0)
ROWS_AS_USUAL = OfWeekday(1 / 2, 2.5, floor=30.0)
LATE_AS_USUAL = OfWeekday(None, 3.0, floor=0.01)  # of fewer than one row in a hundred a multiple is chance
# With a new model nearly every night, 38 nights of 1,000 simulated transactions had .58 to 1.22 of the usual mean score, and .70 to 1.07
# of the usual score of the last alert. Both jump where the sampling correction or a feature is lost.
SCORES_AS_USUAL = OfWeekday(1 / 2, 2.0, floor=1e-4)


def transactions_gate(entities: Iterable[str], extracted: Severity = "fail", *, vouched: bool = False) -> Gate:
    """The gate of a night's sealed transactions with these entity columns.

    `extracted`: what bad rows do that another extraction might mend. It is "warn" where the seal binds already, as that of a night which
    was history of a later one: extracting it again could not change it, and stopping it would stop it for ever. `vouched`: a person says
    that the night really has few rows.
    """
    few: Severity = "warn" if vouched else extracted
    lost = "a person vouches for the night" if vouched else "rows are missing: is the source loaded to its end?"
    vouch = "look at the source; if the night really is so small, name it in accept_nights"
    return Gate(
        "transactions",
        population="new_rows",
        empty=EMPTY_NIGHTS["transactions"],
        counting=(
            zero("rows_accounted_for", "unaccounted_rows", "fail", "a row that was read is neither sealed nor rejected nor collapsed"),
            zero("source_agrees", "source_disagrees", "warn", "the source no longer gives what the seal of this night holds"),
            Check("rows_arrived", "new_rows", ROWS_LOST, few, lost, vouch),
            Check("rows_as_usual", "new_rows", ROWS_AS_USUAL, "warn", "a holiday, rows that are missing, or rows of several days at once"),
        ),
        judging=(
            at_least("rows_accepted", "accepted_share", ACCEPTED_SHARE, extracted, "too many rows break the source contract"),
            zero("ids_known", f"{TRANSACTION_ID}.null_share", "fail", "a transaction has no id"),
            zero("ids_unique", "duplicate_ids", "fail", "a transaction would be scored twice"),
            zero("instants_known", f"{OCCURRED_AT}.null_share", "fail", "nobody knows when a transaction occurred"),
            zero("amounts_known", f"{AMOUNT_CENTS}.null_share", "fail", "a transaction has no amount"),
            zero("nothing_rejected", "rejected_rows", "warn", "rows that break the source contract were set aside"),
            zero("no_stragglers", "straggler_rows", "warn", "rows came with an arrival time in a night that was already sealed"),
            at_most("few_late", "late_share", LATE_SHARE, "warn", "many rows occurred before the night in which they arrived"),
            Check("late_as_usual", "late_share", LATE_AS_USUAL, "warn", "a load upstream was late"),
            at_most("none_very_late", "late_days.max", LATE_DAYS, "warn", "a row this old points to a wrong clock"),
            *(_varies(name) for name in (OCCURRED_AT, AMOUNT_CENTS)),
            *(check for name in entities for check in (_known(name), _varies(name))),
        ),
    )


def features_gate(columns: Iterable[str], varying: Iterable[str]) -> Gate:
    """The gate of a night's features with these columns, of which each has two checks of its own, and each of `varying` a third."""
    return Gate(
        "features",
        population="expected_rows",
        empty=EMPTY_NIGHTS["features"],
        counting=(zero("rows_complete", "missing_rows", "fail", "there is not one row of features for each sealed transaction"),),
        judging=(
            zero("ids_known", f"{TRANSACTION_ID}.null_share", "fail", "a row of features belongs to no transaction"),
            zero("ids_unique", "duplicate_ids", "fail", "a transaction has two rows of features"),
            zero("amounts_known", f"{AMOUNT_CENTS}.null_share", "fail", "a transaction has no amount"),
            *(check for name in columns for check in (_finite(name), _known(name))),
            *(_varies(name) for name in varying),
        ),
    )


def predictions_gate() -> Gate:
    """The gate of a night's staged predictions."""
    return Gate(
        "predictions",
        population="expected_rows",
        empty=EMPTY_NIGHTS["predictions"],
        counting=(
            zero("rows_complete", "missing_rows", "fail", "there is not one score for each row of features"),
            zero("alerts_complete", "missing_alerts", "fail", "the alerts are not as many as the budget and the rows allow"),
        ),
        judging=(
            zero("ids_known", f"{TRANSACTION_ID}.null_share", "fail", "a score belongs to no transaction"),
            zero("ids_unique", "duplicate_ids", "fail", "a transaction has two scores"),
            zero("scores_known", f"{SCORE}.null_share", "fail", "a transaction has no score"),
            zero("ranks_without_gap", "rank_gaps", "fail", "the alerts are not ranked 1, 2, 3 and so on"),
            zero("alerts_are_highest", "misranked_rows", "fail", "a row scores higher than an alert that is ranked before it"),
            at_most("scores_plausible", f"{SCORE}.mean", MEAN_SCORE, "warn", "the model expects more fraud than is usual"),
            Check("scores_as_usual", f"{SCORE}.mean", SCORES_AS_USUAL, "warn", "far more or less fraud is expected than usually"),
            Check("alert_line_as_usual", "alert_line", SCORES_AS_USUAL, "warn", "what just makes an alert has moved"),
            zero("scores_differ", "all_scores_equal", "warn", "the model tells no transaction from another"),
        ),
    )


def _known(column: str) -> Check:
    return at_most(f"{column}.known", f"{column}.null_share", NULL_SHARE, "warn", "most of the column is unknown: is it still filled?")


def _varies(column: str) -> Check:
    reason = "the column is constant: is it still filled?"
    return at_most(f"{column}.varies", f"{column}.constant_rows", CONSTANT_ROWS, "warn", reason)


def _finite(column: str) -> Check:
    return zero(f"{column}.finite", f"{column}.infinite", "fail", "a value is infinite")
