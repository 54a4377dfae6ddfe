"""How tonight's scores lie beside those of the training that the model carries with it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from matplotlib.figure import Figure

from pipeline.evaluation.drift import Bin
from pipeline.evaluation.pictures.ink import FILLED, HATCHED, drawn, lines_up
from pipeline.evaluation.pictures.picture import Picture, percent, short

TITLE = "Scores beside training"
BAR = 0.4  # of the room of a bin, for each of its two bars


def scores_picture(bins: Sequence[Bin], verdict: str = "", untold: str = "") -> Picture:
    """Shares of rows by score, highest scores on top, and the `verdict` on the score as a whole; without bins `untold` says why."""
    if not bins:
        return Picture(TITLE, untold or "There is no training to hold the scores against.")
    names, sentence = _names(bins), f"{_top(bins)} {verdict}".strip()
    head = ("Score", "Tonight", "In training")
    rows = tuple((name, percent(bin_.share), percent(bin_.share_before)) for name, bin_ in zip(names, bins, strict=True))

    def paint(figure: Figure) -> None:
        axes, places = figure.subplots(), range(len(bins))
        axes.barh([place + BAR / 2 for place in places], [100 * bin_.share for bin_ in bins], BAR, label="tonight", **FILLED)
        before = [100 * bin_.share_before for bin_ in bins]
        axes.barh([place - BAR / 2 for place in places], before, BAR, label="in training", **HATCHED)
        axes.set_yticks(places, names)
        axes.set_xlabel("% of the rows")
        lines_up(axes)
        figure.legend(loc="outside upper right", ncols=2)

    return Picture(TITLE, sentence, drawn("scores", TITLE, sentence, 1.1 + 0.26 * len(bins), paint), head, rows[::-1])


def _names(bins: Sequence[Bin]) -> list[str]:
    """'up to 0.001', '0.001 to 0.004', …, 'above 0.02', with as many digits as tell the ends apart."""
    known = [bin_.upper_end for bin_ in bins if bin_.upper_end is not None]
    ends = next(told for digits in range(3, 18) if len(set(told := [f"{end:.{digits}g}" for end in known])) == len(known))
    between = [f"{low} to {high}" for low, high in pairwise(ends)]
    return [f"up to {ends[0]}", *between, f"above {ends[-1]}"]


def _top(bins: Sequence[Bin]) -> str:
    above, top = short(bins[-2].upper_end or 0.0), bins[-1]
    return f"Scores above {above}: {percent(top.share)} of the rows, {percent(top.share_before)} in training."
