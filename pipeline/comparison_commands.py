"""What `nightshift compare` prints: the verdict and its reasons, then what they rest on."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.comparison import Comparison, compare
from pipeline.comparison_basis import Asked
from pipeline.evaluation.equivalence import Difference
from pipeline.evaluation.flips import Flips
from pipeline.house import open_house
from pipeline.terminal import Terminal

Row = tuple[str, ...]


def compare_models(terminal: Terminal, first: str, second: str, asked: Asked) -> None:
    """Compare and print."""
    with terminal.progress() as progress, open_house(progress=progress) as house:
        told = compare(house, first, second, asked)
    terminal.say(f"{told.ruling.verdict}: A = {first} beside B = {second}")
    for reason in told.ruling.reason.split("; "):
        terminal.say(f"  {reason}")
    for line in _grounds(told):
        terminal.say(line)
    _section(terminal, "measures; more is better", ("measure", "A", "B", "A - B", "90 % interval", "may be lost"), _measures(told))
    _section(terminal, "average precision by slice", ("slice", "frauds", "nights", "A - B", "interval"), _slices(told))
    _section(terminal, "alerts", ("alerts of", "number", "of them frauds"), _flips(told.walked.flips))
    _section(terminal, "how alike the scores are", ("figure", "value"), _alike(told))
    moved = ("transaction", "night", "score A", "score B", "rank A", "rank B", "fraud")
    _section(terminal, "largest changes of a score; rank: among the alerts", moved, _moved(told))


def _section(terminal: Terminal, title: str, names: Row, rows: Iterator[Row]) -> None:
    terminal.say("")
    terminal.say(title)
    terminal.table(names, list(rows))


def _grounds(told: Comparison) -> Iterator[str]:
    """On which rows, and what was known of them."""
    nights = [str(seal.night) for seal in told.basis.nights]
    span = nights[0] if len(nights) == 1 else f"{nights[0]} to {nights[-1]}"
    yield ""
    yield f"on {len(nights)} nights, {span}: {told.rows:,} rows, {told.frauds:,} frauds as known at {told.basis.cutoff:%Y-%m-%d %H:%M} UTC"
    yield from told.basis.left_out
    if told.share < 1:
        yield f"of the genuine rows {told.share:.1%} were measured, chosen by the hash of their id; alerts are of all rows"
    if not told.by_nights:
        yield "intervals are of cards, not of nights: these are too few, and what their nights have in common is not in the intervals"


def _measures(told: Comparison) -> Iterator[Row]:
    margins = told.margins
    allowed = (margins.average_precision, margins.roc_auc, margins.alert_precision, margins.brier_skill)
    for (name, one), margin in zip(told.measures.items(), allowed, strict=True):
        yield name, f"{one.first:.4f}", f"{one.second:.4f}", f"{one.difference.value:+.4f}", _interval(one.difference), f"{margin:g}"
    yield "predicted over observed frauds", *(f"{value:.3f}" for value in told.predicted), "", "", ""


def _slices(told: Comparison) -> Iterator[Row]:
    for one in told.sliced.slices:
        within = one.difference
        figures = ("", "too few to judge alone") if within is None else (f"{within.value:+.4f}", _interval(within))
        yield one.name, f"{one.frauds:,}", str(one.nights), *figures
    for cut in told.sliced.cuts:
        if cut.absent:
            yield cut.name, "", "", "", f"no slices: {cut.absent}"


def _flips(flips: Flips) -> Iterator[Row]:
    yield "both", f"{flips.both:,}", f"{flips.both_frauds:,}"
    yield "A alone", f"{flips.first_only:,}", f"{flips.first_only_frauds:,}"
    yield "B alone", f"{flips.second_only:,}", f"{flips.second_only_frauds:,}"


def _alike(told: Comparison) -> Iterator[Row]:
    words = {
        "rank_correlation": "rank correlation (Spearman)",
        "alerts_in_common": "share of A's alerts that are B's too",
        "mean_score_ratio": "mean score of A over that of B",
        "score_psi": "stability index of the scores (PSI)",
        "score_ks": "largest difference of their distributions (KS)",
    }
    yield from ((word, f"{told.alike[name]:.4f}") for name, word in words.items() if name in told.alike)


def _moved(told: Comparison) -> Iterator[Row]:
    for one in told.walked.moved:
        ranks = ("" if rank is None else str(rank) for rank in (one.first_rank, one.second_rank))
        yield str(one.transaction_id), one.night, f"{one.first:.4f}", f"{one.second:.4f}", *ranks, "yes" if one.is_fraud else "no"


def _interval(one: Difference) -> str:
    return "none: too few blocks" if one.low != one.low else f"{one.low:+.4f} to {one.high:+.4f}"
