"""How rows of a night come out wrong: each draw takes the night's own rows and says what the source holds in their place."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from pipeline.core.night import ONE_DAY, Night
from tests.commanding import NEXT, SCORED
from tests.worlds import label, transaction

Row = dict[str, object]
Rows = list[Row]
NIGHT = Night.parse(NEXT)
SEALED = Night.parse(SCORED)
OLDEST = 150  # days by which a late row is late
MEGABYTE = 2**20
ZONES = ("Europe/Brussels", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia", "Asia/Kathmandu")
# Both sides of 2^53 minor units, in the 15 digits with which a server takes a double for a numeric; the largest double becomes a
# numeric that no double holds: see "numbers overflow".
HUGE = (90_071_992_547_409.0, 90_071_992_547_410.0, 1e18, 1e300, 1e308)
GLYPHS = ("\U0001f600", "\u202e", "e\u0301", "\ufeff", "'; DROP TABLE transactions; --", " ", "%s", "\\", "\u0130", "\x7f")


@dataclass(frozen=True)
class Drawn:
    """What the source holds of the night. `labels` come beside those that are there; `refused` rows, written by `beyond`, hold what
    no instant of Python's can say."""

    transactions: Rows
    labels: tuple[Row, ...] = ()
    beyond: tuple[str, ...] = ()
    refused: int = 0


Draw = Callable[[Rows, random.Random], Drawn]


def some(rows: Rows, rng: random.Random, most: int = 12) -> Rows:
    """Up to `most` rows of the night, at least one: so few that the gate of accepted rows lets the night pass."""
    return rng.sample(rows, rng.randint(1, most))


def changed(rows: Rows, chosen: Rows, change: Callable[[], Row]) -> Drawn:
    """The night with other values in the chosen rows."""
    keys = {row["transaction_id"] for row in chosen}
    return Drawn([{**row, **change()} if row["transaction_id"] in keys else row for row in rows])


def beside(rows: Rows, more: Iterable[Row]) -> Drawn:
    return Drawn([*rows, *more])


def repeated(rows: Rows, rng: random.Random) -> Drawn:
    """Some rows come again, up to three times, most of them at another moment of the night."""
    return beside(rows, ({**row, "recorded_at": moment(rng)} for row in some(rows, rng) for _ in range(rng.randint(1, 3))))


def conflicting(rows: Rows, rng: random.Random) -> Drawn:
    """Some ids come again with another amount, customer or moment."""
    others = (lambda: {"amount": rng.randint(1, 999)}, lambda: {"customer_id": 9}, lambda: {"occurred_at": moment(rng)})
    return beside(rows, ({**row, **rng.choice(others)()} for row in some(rows, rng, 6)))


def late(rows: Rows, rng: random.Random) -> Drawn:
    """Rows that occurred up to 150 days before the night in which they arrive."""
    return beside(rows, (fresh(rng, number, occurred_at=moment(rng) - rng.randint(1, OLDEST) * ONE_DAY) for number in range(10)))


def of_a_sealed_night(rows: Rows, rng: random.Random) -> Drawn:
    """Rows that an earlier night sealed arrive again, unchanged."""
    return beside(rows, ({**sealed_row(number), "recorded_at": moment(rng)} for number in rng.sample(range(110), 5)))


def sealed_row(number: int) -> Row:
    """A row of the night before, as `tests.worlds.trade` makes it."""
    return transaction(3000 + number, SEALED.start + number * dt.timedelta(minutes=10), amount=900 + number)


def amounts(*values: float | None) -> Draw:
    def draw(rows: Rows, rng: random.Random) -> Drawn:
        return changed(rows, some(rows, rng), lambda: {"amount": rng.choice(values)})

    return draw


def nulls(rows: Rows, rng: random.Random) -> Drawn:
    """Some rows lack a key, an entity, an amount or a moment."""
    names = ("transaction_id", "customer_id", "terminal_id", "amount", "occurred_at", "recorded_at")
    return changed(rows, some(rows, rng), lambda: {rng.choice(names): None})


def texts(make: Callable[[random.Random], str], *names: str) -> Draw:
    """Some rows more whose keys are such texts."""

    def draw(rows: Rows, rng: random.Random) -> Drawn:
        return beside(rows, ({**fresh(rng, number), **{name: make(rng) for name in names}} for number in range(rng.randint(1, 3))))

    return draw


