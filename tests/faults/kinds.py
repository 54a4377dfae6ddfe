"""All that can go wrong, as one list of attempts: each makes a trial of a seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

from tests.faults import first_set_up
from tests.faults.acts import FAULTS
from tests.faults.data_faults import DATA_FAULTS
from tests.faults.data_grounds import make_data_grounds
from tests.faults.data_trials import DataTrials
from tests.faults.grounds import SUBJECTS, Course, Grounds, Subject
from tests.faults.races import AT_ONCE, RACES, RaceTrials
from tests.faults.trials import Draw, Trial, try_it

KINDS = ("processes", "data", "races", "airflow")
NAMES = [fault.name for fault in (*FAULTS, *first_set_up.BROKEN_OFF, *DATA_FAULTS, *RACES)] + [first_set_up.AT_ONCE_NAME]
PLACES = [*(subject.name for subject in (*SUBJECTS, first_set_up.INIT)), *dict.fromkeys(fault.place.name for fault in DATA_FAULTS), AT_ONCE]


@dataclass(frozen=True)
class Attempt:
    """One fault of one subject."""

    kind: str
    fault: str
    subject: str
    make: Callable[[int], Trial]

    def fits(self, kind: str | None, fault: str | None, subject: str | None) -> bool:
        """Whether it is what was asked for; None asks for any."""
        return kind in {None, self.kind} and fault in {None, self.fault} and subject in {None, self.subject}


@dataclass
class Prepared:
    """What attempts share, made when the first of them needs it."""

    grounds: Grounds
    courses: dict[str, Course]

    def course(self, subject: Subject) -> Course:
        if subject.name not in self.courses:
            self.courses[subject.name] = self.grounds.course(subject)
        return self.courses[subject.name]

    @cached_property
    def data(self) -> DataTrials:
        return DataTrials(make_data_grounds(self.grounds))

    @cached_property
    def races(self) -> RaceTrials:
        return RaceTrials(self.grounds)

    @cached_property
    def set_ups(self) -> first_set_up.SetUpTrials:
        return first_set_up.SetUpTrials(self.grounds)


def attempts(grounds: Grounds) -> list[Attempt]:
    """Every fault of every subject, subject by subject; what has one subject only comes with each, so that it is tried as often."""
    prepared = Prepared(grounds, {})

    def disturbed(fault_of: int, subject: Subject, seed: int) -> Trial:
        return try_it(grounds, Draw(FAULTS[fault_of], subject, prepared.course(subject), seed))

    def ruined(fault_of: int, seed: int) -> Trial:
        return prepared.data.try_it(DATA_FAULTS[fault_of], seed)

    def raced(race_of: int, seed: int) -> Trial:
        return prepared.races.try_it(RACES[race_of], seed)

    def set_up(seed: int) -> Trial:
        return prepared.set_ups.by_three(seed)

    def broken_off(fault_of: int, seed: int) -> Trial:
        return prepared.set_ups.broken_off(first_set_up.BROKEN_OFF[fault_of], seed)

    races = [Attempt("races", race.name, AT_ONCE, partial(raced, number)) for number, race in enumerate(RACES)]
    races.append(Attempt("races", first_set_up.AT_ONCE_NAME, AT_ONCE, set_up))
    set_ups = [
        Attempt("processes", fault.name, first_set_up.INIT.name, partial(broken_off, number))
        for number, fault in enumerate(first_set_up.BROKEN_OFF)
    ]
    data = [Attempt("data", fault.name, fault.place.name, partial(ruined, number)) for number, fault in enumerate(DATA_FAULTS)]
    return [
        attempt
        for subject in SUBJECTS
        for attempt in (
            *(Attempt("processes", fault.name, subject.name, partial(disturbed, number, subject)) for number, fault in enumerate(FAULTS)),
            *set_ups,
            *data,
            *races,
        )
    ]
