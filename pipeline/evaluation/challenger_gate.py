"""The gate between a challenger and its promotion, and the same for any two models.

Three zones (see `equivalence`): `not_worse` holds where a loss beyond the margin is ruled out, `not_shown_worse` breaks where one is, and
`enough_to_tell` breaks in between. A second look (another measure, a slice) breaks only where it shows a loss.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.evaluation.challenge import LEAST_FRAUDS, LEAST_GENUINE, Margins
from pipeline.evaluation.checks import Check, Gate, at_least, at_most, zero
from pipeline.evaluation.equivalence import LEAST_BLOCKS
from pipeline.evaluation.limits import Within
from pipeline.evaluation.slices import ENOUGH_FRAUDS, Cut, Slice, Sliced

# "Neighbours" are the models of two nights that follow each other, measured on the handbook's stream, boosted trees and linear; "a tenth"
# is the stream of a tenth of its customers: 1,000 transactions and 8 frauds a day.
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
SCORE_PSI = (
    0.25  # a population that has changed (Siddiqi, Credit Risk Scorecards, 2006); only a warning, since a better model may spread more
)
# Nights have .70 to 1.33 of the usual rate, up to 1.68 in the weeks after a new pattern; in a tenth .69 to 1.62. A doubled rate is news to
# learn from; a fourfold one within a night, or a quarter of it, is a broken feed.
NIGHT_RATE_RATIO = 4.0
SEEN_BY_NEITHER = "on nights that neither model had seen"
AGAINST = "second"  # of two models that are compared on request, the one that the first is held against
OVER_THE_YEAR = "over the year"
STRANGE = "a night it learned from has far more or fewer frauds than is usual: are the labels complete and right?"


def challenger_gate(margins: Margins, sliced: Sliced, *, anchored: bool) -> Gate:
    """The gate between a challenger and its promotion; `anchored`: there is a yearly anchor."""
    return Gate(
        "challenger",
        population="compared.frauds",
        counting=(
            at_least("enough_nights", "compared.nights", COMPARED_NIGHTS, "fail", "too few nights have matured to compare on"),
            *_enough(),
        ),
        judging=(
            *_zones("", "champion", margins, SEEN_BY_NEITHER),
            *(_zones("_than_anchor", "anchor", margins, OVER_THE_YEAR) if anchored else ()),
            *_comparison(margins, sliced, "champion", "alert_precision"),
            at_most("no_night_of_too_many_frauds", "night_rate_ratio.max", NIGHT_RATE_RATIO, "fail", STRANGE),
            at_least("no_night_of_too_few_frauds", "night_rate_ratio.min", 1 / NIGHT_RATE_RATIO, "fail", STRANGE),
        ),
    )


def comparison_gate(margins: Margins, sliced: Sliced) -> Gate:
    """The same for any two models, whose training is not in question; nights or, where these are few, groups of customers are blocks."""
    return Gate(
        "comparison",
        population="compared.frauds",
        counting=tuple(_enough()),
        judging=(*_zones("", AGAINST, margins, SEEN_BY_NEITHER), *_comparison(margins, sliced, AGAINST, "card_precision")),
    )


def _comparison(margins: Margins, sliced: Sliced, against: str, precision: str) -> Iterator[Check]:
    """What is asked of any two models beside the difference in average precision; `precision` is that of the alerts, or of the cards."""
    yield zero("enough_to_tell", "frauds_lacking", "fail", "so many more matured frauds would tell")
    equal = "it may be better by more than the equivalence margin: not shown to be equal"
    yield at_most("not_above_equal", f"{against}.difference.high", margins.equivalence, "warn", equal)
    allowed = {"roc_auc": margins.roc_auc, precision: margins.alert_precision, "brier_skill": margins.brier_skill}
    for measure, margin in allowed.items():
        lost = f"the recipe lost more {measure} than its margin allows"
        yield at_least(f"{measure}_not_worse", f"{measure}.difference.high", -margin, "fail", lost)
    yield from map(_cut, sliced.cuts)
    yield from (_slice(one, margins) for one in sliced.slices)
    yield _within("calibrated", "predicted_ratio", CALIBRATION, "the recipe predicts far more or fewer frauds than there were")
    yield _within("mean_score_alike", "mean_score_ratio", MEAN_SCORE_RATIO, "it expects far more or fewer frauds than the champion does")
    yield at_least("ranks_alike", "rank_correlation", RANK_CORRELATION, "fail", "it orders tonight's rows otherwise")
    yield at_least("alerts_alike", "alerts_in_common", ALERTS_IN_COMMON, "fail", "its alerts are hardly any of the champion's")
    yield at_most("distribution_alike", "score_psi", SCORE_PSI, "warn", "its scores are spread otherwise")
    yield zero("every_row_scored", "unscored_rows", "fail", "a row has no score from one of the models")


def _enough() -> Iterator[Check]:
    yield at_least("enough_frauds", "compared.frauds", LEAST_FRAUDS, "fail", "too few frauds have matured to compare on")
    yield at_least("enough_genuine", "compared.genuine", LEAST_GENUINE, "fail", "too few genuine rows have matured to compare on")


def _zones(than: str, other: str, margins: Margins, where: str) -> Iterator[Check]:
    limit, lost = -margins.average_precision, "the recipe lost more average precision than the margin allows"
    yield at_least(f"not_worse{than}", f"{other}.difference.low", limit, "fail", f"that {lost} is not ruled out, {where}")
    yield at_least(f"not_shown_worse{than}", f"{other}.difference.high", limit, "fail", f"{lost}, {where}")


def _cut(cut: Cut) -> Check:
    return at_least(f"{cut.name}_cut", f"cut.{cut.name}.slices", 2.0, "warn", f"there are no slices by {cut.name}: {cut.absent}")


def _slice(one: Slice, margins: Margins) -> Check:
    """One check a slice: whether it lost more than its margin, or, where its frauds or their nights are too few for that, that they are."""
    if one.difference is None:
        figure, least = ("nights", LEAST_BLOCKS) if one.frauds >= ENOUGH_FRAUDS else ("frauds", ENOUGH_FRAUDS)
        return at_least(f"{one.name}_told", f"slice.{one.name}.{figure}", least, "warn", f"too few {figure} to judge {one.name} alone")
    lost = f"the recipe lost more average precision than the margin of slices allows among {one.name}"
    return at_least(f"{one.name}_not_worse", f"slice.{one.name}.difference.high", -margins.slices, "fail", lost)


def _within(name: str, figure: str, factor: float, reason: str) -> Check:
    return Check(name, figure, Within(1 / factor, factor), "fail", reason)
