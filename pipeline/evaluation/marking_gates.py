"""The gates that only mark: the champion's of the night, and the two that look at it after publication."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from pipeline.evaluation.checks import Check, Gate, zero
from pipeline.evaluation.empty_nights import EMPTY_NIGHTS
from pipeline.evaluation.limits import Untold, Within

if TYPE_CHECKING:  # it would bring SciPy to every command
    from pipeline.evaluation.alarms import Alarm


class Compared(Protocol):
    """A column beside training, such as a `Drift`."""

    @property
    def name(self) -> str: ...
    @property
    def sentence(self) -> str: ...


def champion_gate(expired: str | None, withdrawn: Sequence[str]) -> Gate:
    """The gate of a night's champion, over the figures `champion.expired` (0 or 1) and `champion.withdrawn` (models)."""
    rule = f"the champion's rule of expiry fired: {expired}" if expired else "the champion's rule of expiry fired"
    return Gate(
        "champion",
        population="champions",
        empty=EMPTY_NIGHTS["champion"],
        counting=(
            zero("not_expired", "champion.expired", "warn", rule),
            zero("none_withdrawn", "champion.withdrawn", "warn", "; ".join(withdrawn) or "a refused model was withdrawn"),
        ),
        judging=(),
    )


def live_gate(compared: Iterable[Compared], untold: str = "") -> Gate:
    """The gate of a published night beside training: `scores.difference`, `columns.compared`, and `COLUMN.stands_out` (0 or 1) of each.

    Where nothing is compared, `untold` says why: the night then neither lies as in training nor otherwise.
    """
    limits, few = Untold(untold) if untold else Within(1.0, None), "nothing of the night was held against training"
    return Gate(
        "live",
        population="rows",
        empty=EMPTY_NIGHTS["live"],
        counting=(zero("scores_reproduced", "scores.difference", "warn", "the published scores are not what the model says of the rows"),),
        judging=(
            Check("compared_with_training", "columns.compared", limits, "warn", few),
            *(zero(f"{drift.name}_as_in_training", f"{drift.name}.stands_out", "warn", drift.sentence) for drift in compared),
        ),
    )


def alarms_gate(new: Sequence[Alarm], untold: str = "") -> Gate:
    """The gate of a night's figures beside those of the nights before, over `new_alarms`; `untold`: why no figure could be watched."""
    told = "; ".join(alarm.sentence for alarm in new) or "a figure is not what it usually is"
    limits = Untold(untold) if untold else Within(0.0, 0.0)
    return Gate(
        "alarms",
        population="figures",
        empty=EMPTY_NIGHTS["alarms"],
        counting=(Check("no_new_alarms", "new_alarms", limits, "warn", told),),
        judging=(),
    )
