"""One trial of a data fault: the night over a ruined source, what readers saw, and what stands when the source is mended."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import sqlalchemy as sa

from pipeline.data.contract import Contract
from tests.commanding import NEXT
from tests.faults.data_faults import DONE, GATE, DataFault
from tests.faults.data_grounds import DataGrounds, Ground, Place, Row, as_text, own_trade
from tests.faults.data_rows import NIGHT, SEALED, Drawn
from tests.faults.grounds import COMMAND, PUBLISHING, log_of, start
from tests.faults.reading import State, state_of, watched
from tests.faults.trials import MOST_RETRIES, Trial, another_past, rows_of, untrue
from tests.oracles.contract import SlowSplit, split_labels, split_transactions, without_sealed

ENTITIES = {"customer": "customer_id", "terminal": "terminal_id"}
COUNTS = f"""SELECT rows_in, rejected_rows, collapsed_rows FROM scoring.night_summary WHERE night = '{NEXT}' AND state = 'published'"""
OF_NIGHT = f"recorded_at >= '{NEXT} 00:00:00+00:00' AND recorded_at < '{NIGHT.end:%Y-%m-%d} 00:00:00+00:00'"


@dataclass(frozen=True)
class Wanted:
    """What the slow twin of the contract makes of the night's rows: those that are good as the source gave them, and the counts."""

    transactions: Sequence[Row]
    labels: Sequence[Row]
    rejected: int
    collapsed: int


@dataclass
class DataTrials:
    """Trials over the same grounds; what sound sources give is found out once."""

    grounds: DataGrounds
    sound: dict[str, tuple[State, State]] = field(default_factory=dict)

    def course(self, place: Place) -> tuple[State, State]:
        """What analysts see before and after the night where nothing is wrong."""
        if place.name not in self.sound:
            with self.grounds.copy(place) as ground:
                self.sound[place.name] = state_of(ground.world.url), self._run(ground)
        return self.sound[place.name]

    def try_it(self, fault: DataFault, seed: int) -> Trial:
        """Ruin the source of a copy, run the night, mend the source, and run it again."""
        before, sound = self.course(fault.place)
        own = [row for row in own_trade(fault.place).transactions if NIGHT.start <= row["recorded_at"] < NIGHT.end]  # type: ignore[operator]
        drawn = _drawn(fault, own, seed)
        wanted = wanted_of(drawn or Drawn(own), fault.place)
        twin = sound if drawn is None else self._twin(fault.place, wanted, seed)
        with self.grounds.copy(fault.place) as ground:
            began = str(ground.world.scalar("SELECT clock_timestamp()"))
            with watched(ground.world.url) as watch:
                was = content(ground)
                ruin(ground, fault, drawn, seed)
                fired = content(ground) != was
                code, meanwhile = start(COMMAND, ground.world).end(), state_of(ground.world.url)
                counts = ground.world.rows(COUNTS)
                complaints = list(_ended_wrongly(ground, codes_of(fault, wanted, drawn), code))
                mend(ground, fault, own, drawn, seed)
                again, retries, recovery = _again(ground)
            after = twin if code == DONE else sound
            complaints += [f"one more run did not do: {log_of(ground.world).read_text()[-700:]}"] if again != DONE or retries > 1 else []
            complaints += list(_untold(counts, wanted, drawn)) if code == DONE else []
            complaints += ["what was published is not what the twin published"] if meanwhile != (after if code == DONE else before) else []
            stands = state_of(ground.world.url)
            complaints += ["what stands is not what the twin published"] if stands != after else []
            complaints += [*another_past(ground.world, before, began), *untrue(ground.world)]
            complaints += [] if watch.seen else ["no reader read anything"]
            return Trial(
                fault=fault.name,
                subject=fault.place.name,
                point="extract",
                seed=seed,
                fired=fired,
                wrong_reads=watch.wrong(before, after),
                lost=max(0, rows_of(after) - rows_of(stands)),
                doubled=sum(rows - different for _, rows, different, _ in stands),
                retries=retries,
                recovery=recovery,
                complaints=tuple(complaints),
            )

    def _twin(self, place: Place, wanted: Wanted, seed: int) -> State:
        """The same night over a source that never held anything but the good rows, written down in another order."""
        with self.grounds.copy(place) as ground:
            ground.change(f"DELETE FROM transactions WHERE {OF_NIGHT}")
            ground.insert("transactions", random.Random(seed).sample(wanted.transactions, len(wanted.transactions)))
            ground.insert("labels", wanted.labels)
            return self._run(ground)

    def _run(self, ground: Ground) -> State:
        code = start(PUBLISHING, ground.world).end()
        if code not in {DONE, GATE}:  # a twin may be stopped by its gate, as the night is that it is held against
            raise SystemExit(f"{ground.place.name} fails over good rows, with exit code {code}: {log_of(ground.world).read_text()[-2000:]}")
        return state_of(ground.world.url)


