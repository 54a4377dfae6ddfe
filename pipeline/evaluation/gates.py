"""The checks of a night, one line each: which figure, between which limits, and why.

A `fail` check stops the night: nothing is published. A `warn` check marks it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pipeline.data.names import AMOUNT_CENTS, SCORE
from pipeline.evaluation.figures import Figures

if TYPE_CHECKING:  # they would bring SciPy to every command
    from pipeline.evaluation.alarms import Alarm
    from pipeline.evaluation.drift import Drift

Severity = Literal["fail", "warn"]

ACCEPTED_SHARE = 0.95  # a feed that loses one row in twenty is broken, not untidy: its customers' counts would be wrong for weeks
LATE_SHARE = 0.10  # nearly everything arrives within a day; more means that a load upstream was late
LATE_DAYS = 183.0  # rows five months late are known to happen; the contract rejects a year, and half of one is nearer to a wrong clock
NULL_SHARE = 0.5  # a shop with a quarter of anonymous customers is normal; most of a column unknown is a lost mapping
CONSTANT_ROWS = 999.0  # in a smaller night every customer may come but once; among a thousand rows some differ
MEAN_SCORE = 0.05  # scores are probabilities and fraud is below 1 %: 5 % tells of a lost sampling correction (4 to 24 times too high)


@dataclass(frozen=True)
class Check:
    """One sentence about one figure: it lies between `low` and `high`, both included; None is no limit.

    A figure that is absent or NaN breaks the check, whatever its limits. `reason` says what a break means.
    """

    name: str
    figure: str
    low: float | None
    high: float | None
    severity: Severity
    reason: str


@dataclass(frozen=True)
class Gate:
    """The checks of one table of a night, and `population`, the figure that says how many rows the table should have.

    `counting` checks hold for every night; one of them, `not_empty`, marks a night without rows. `judging` checks speak of
    values, which such a night has not.
    """

    name: str
    population: str
    counting: tuple[Check, ...]
    judging: tuple[Check, ...]

    def checks(self, figures: Figures) -> tuple[Check, ...]:
        """The checks that apply to these figures: the judging ones are left out only where the population is known to be 0."""
        return self.counting if figures.get(self.population) == 0 else self.counting + self.judging


def transactions_gate(entities: Iterable[str], too_many_rejected: Severity = "fail") -> Gate:
    """The gate of a night's sealed transactions with these entity columns.

    `too_many_rejected` is "warn" where the seal binds already, as that of a night which was history of a later one: extracting it
    again could not change its rows, and stopping it would stop it for ever.
    """
    return Gate(
        "transactions",
        population="new_rows",
        counting=(
            _zero("rows_accounted_for", "unaccounted_rows", "fail", "a row that was read is neither sealed nor rejected nor collapsed"),
            _zero("source_agrees", "source_disagrees", "warn", "the source no longer gives what the seal of this night holds"),
            _not_empty("new_rows"),
        ),
        judging=(
            Check("rows_accepted", "accepted_share", ACCEPTED_SHARE, None, too_many_rejected, "too many rows break the source contract"),
            _zero("ids_unique", "duplicate_ids", "fail", "a transaction would be scored twice"),
            _zero("amounts_known", f"{AMOUNT_CENTS}.null_share", "fail", "a transaction has no amount"),
            _zero("nothing_rejected", "rejected_rows", "warn", "rows that break the source contract were set aside"),
            _zero("no_stragglers", "straggler_rows", "warn", "rows came with an arrival time in a night that was already sealed"),
            Check("few_late", "late_share", None, LATE_SHARE, "warn", "many rows occurred before the night in which they arrived"),
            Check("none_very_late", "late_days.max", None, LATE_DAYS, "warn", "a row this old points to a wrong clock"),
            *(_known(name) for name in entities),
        ),
    )


def features_gate(columns: Iterable[str], varying: Iterable[str]) -> Gate:
    """The gate of a night's features with these columns, of which each has two checks of its own, and each of `varying` a third."""
    return Gate(
        "features",
        population="expected_rows",
        counting=(
            _zero("rows_complete", "missing_rows", "fail", "there is not one row of features for each sealed transaction"),
            _not_empty("expected_rows"),
        ),
        judging=(
            _zero("ids_unique", "duplicate_ids", "fail", "a transaction has two rows of features"),
            _zero("amounts_known", f"{AMOUNT_CENTS}.null_share", "fail", "a transaction has no amount"),
            *(check for name in columns for check in (_finite(name), _known(name))),
            *(_varies(name) for name in varying),
        ),
    )


