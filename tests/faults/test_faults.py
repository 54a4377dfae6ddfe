"""A few of the trials that `make faults` makes by the thousand, and three builds that are broken on purpose and must be found out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest

from tests.faults.acts import FAULTS, Fault
from tests.faults.grounds import COMMAND, CORRECTION, SUBJECTS, Course, Grounds, Subject
from tests.faults.mutants import no_hash, no_lock, split_flip
from tests.faults.trials import Draw, Trial, try_it

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def courses(grounds: Grounds) -> dict[str, Course]:
    return {subject.name: grounds.course(subject) for subject in SUBJECTS}


def fault(name: str) -> Fault:
    return next(fault for fault in FAULTS if name in fault.name)


def at(course: Course, point: str, place: int = 0) -> int:
    """A number of the course's point of this name: the first, or the one at `place` among them."""
    return [number for number, passed in enumerate(course.points) if passed == point][place]


@pytest.mark.parametrize("number", range(len(FAULTS)))
def test_a_night_survives_a_fault_and_one_more_run_gets_it_done(grounds: Grounds, courses: dict[str, Course], number: int) -> None:
    subject = SUBJECTS[number % len(SUBJECTS)]
    trial = try_it(grounds, Draw(FAULTS[number], subject, courses[subject.name], seed=number))
    assert trial.fired, trial
    assert trial.survived, trial


def found_out(
    grounds: Grounds, course: Course, subject: Subject, break_it: Callable[[], None], what: Fault, points: list[int], seeds: int = 1
) -> Trial:
    """The first trial of a broken build that is not survived."""
    broken = replace(subject, prepare=break_it)
    for seed, place in product(range(1, seeds + 1), points):
        trial = try_it(grounds, Draw(what, broken, course, seed=seed, at=place))
        if trial.fired and not trial.survived:
            return trial
    pytest.fail(f"{seeds * len(points)} trials survived a broken build")


def test_a_build_that_takes_no_lock_is_found_out(grounds: Grounds, courses: dict[str, Course]) -> None:
    course = courses[CORRECTION.name]
    trial = found_out(grounds, course, CORRECTION, no_lock, fault("frozen"), [at(course, "publish: publish.begin")])
    assert any("overtaken" in complaint for complaint in trial.complaints), trial


def test_a_build_that_flips_in_two_transactions_is_found_out(grounds: Grounds, courses: dict[str, Course]) -> None:
    course = courses[CORRECTION.name]
    flips = [at(course, "publish: warehouse.committed", place) for place in range(1, 4)]
    assert found_out(grounds, course, CORRECTION, split_flip, fault("step killed"), flips).wrong_reads > 0


def test_a_build_that_checks_no_hash_is_found_out(grounds: Grounds, courses: dict[str, Course]) -> None:
    course = courses[COMMAND.name]
    before_reading = [at(course, "build_features: build_features.begin"), at(course, "score: score.begin")]
    found_out(grounds, course, COMMAND, no_hash, fault("swapped"), before_reading, seeds=8)
