"""How far each column lies from training, largest effect first."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from pipeline.evaluation.lookback import Beside
from pipeline.evaluation.pictures.ink import FILLED, HATCHED, INK, drawn, lines_up
from pipeline.evaluation.pictures.picture import Picture, short

TITLE = "Drift by column"
DRAWN = 20  # columns: the rest is in the table, and less
LONGEST = 34  # letters of a name: half of the picture


def drift_picture(columns: Sequence[Beside], untold: str = "") -> Picture:
    """Effects of the score and the features; from 1 on a column is worth a look. Without columns `untold` says why."""
    if not columns:
        return Picture(TITLE, untold or "There is no training to hold the night against.")
    ordered = sorted(columns, key=lambda column: -column.effect)
    shown, sentence = ordered[:DRAWN][::-1], _sentence(ordered)

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for place, column in enumerate(shown):
            axes.barh(place, max(column.effect, 0.0), 0.7, **(FILLED if column.stands_out else HATCHED))
        axes.axvline(1, color=INK, linestyle="--", linewidth=1)
        axes.set_title("dashed: worth a look from here on", loc="right")
        axes.set_yticks(range(len(shown)), [_name(column) for column in shown], fontsize=8)
        axes.set(xlabel="effect, in units of its limit", xlim=(0, max(2.0, 1.05 * ordered[0].effect)))
        lines_up(axes)

    head = ("Column", "Effect", "Stands out")
    rows = tuple((column.name, f"{column.effect:.2f}", "yes" if column.stands_out else "no") for column in ordered)
    return Picture(TITLE, sentence, drawn("drift", TITLE, sentence, 0.9 + 0.2 * len(shown), paint), head, rows)


def _name(column: Beside) -> str:
    short_name = column.name if len(column.name) <= LONGEST else f"{column.name[: LONGEST - 1]}…"
    return f"▸ {short_name}" if column.stands_out else short_name


def _sentence(ordered: Sequence[Beside]) -> str:
    first, out = ordered[0], [column.name for column in ordered if column.stands_out]
    largest = f"The largest effect is {short(first.effect)} ({first.name})"
    if out:
        return f"{', '.join(out)} {'stands' if len(out) == 1 else 'stand'} out. {largest}."
    chance = ", which so few rows give by chance" if first.effect >= 1 else ""
    return f"No column stands out. {largest}{chance}."