def glyphs(rng: random.Random) -> str:
    return "".join(rng.choices(GLYPHS, k=rng.randint(1, 6))) + f"{rng.random()}"


def nothing(_: random.Random) -> str:
    return ""


def with_nul(rng: random.Random) -> str:
    return f"{rng.randint(0, 9)}\0{rng.randint(0, 9)}"


def megabyte(rng: random.Random) -> str:
    return rng.randbytes(MEGABYTE // 2).hex()


def at_clock_changes(rows: Rows, rng: random.Random) -> Drawn:
    """Late rows around the changes of clocks in several zones, microseconds before and after."""
    return beside(rows, (fresh(rng, number, occurred_at=around(rng, rng.choice(ZONES))) for number in range(10)))


def around(rng: random.Random, zone: str) -> dt.datetime:
    """A moment next to a change of the zone's clocks in the year before the night, or to its midnight where it has none."""
    hours = [NIGHT.start - place * dt.timedelta(hours=1) for place in range(1, 24 * 360)]
    changes = [hour for hour in hours if offset(hour, zone) != offset(hour - dt.timedelta(hours=1), zone)] or [hours[0]]
    return rng.choice(changes) + rng.choice((-1, 0, 1)) * dt.timedelta(microseconds=1)


def offset(instant: dt.datetime, zone: str) -> dt.timedelta | None:
    return instant.astimezone(ZoneInfo(zone)).utcoffset()


def long_ago(rows: Rows, rng: random.Random) -> Drawn:
    """Rows from before 1970, and from before all calendars."""
    old = (fresh(rng, number, occurred_at=dt.datetime(rng.randint(1, 1969), 12, 31, 23, 59, 59, 999999, dt.UTC)) for number in range(5))
    return Drawn([*rows, *old], beyond=beyond("'4713-01-01 BC'", "'-infinity'"), refused=2)


def far_ahead(rows: Rows, rng: random.Random) -> Drawn:
    """Rows from after the night, up to the end of all calendars."""
    ahead = (fresh(rng, number, occurred_at=NIGHT.end + dt.timedelta(days=rng.randint(1, 2_900_000))) for number in range(5))
    return Drawn([*rows, *ahead], beyond=beyond("'294276-12-31'", "'infinity'"), refused=2)


def beyond(*instants: str) -> tuple[str, ...]:
    values = ", ".join(
        f"({7900 + n}, {instant}::timestamptz, '{NIGHT.start}'::timestamptz, 1, 2, 10)" for n, instant in enumerate(instants)
    )
    return (f"INSERT INTO transactions (transaction_id, occurred_at, recorded_at, customer_id, terminal_id, amount) VALUES {values}",)


def empty(_rows: Rows, _rng: random.Random) -> Drawn:
    return Drawn([])


def hundredfold(rows: Rows, _: random.Random) -> Drawn:
    """A hundred times the night's rows."""
    return Drawn([{**row, "transaction_id": int(str(row["transaction_id"])) + 10_000 * copy} for copy in range(100) for row in rows])


def late_labels(rows: Rows, rng: random.Random) -> Drawn:
    """Labels of transactions that nobody knows, twice each, labels without a verdict, and labels that become known after the night."""
    unknown = [label(7000 + number, moment(rng)) for number in range(5)]
    wordless = [label(3000 + number, moment(rng), is_fraud=None) for number in range(3)]
    later = [label(4000 + number, NIGHT.end + dt.timedelta(seconds=rng.randint(0, 10**7))) for number in range(40)]
    return Drawn(rows, labels=(*unknown, *unknown, *wordless, *later))


def reversed_labels(rows: Rows, rng: random.Random) -> Drawn:
    """Verdicts on earlier nights that are taken back in this night, some of them twice, and the end of it known only later."""
    keys = [rng.randint(1, 3) * 1000 + rng.randrange(110) for _ in range(20)]
    back = [label(key, moment(rng), is_fraud=False) for key in keys]
    return Drawn(rows, labels=(*back, *back, *(label(key, NIGHT.end, is_fraud=True) for key in keys)))


def fresh(rng: random.Random, number: int, **changes: object) -> Row:
    """One more good row of the night, under an id of its own."""
    return transaction(7000 + number, moment(rng), amount=rng.randint(1, 999)) | {"recorded_at": moment(rng)} | changes


def moment(rng: random.Random) -> dt.datetime:
    """An instant of the night."""
    return NIGHT.start + dt.timedelta(microseconds=rng.randrange(86_400 * 10**6))