def _drawn(fault: DataFault, own: Sequence[Row], seed: int) -> Drawn | None:
    """The ruined rows under the keys of the place; None where it is the source itself that is ruined."""
    if fault.draw is None:
        return None
    drawn = fault.draw(list(own), random.Random(seed))
    if not fault.place.text:
        return drawn
    return Drawn([as_text(row) for row in drawn.transactions], tuple(map(as_text, drawn.labels)), drawn.beyond, drawn.refused)


def wanted_of(drawn: Drawn, place: Place) -> Wanted:
    """Ask the slow twin; a label that becomes known after the night is none of the twin's."""
    contract = Contract(pa.string() if place.text else pa.int64(), dict.fromkeys(ENTITIES, pa.int64()), (), 2, negative_amounts=False)
    sealed = [row for row in own_trade(place).transactions if SEALED.start <= row["recorded_at"] < SEALED.end]  # type: ignore[operator]
    held = split_transactions(map(_mapped, sealed), contract, SEALED.start).accepted
    split = without_sealed(split_transactions(map(_mapped, drawn.transactions), contract, NIGHT.start), held)
    labels = [row for row in split_labels(drawn.labels).accepted if row["known_at"] < NIGHT.end]  # type: ignore[operator]
    return Wanted(_given(drawn, split), labels, len(split.rejected) + drawn.refused, split.collapsed)


def _given(drawn: Drawn, split: SlowSplit) -> list[Row]:
    """The accepted rows as the source gave them."""
    given = {(row["transaction_id"], row["recorded_at"]): row for row in drawn.transactions}
    return [given[row["transaction_id"], row["recorded_at"]] for row in split.accepted]


def _mapped(row: Row) -> Row:
    """A row of the source under our names."""
    amount = row["amount"]
    ours = {name: row[name] for name in ("transaction_id", "occurred_at", "recorded_at")}
    return ours | {"amount": None if amount is None else float(str(amount))} | {name: row[column] for name, column in ENTITIES.items()}


def ruin(ground: Ground, fault: DataFault, drawn: Drawn | None, seed: int) -> None:
    if breaking := fault.breaking(seed):
        ground.change(*breaking.breaking)
    if drawn is not None:
        ground.change(f"DELETE FROM transactions WHERE {OF_NIGHT}")
        for row in drawn.transactions:
            ground.insert("transactions", [row])
        ground.insert("labels", drawn.labels)
        ground.change(*drawn.beyond)


def mend(ground: Ground, fault: DataFault, own: Sequence[Row], drawn: Drawn | None, seed: int) -> None:
    """Put the source back as it should have been."""
    if breaking := fault.breaking(seed):
        ground.change(*breaking.mending)
    if drawn is not None:
        ground.change("DELETE FROM transactions", "DELETE FROM labels")
        trade = own_trade(ground.place)
        ground.insert("transactions", trade.transactions)
        ground.insert("labels", trade.labels)


def content(ground: Ground) -> list[str]:
    """What each table of the source holds, and under which columns; a table that cannot be read is told as such."""
    return [_content(ground, table) for table in ("transactions", "labels")]


def _content(ground: Ground, table: str) -> str:
    try:
        with ground.source.begin() as connection:
            result = connection.exec_driver_sql(f"SELECT * FROM {table}")
            columns = [(name, kind) for name, kind, *_ in result.cursor.description]
            return f"{columns} {hash(frozenset(map(repr, result)))}"
    except sa.exc.DBAPIError as error:
        return f"refuses to be read: {type(error.orig).__name__}"


def _again(ground: Ground) -> tuple[int, int, float]:
    """Run the night until it is done: how it ended, how many runs that took, and how long."""
    began = time.monotonic()
    code, runs = start(COMMAND, ground.world).end(), 1
    while code != DONE and runs < MOST_RETRIES:
        code, runs = start(COMMAND, ground.world).end(), runs + 1
    return code, runs, time.monotonic() - began


def codes_of(fault: DataFault, wanted: Wanted, drawn: Drawn | None) -> frozenset[int]:
    """How the night may end: more than a twentieth of rejected rows stops it."""
    if drawn is not None and wanted.rejected * 20 > len(drawn.transactions) + drawn.refused:
        return frozenset({GATE})
    return fault.codes


def _ended_wrongly(ground: Ground, codes: frozenset[int], code: int) -> Iterator[str]:
    """A night ends as it may, and where it is refused, in one line of ours."""
    log = log_of(ground.world).read_text()
    if code not in codes:
        yield f"the night ended with {code}: {log[-700:]}"
    if code != DONE and sum(line.startswith("nightshift: ") for line in log.splitlines()) != 1:
        yield f"the night was not refused in one line: {log[-700:]}"
    if "Traceback" in log:
        yield f"an error that nobody raised on purpose was told: {log[-700:]}"


def _untold(counts: Sequence[Sequence[object]], wanted: Wanted, drawn: Drawn | None) -> Iterator[str]:
    """The night's summary says of each row what the slow twin says."""
    came = len(wanted.transactions) if drawn is None else len(drawn.transactions) + drawn.refused
    if [tuple(row) for row in counts] != [(came, wanted.rejected, wanted.collapsed)]:
        yield f"{counts} came, were rejected and collapsed; the slow twin says {came}, {wanted.rejected}, {wanted.collapsed}"