def predictions_gate() -> Gate:
    """The gate of a night's staged predictions: all of them are probabilities, or the database had refused them."""
    return Gate(
        "predictions",
        population="expected_rows",
        counting=(
            _zero("rows_complete", "missing_rows", "fail", "there is not one score for each row of features"),
            _zero("alerts_complete", "missing_alerts", "fail", "the alerts are not as many as the budget and the rows allow"),
            _not_empty("expected_rows"),
        ),
        judging=(
            _zero("ids_unique", "duplicate_ids", "fail", "a transaction has two scores"),
            _zero("ranks_without_gap", "rank_gaps", "fail", "the alerts are not ranked 1, 2, 3 and so on"),
            _zero("alerts_are_highest", "misranked_rows", "fail", "a row scores higher than an alert that is ranked before it"),
            Check("scores_plausible", f"{SCORE}.mean", None, MEAN_SCORE, "warn", "the model expects more fraud than is usual"),
            _zero("scores_differ", "all_scores_equal", "warn", "the model tells no transaction from another"),
        ),
    )


def champion_gate(expired: str | None, withdrawn: Sequence[str]) -> Gate:
    """The gate of a night's champion, over the figures `champion.expired` (0 or 1) and `champion.withdrawn` (models)."""
    rule = f"the champion's rule of expiry fired: {expired}" if expired else "the champion's rule of expiry fired"
    return Gate(
        "champion",
        population="champions",
        counting=(
            _zero("not_expired", "champion.expired", "warn", rule),
            _zero("none_withdrawn", "champion.withdrawn", "warn", "; ".join(withdrawn) or "a refused model was withdrawn"),
        ),
        judging=(),
    )


def live_gate(compared: Iterable[Drift]) -> Gate:
    """The gate of a published night beside training, over `scores.difference` and `COLUMN.stands_out` (0 or 1) of each of `compared`."""
    return Gate(
        "live",
        population="rows",
        counting=(_zero("scores_reproduced", "scores.difference", "warn", "the published scores are not what the model says of the rows"),),
        judging=tuple(_zero(f"{drift.name}_as_in_training", f"{drift.name}.stands_out", "warn", drift.sentence) for drift in compared),
    )


def alarms_gate(new: Sequence[Alarm]) -> Gate:
    """The gate of a night's figures beside those of the nights before, over `new_alarms`."""
    told = "; ".join(alarm.sentence for alarm in new) or "a figure is not what it usually is"
    return Gate("alarms", population="figures", counting=(_zero("no_new_alarms", "new_alarms", "warn", told),), judging=())


def _zero(name: str, figure: str, severity: Severity, reason: str) -> Check:
    """The commonest check: the figure is 0."""
    return Check(name, figure, 0.0, 0.0, severity, reason)


def _not_empty(population: str) -> Check:
    return Check("not_empty", population, 1.0, None, "warn", "the night is empty")


def _known(column: str) -> Check:
    return Check(f"{column}.known", f"{column}.null_share", None, NULL_SHARE, "warn", "most of the column is unknown: is it still filled?")


def _varies(column: str) -> Check:
    reason = "the column is constant: is it still filled?"
    return Check(f"{column}.varies", f"{column}.constant_rows", None, CONSTANT_ROWS, "warn", reason)


def _finite(column: str) -> Check:
    return _zero(f"{column}.finite", f"{column}.infinite", "fail", "a value is infinite")
