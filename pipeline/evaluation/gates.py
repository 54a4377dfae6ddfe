"""The gates of a night, one line a check: which figure, between which limits, and why.

A `fail` check stops the night: nothing is published. A `warn` check marks it. `docs/checks.md` is generated from these declarations.
"""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.data.names import AMOUNT_CENTS, OCCURRED_AT, SCORE, TRANSACTION_ID
from pipeline.evaluation.checks import Check, Gate, Severity, at_least, at_most, zero
from pipeline.evaluation.empty_nights import EMPTY_NIGHTS
from pipeline.evaluation.limits import OfWeekday, Within

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

# Between a challenger and its promotion. "Neighbours" are the models of two nights that follow each other, measured on the handbook's
# stream, boosted trees and linear; "a tenth" is the stream of a tenth of its customers: 1,000 transactions and 8 frauds a day.
COMPARED_FRAUDS = 50.0  # the bound lies .002 below a difference with 1,200 frauds and .02 with 120: fewer than 50 could prove nothing
COMPARED_NIGHTS = 7.0  # a whole week: fraud has its days
# Predicted over observed frauds of two weeks, either way: .74 to 1.10, in a tenth .57 to 1.51; 2 where a rate
# doubles that no feature shows; without sampling correction 3.9 or more.
CALIBRATION = 3.0
# Of challenger to champion, either way: neighbours .87 to 1.14, in a tenth .67 to 1.39; beside a first model that stood for a month 1.38.
MEAN_SCORE_RATIO = 2.0
# Neighbours .67 to .99, where a new pattern comes .75; beside a first model of two nights, whom nobody can be compared with for two weeks,
# .20, though its successors are .05 better: 0.3 kept it champion for ever. No order in common is 0.
RANK_CORRELATION = 0.1
# Neighbours .80 to 1, in a tenth .36 to .92; beside that first model .54. Models that know nothing of each other share .01, in a tenth .1.
ALERTS_IN_COMMON = 0.2
# Nights have .70 to 1.33 of the usual rate, up to 1.68 in the weeks after a new pattern; in a tenth .69 to 1.62. A doubled rate is news to
# learn from; a fourfold one within a night, or a quarter of it, is a broken feed.
NIGHT_RATE_RATIO = 4.0


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


def challenger_gate(margin: float, *, anchored: bool) -> Gate:
    """The gate between a challenger and its promotion; `margin` of average precision may be lost, `anchored`: there is a yearly anchor."""
    lost = "the recipe lost more average precision than the margin allows, on nights that neither model had seen"
    crept = "over the year the recipe lost more average precision than the margin allows"
    anchor = [at_least("not_worse_than_anchor", "anchor.difference.low", -margin, "fail", crept)] if anchored else []
    strange = "a night it learned from has far more or fewer frauds than is usual: are the labels complete and right?"
    return Gate(
        "challenger",
        population="compared.frauds",
        counting=(
            at_least("enough_nights", "compared.nights", COMPARED_NIGHTS, "fail", "too few nights have matured to compare on"),
            at_least("enough_frauds", "compared.frauds", COMPARED_FRAUDS, "fail", "too few frauds have matured to compare on"),
        ),
        judging=(
            at_least("not_worse", "champion.difference.low", -margin, "fail", lost),
            *anchor,
            _within("calibrated", "predicted_ratio", CALIBRATION, "the recipe predicts far more or fewer frauds than there were"),
            _within("mean_score_alike", "mean_score_ratio", MEAN_SCORE_RATIO, "it expects far more or fewer frauds than the champion does"),
            at_least("ranks_alike", "rank_correlation", RANK_CORRELATION, "fail", "it orders tonight's rows otherwise"),
            at_least("alerts_alike", "alerts_in_common", ALERTS_IN_COMMON, "fail", "its alerts are hardly any of the champion's"),
            at_most("no_night_of_too_many_frauds", "night_rate_ratio.max", NIGHT_RATE_RATIO, "fail", strange),
            at_least("no_night_of_too_few_frauds", "night_rate_ratio.min", 1 / NIGHT_RATE_RATIO, "fail", strange),
        ),
    )


def _within(name: str, figure: str, factor: float, reason: str) -> Check:
    return Check(name, figure, Within(1 / factor, factor), "fail", reason)


def _known(column: str) -> Check:
    return at_most(f"{column}.known", f"{column}.null_share", NULL_SHARE, "warn", "most of the column is unknown: is it still filled?")


def _varies(column: str) -> Check:
    reason = "the column is constant: is it still filled?"
    return at_most(f"{column}.varies", f"{column}.constant_rows", CONSTANT_ROWS, "warn", reason)


def _finite(column: str) -> Check:
    return zero(f"{column}.finite", f"{column}.infinite", "fail", "a value is infinite")
