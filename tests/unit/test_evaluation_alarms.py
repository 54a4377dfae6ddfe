"""Over nights without news alarms keep to their budget; a shift of a tenth of a deviation is reported within two weeks."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pytest

from pipeline.evaluation.alarms import LOOKED_AT, watch
from pipeline.evaluation.budget import Budget, raised
from pipeline.evaluation.metrics import Bools
from pipeline.evaluation.seasonal import History, surprise
from tests.nights_of_figures import FIRST, NOISES, Noise, figures_of, normal

FIGURES, QUARTER = 50, 91
BEFORE = LOOKED_AT  # nights of history before any is judged


def new_alarms(stands: Bools) -> int:
    """How often an alarm begins; one that stands on the first night began."""
    return int((stands[1:] & ~stands[:-1]).sum() + stands[0].sum())


def false_alarms(noise: Noise, seed: int, nights: int, before: int = BEFORE) -> tuple[int, int]:
    """Jumps and trends that begin in so many nights of 50 figures without news."""
    seen = surprise(figures_of(np.random.default_rng(seed), before + nights, FIGURES, noise))
    stands = raised(seen, Budget())
    return new_alarms(stands.jump[before:]), new_alarms(stands.trend[before:])


@pytest.mark.parametrize("noise", NOISES, ids=lambda noise: noise.__name__)
@pytest.mark.parametrize(("nights", "worlds"), [(1_000, 2), pytest.param(1_000, 10, marks=pytest.mark.slow)])
def test_nights_without_news_keep_to_the_budget(noise: Noise, nights: int, worlds: int) -> None:
    counted = [false_alarms(noise, seed, nights) for seed in range(worlds)]
    jumps, trends = (sum(each) / worlds for each in zip(*counted, strict=True))
    budget = nights / QUARTER
    print(f"{noise.__name__}: {jumps:.1f} jumps and {trends:.1f} trends in {nights} nights of {FIGURES} figures (budget {budget:.1f})")
    assert jumps + trends <= budget


def test_the_first_quarter_of_a_history_keeps_to_the_budget_too() -> None:
    worlds, budget = 20, 20 * LOOKED_AT / QUARTER
    counted = [false_alarms(normal, seed, LOOKED_AT, before=0) for seed in range(worlds)]
    jumps, trends = (sum(each) for each in zip(*counted, strict=True))
    print(f"from the first night on: {jumps} jumps and {trends} trends in {worlds} worlds of {LOOKED_AT} nights (budget {budget:.0f})")
    assert jumps + trends <= budget


@pytest.mark.parametrize(("wander", "at_least"), [(1.0, 50), (3.0, 50), (5.0, 15)])
def test_a_shift_of_a_tenth_of_a_deviation_is_reported_within_two_weeks(wander: float, at_least: int) -> None:
    waits = [nights_until_reported(seed, wander) for seed in range(50)]
    found = [wait for wait in waits if wait is not None]
    print(f"0.1 deviations, nights scatter {wander:g} times the error of their rows: reported in {len(found)} of 50 trials,", end=" ")
    print(f"median wait {np.median(found):.0f} nights, longest {max(found)}")
    assert len(found) >= at_least


def nights_until_reported(seed: int, wander: float, within: int = 14) -> int | None:
    """The night, counted from 1, on which one figure of 50 that shifts by 0.1 raises an alarm; None if it does not within 14."""
    history = figures_of(np.random.default_rng([7, seed]), BEFORE + within, FIGURES, wander=wander)
    history.values[BEFORE:, 20] += 0.1
    stands = raised(surprise(history), Budget())
    rings = (stands.jump | (stands.trend & (stands.side > 0)))[BEFORE:, 20]
    return int(rings.argmax()) + 1 if rings.any() else None


def one_figure(values: list[float], least: float = 0.0) -> History:
    return History(("amount.mean",), FIRST + np.arange(len(values)), np.array(values)[:, None], np.array([least]))


def steady(nights: int) -> list[float]:
    """27.5 on weekdays and 40 on weekends, give or take a little."""
    rng = np.random.default_rng(1)
    return [(40.0 if night % 7 >= 5 else 27.5) + rng.normal(0, 0.1) for night in range(nights)]


def test_a_weekend_is_held_against_weekends() -> None:
    assert watch(one_figure(steady(83))).alarms == ()  # the last night is a Saturday
    assert watch(one_figure(steady(83))).sentences == ("nothing unusual in 1 figure",)
    (alarm,) = watch(one_figure([*steady(82), 27.5])).alarms
    assert alarm.kind == "jump"
    assert alarm.sentence.startswith("amount.mean jumped: 27.5, usual on a Saturday is 40.0")


def test_until_weekdays_can_be_told_apart_the_season_is_part_of_the_spread() -> None:
    for nights in range(15, 29):
        assert watch(one_figure(steady(nights))).alarms == ()
    (alarm,) = watch(one_figure([*steady(20), 400.0])).alarms
    assert alarm.against == "any day"


def test_a_short_history_is_said_in_words() -> None:
    watched = watch(one_figure(steady(14)))
    assert (watched.alarms, watched.untold) == ((), ("amount.mean",))
    assert watched.sentences == ("NOT ENOUGH HISTORY (fewer than 14 nights) of amount.mean",)


def test_a_single_night_is_a_short_history() -> None:
    assert watch(one_figure([27.5])).untold == ("amount.mean",)


def test_a_figure_without_value_tonight_is_named() -> None:
    assert watch(one_figure([*steady(80), np.nan])).sentences == ("no value tonight of amount.mean",)


def test_a_trend_says_since_when_and_is_new_only_once() -> None:
    values = np.array(steady(90))
    values[80:] += 0.25
    watches = [watch(one_figure(values[:night].tolist())) for night in range(80, 91)]
    trends = [alarm for watched in watches for alarm in watched.alarms if alarm.kind == "trend"]
    assert [alarm.new for alarm in trends] == [True] + [False] * (len(trends) - 1)
    assert len(trends) >= 4
    assert abs(trends[-1].since - (FIRST + 80).item()) <= dt.timedelta(days=2)
    assert trends[0].sentence.startswith("amount.mean is higher than usual, since 2026-05-")


def test_one_wild_night_is_a_jump_and_makes_no_trend() -> None:
    values = steady(80)
    values[70] += 1_000
    assert watch(one_figure(values[:71])).alarms[0].kind == "jump"
    for night in range(72, 81):
        assert watch(one_figure(values[:night])).alarms == ()


def test_a_figure_that_never_moved_is_surprised_by_any_move_unless_it_has_a_least_deviation() -> None:
    (alarm,) = watch(one_figure([0.0] * 80 + [0.0002])).alarms
    assert alarm.sentence == "amount.mean jumped: 0.0002, usual on a Thursday is 0 (it had never moved)"
    assert watch(one_figure([0.0] * 80 + [0.0002], least=0.0001)).alarms == ()
    assert watch(one_figure([0.0] * 81)).alarms == ()


def test_a_figure_that_never_moved_and_stays_where_it_went_is_told_without_a_number_of_deviations() -> None:
    history = one_figure([0.0] * 80 + [1.0] * 6)
    crowd = [(f"other_{place}", normal(np.random.default_rng(place), 86, 1)) for place in range(49)]
    names, others = zip(*crowd, strict=True)
    among = dataclasses.replace(history, names=("amount.mean", *names), values=np.hstack([history.values, *others]), least=np.zeros(50))
    (alarm,) = watch(among).alarms
    assert alarm.kind == "trend"
    assert alarm.sentence.startswith("amount.mean is still higher than usual, since 2026-05-21 and had never moved before")


def test_a_figure_that_moves_on_few_nights_may_move_again() -> None:
    values = [0.0] * 80
    for night in (30, 41, 55, 66):
        values[night] = 1 / 8_000
    assert watch(one_figure([*values, 1 / 8_000])).alarms == ()


def test_nights_that_did_not_run_leave_gaps_and_no_weekday_is_taken_for_another() -> None:
    whole = one_figure(steady(84))
    kept = np.delete(np.arange(84), [3, 30, 31, 32, 60, 77])
    gaps = dataclasses.replace(whole, nights=whole.nights[kept], values=whole.values[kept])
    assert watch(gaps).alarms == ()


def test_a_stream_that_rests_on_weekends_is_watched_on_weekdays() -> None:
    nights = np.array([night for night in range(110) if night % 7 < 5])
    values = np.random.default_rng(3).normal(27.5, 0.1, len(nights))
    values[-1] = 30.0
    assert watch(History(("amount.mean",), FIRST + nights, values[:, None], np.zeros(1))).alarms[0].kind == "jump"
