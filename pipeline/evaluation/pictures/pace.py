"""How long each step took, tonight and usually."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from pipeline.evaluation.pictures.ink import FILLED, HATCHED, drawn, lines_up
from pipeline.evaluation.pictures.picture import Picture
from pipeline.evaluation.weeks import Pace

TITLE = "Seconds of each step"
BAR = 0.4  # as in the scores


def pace_picture(paces: Sequence[Pace]) -> Picture:
    """Two bars a step; a step without a duration tonight has not ended, or had nothing to do."""
    if not any(pace.seconds is not None for pace in paces):
        return Picture(TITLE, "No step has ended yet.")
    sentence, shown = _sentence(paces), paces[::-1]

    def paint(figure: Figure) -> None:
        axes, places = figure.subplots(), range(len(shown))
        axes.barh([place + BAR / 2 for place in places], [pace.seconds or 0 for pace in shown], BAR, label="tonight", **FILLED)
        if any(pace.usual is not None for pace in shown):
            usual = [pace.usual or 0 for pace in shown]
            axes.barh([place - BAR / 2 for place in places], usual, BAR, label="usually", **HATCHED)
        axes.set_yticks(places, [pace.step for pace in shown])
        axes.set_xlabel("seconds")
        lines_up(axes)
        figure.legend(loc="outside upper right", ncols=2)

    head = ("Step", "Tonight", "Usually", "Nights")
    rows = tuple((pace.step, _seconds(pace.seconds), _seconds(pace.usual), str(pace.nights)) for pace in paces)
    return Picture(TITLE, sentence, drawn("pace", TITLE, sentence, 1.0 + 0.32 * len(shown), paint), head, rows)


def _sentence(paces: Sequence[Pace]) -> str:
    both = [(pace.seconds, pace.usual) for pace in paces if pace.seconds is not None and pace.usual is not None]
    total = sum(pace.seconds for pace in paces if pace.seconds is not None)
    if not both:
        return f"Until this page was written the night took {total:,.1f} s; there are no nights before to hold it against."
    tonight, usual = (sum(seconds) for seconds in zip(*both, strict=True))
    return f"The steps that had ended when this page was written took {tonight:,.1f} s, usually {usual:,.1f} s (medians)."


def _seconds(seconds: float | None) -> str:
    return "not told" if seconds is None else f"{seconds:.2f}"
