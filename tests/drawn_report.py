"""A report with everything on it, drawn: four weeks of nights, a dozen of them matured, a column that drifts."""

from __future__ import annotations

import datetime as dt

import numpy as np

from pipeline.core.night import Night
from pipeline.evaluation.curves import Curves
from pipeline.evaluation.drift import Bin
from pipeline.evaluation.judgement import Judgement
from pipeline.evaluation.lookback import Beside, Cause, LookBack
from pipeline.evaluation.report import Alert, Champion, Counts, Matured, NightReport, Rejection, Seal, Step
from pipeline.evaluation.weeks import Around, MeasuredCurves, NightLine, Pace, Promise

NIGHT = Night.parse("2026-11-22")
MODEL = "2026-11-21-boosted_trees-1a2b3c4d"
STEPS = {"extract": 4.2, "build_features": 6.1, "score": 1.4, "judge": 3.9, "publish": 0.8}
ENTITIES = [f"customer_{name}_{window}d" for name in ("count", "amount_mean") for window in (1, 7, 30)]
ENTITIES += [f"terminal_{name}_{window}d" for name in ("count", "fraud_rate") for window in (1, 7, 30)]
COLUMNS = ("amount", "during_weekend", "during_night", *ENTITIES)


def full_report() -> NightReport:
    """Published with a warning."""
    return NightReport(
        night=NIGHT,
        run_id=57,
        mode="as-of",
        published_at=NIGHT.end + dt.timedelta(hours=2),
        model=Champion(MODEL, "boosted_trees", NIGHT.back(9), "0123456789abcdef", "ab" * 32),
        counts=Counts(rows_in=9580, scored=9568, rejected=8, collapsed=4, unscored=0, late=73, stragglers=2, alerts=100),
        judgements=_judgements(),
        alerts=tuple(_alert(rank) for rank in range(1, 101)),
        rejections=(Rejection("amount is negative", 8),),
        steps=tuple(Step(name, "done", seconds) for name, seconds in STEPS.items()),
        seals=(Seal(NIGHT, "transactions", "1", 9568, "cd" * 32), Seal(NIGHT, "labels", "1", 84, "ef" * 32)),
        minor_units=2,
        matured=tuple(_matured(NIGHT.back(7 + place)) for place in range(14)),
        look_back=look_back(),
        around=Around(lines(28), tuple(curves(NIGHT.back(7 + place)) for place in range(14)), paces(), Promise(81.4, 0.613)),
    )


def lines(nights: int) -> tuple[NightLine, ...]:
    """Nights up to tonight, in order: the first two not scored, one missing, one promoted in three."""
    rng = np.random.default_rng(11)
    made = [_line(NIGHT.back(back), rng, scored=back < nights - 2, promoted=back % 3 == 0) for back in range(nights - 1, -1, -1)]
    return tuple(line for line in made if line.night != NIGHT.back(9).day)


def curves(night: Night, rows: int = 9500) -> MeasuredCurves:
    """A matured night of about 80 frauds, whose scores keep their word."""
    rng = np.random.default_rng(night.day.toordinal())
    score = rng.beta(0.04, 5, rows)
    return MeasuredCurves(night.day, NIGHT.day, Curves.of(score, rng.random(rows) < score))


def look_back() -> LookBack:
    """One column that stands out, and scores a little higher than in training."""
    effects = [0.31, 1.72, *np.linspace(0.6, 0.01, len(COLUMNS) - 1)]
    named = zip(("score", *COLUMNS), map(float, effects), strict=True)
    beside = [Beside(name, effect, effect > 1, 27.5, 25.1, 0.0, 0.0) for name, effect in named]
    causes = (Cause("mean score", "amount", "feature", 0.0012), Cause("mean score", "the new model", "model", -0.0001))
    live = ("amount: mean 0.34 deviations higher than in training (27.5, was 25.1); stability index 0.05 above the 0.001 of chance",)
    return LookBack(tuple(beside), live, causes, ("The mean score rose by 0.0011.",), ("nothing is unusual in 36 figures",), bins())


def bins() -> tuple[Bin, ...]:
    """Deciles of training, and tonight beside them."""
    ends = (0.00021, 0.00034, 0.00051, 0.00078, 0.0012, 0.0019, 0.0034, 0.0079, 0.0256, None)
    shares = (0.081, 0.094, 0.097, 0.099, 0.101, 0.101, 0.102, 0.103, 0.107, 0.115)
    return tuple(Bin(end, share, 0.1) for end, share in zip(ends, shares, strict=True))


def paces() -> tuple[Pace, ...]:
    usual = {**{step: 0.9 * seconds for step, seconds in STEPS.items()}, "monitor": 8.8, "retrain": 5.2}
    return tuple(Pace(step, STEPS.get(step), seconds, 27) for step, seconds in usual.items())


def _line(night: Night, rng: np.random.Generator, *, scored: bool, promoted: bool) -> NightLine:
    rows, late = int(rng.normal(9600, 180)), int(rng.poisson(70))
    if not scored:
        return NightLine(night.day, "unscored", rows, late, None, None, "skipped", None, "NOT ENOUGH DATA: 61 known frauds, 100 are needed")
    challenger = f"{night}-boosted_trees-{rng.integers(16**8):08x}"
    held = "EQUIVALENT: not_worse: ap.difference is -0.0031, must be at least -0.02"
    broken = "WORSE: not_worse: ap.difference is -0.041, must be at least -0.02 (the challenger finds fewer frauds)"
    because = held if promoted else broken
    return NightLine(night.day, "published", rows, late, 100, MODEL, "promoted" if promoted else "kept", challenger, because)


def _alert(rank: int) -> Alert:
    entities = (("customer", 4000 + rank), ("terminal", None if rank == 3 else 700 + rank % 7))
    return Alert(rank, 0.97 - rank / 140, f"tx-{9000 + rank}", NIGHT.start + dt.timedelta(minutes=11 * rank), 1234 * rank, entities)


def _matured(night: Night) -> Matured:
    return Matured(night.day, MODEL, NIGHT.day, 80, 0.612, 0.55, 0.675, 0.74, 0.81, 1.04, 0.61, 0.59)


def _judgements() -> tuple[Judgement, ...]:
    held = [
        Judgement(gate, f"check_{number}", "figure", 0.0, 0.0, 0.0, "fail", passed=True, reason="it would be wrong")
        for gate in ("transactions", "features", "predictions", "live", "alarms")
        for number in range(8)
    ]
    drift = Judgement("live", "amount_as_in_training", "amount.stands_out", 1.0, 0.0, 0.0, "warn", passed=False, reason="it lies otherwise")
    return (*held[:32], drift, *held[32:])
