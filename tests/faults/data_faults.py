"""What may be wrong with a night's data before it is extracted: its rows, its columns, its bytes."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from tests.faults import data_rows as rows
from tests.faults.data_grounds import NUMBERS, SQLITE_TEXTS, TEXTS, UNCHECKED_TEXTS, Place
from tests.faults.data_rows import Draw

DONE, USE, GATE, CONTRACT = 0, 2, 3, 4  # exit codes
PASSES, REFUSED = frozenset({DONE}), frozenset({CONTRACT})
EITHER = frozenset({DONE, USE, GATE, CONTRACT})


@dataclass(frozen=True)
class Breaking:
    """Statements that ruin a source, and those that mend it."""

    breaking: tuple[str, ...]
    mending: tuple[str, ...]


@dataclass(frozen=True)
class DataFault:
    """`draw` ruins the night's rows, or one of `breakings` the source itself; `codes` are how the night may end then."""

    name: str
    codes: frozenset[int]
    draw: Draw | None = None
    breakings: tuple[Breaking, ...] = ()
    place: Place = NUMBERS

    def breaking(self, seed: int) -> Breaking | None:
        return random.Random(seed).choice(self.breakings) if self.breakings else None


def altered(breaking: str, mending: str) -> Breaking:
    return Breaking((f"ALTER TABLE {breaking}",), (f"ALTER TABLE {mending}",))


def retyped(table: str, name: str, own: str, other: str) -> Breaking:
    """A column of another type, its values as they read in it."""
    change = f"{table} ALTER {name} TYPE {{0}} USING {name}::{{0}}"
    return altered(change.format(other), change.format(own))


def instead(view: str) -> Breaking:
    """A view in the place of the table."""
    return Breaking(
        ("ALTER TABLE transactions RENAME TO kept", f"CREATE VIEW transactions AS {view}"),
        ("DROP VIEW transactions", "ALTER TABLE kept RENAME TO transactions"),
    )


def one_more(key: str, amount: str = "amount", origin: str = "4000") -> Breaking:
    """A row like the night's first under another key."""
    columns = f"occurred_at, recorded_at, customer_id, terminal_id, {amount}"
    copy = f"INSERT INTO transactions SELECT {key}, {columns} FROM transactions WHERE transaction_id = {origin}"
    return Breaking((copy,), (f"DELETE FROM transactions WHERE transaction_id = {key}",))


ADDED = (
    altered("transactions ADD note text DEFAULT 'x'", "transactions DROP note"),
    altered("transactions ADD score double precision", "transactions DROP score"),
    altered('labels ADD "Who said so" text', 'labels DROP "Who said so"'),
)
REMOVED = tuple(
    instead(f"SELECT {', '.join(left)} FROM kept")
    for left in (
        ("transaction_id", "occurred_at", "recorded_at", "customer_id", "terminal_id"),
        ("transaction_id", "occurred_at", "recorded_at", "customer_id", "amount"),
        ("transaction_id", "recorded_at", "customer_id", "terminal_id", "amount"),
        ("occurred_at", "recorded_at", "customer_id", "terminal_id", "amount"),
    )
)
RENAMED = tuple(
    altered(f"{table} RENAME {name} TO {other}", f"{table} RENAME {other} TO {name}")
    for table, name, other in (
        ("transactions", "amount", "amounts"),
        ("transactions", "transaction_id", "id"),
        ("transactions", "customer_id", "customer"),
        ("labels", "known_at", "known"),
        ("labels", "is_fraud", "fraud"),
    )
)
RETYPED = (
    retyped("transactions", "amount", "numeric", "text"),
    retyped("transactions", "transaction_id", "bigint", "text"),
    retyped("transactions", "transaction_id", "bigint", "numeric"),
    retyped("transactions", "customer_id", "bigint", "text"),
    retyped("transactions", "occurred_at", "timestamptz", "timestamp"),
    retyped("transactions", "recorded_at", "timestamptz", "text"),
    retyped("labels", "is_fraud", "boolean", "text"),
    retyped("labels", "transaction_id", "bigint", "text"),
)
WIDENED = (
    retyped("transactions", "amount", "numeric", "double precision"),
    retyped("transactions", "amount", "numeric", "bigint"),
    retyped("transactions", "transaction_id", "bigint", "integer"),
    retyped("transactions", "terminal_id", "bigint", "smallint"),
    retyped("labels", "is_fraud", "boolean", "integer"),
)
OVERFLOW = (
    one_more("7800", amount="1e400"),
    instead("SELECT transaction_id, occurred_at, recorded_at, customer_id, terminal_id, (amount * 10::numeric ^ 400) AS amount FROM kept"),
    instead("SELECT transaction_id::int * 1000000 AS transaction_id, occurred_at, recorded_at, customer_id, terminal_id, amount FROM kept"),
)
NO_TEXT = "convert_from('\\xff41'::bytea, 'UTF8') AS customer_id"
UNDECODED = (instead(f"SELECT transaction_id, occurred_at, recorded_at, {NO_TEXT}, terminal_id, amount FROM kept"),)
BYTES = tuple(one_more(f"E'\\x{byte}41'", origin="'004000'") for byte in ("ff", "c3", "80"))
SQLITE_BYTES = tuple(one_more(f"CAST(x'{byte}41' AS TEXT)", origin="'004000'") for byte in ("ff", "c3", "80"))
WORDS = (Breaking(("UPDATE transactions SET amount = 'nine' WHERE transaction_id = '004000'",),
                  ("UPDATE transactions SET amount = 900 WHERE transaction_id = '004000'",)),)  # fmt: skip
BLOBS = tuple(one_more(f"CAST(x'{key}' AS TEXT)", origin="'004000'") for key in ("610062", "00"))

DATA_FAULTS = (
    DataFault("rows repeated", PASSES, rows.repeated),
    DataFault("one id, two payloads", PASSES, rows.conflicting),
    DataFault("rows late by up to 150 days", PASSES, rows.late),
    DataFault("rows of a sealed night again", PASSES, rows.of_a_sealed_night),
    DataFault("labels late, unknown, wordless", PASSES, rows.late_labels),
    DataFault("labels reversed", PASSES, rows.reversed_labels),
    DataFault("amounts NaN or infinite", PASSES, rows.amounts(math.nan, math.inf, -math.inf)),
    DataFault("amounts negative", PASSES, rows.amounts(-0.01, -1e300, -0.0)),
    DataFault("amounts huge", PASSES, rows.amounts(*rows.HUGE)),
    DataFault("keys, moments, amounts null", PASSES, rows.nulls),
    DataFault("text keys empty", PASSES, rows.texts(rows.nothing, "transaction_id", "customer_id"), place=TEXTS),
    DataFault("text keys of emoji and marks", PASSES, rows.texts(rows.glyphs, "transaction_id", "terminal_id"), place=TEXTS),
    DataFault("text keys of 1 MB", PASSES, rows.texts(rows.megabyte, "transaction_id"), place=TEXTS),
    DataFault("entities of 1 MB", PASSES, rows.texts(rows.megabyte, "customer_id"), place=TEXTS),
    DataFault("entities with NUL", PASSES, rows.texts(rows.with_nul, "customer_id"), place=SQLITE_TEXTS),
    DataFault("text keys with NUL", REFUSED, breakings=BLOBS, place=SQLITE_TEXTS),
    DataFault("moments at clock changes", PASSES, rows.at_clock_changes),
    DataFault("moments before 1970", PASSES, rows.long_ago),
    DataFault("moments in the far future", PASSES, rows.far_ahead),
    DataFault("an empty night", PASSES, rows.empty),
    DataFault("a night a hundredfold", EITHER, rows.hundredfold),
    DataFault("columns added", PASSES, breakings=ADDED),
    DataFault("columns removed", REFUSED, breakings=REMOVED),
    DataFault("columns renamed", REFUSED, breakings=RENAMED),
    DataFault("columns retyped", REFUSED, breakings=RETYPED),
    DataFault("columns retyped that fit", PASSES, breakings=WIDENED),
    DataFault("numbers overflow", REFUSED, breakings=OVERFLOW),
    DataFault("bytes that are no text, in a view", REFUSED, breakings=UNDECODED),
    DataFault("bytes that are no text, in SQLite", REFUSED, breakings=SQLITE_BYTES, place=SQLITE_TEXTS),
    DataFault("bytes that are no text, in SQL_ASCII", REFUSED, breakings=BYTES, place=UNCHECKED_TEXTS),
    DataFault("words for amounts, in SQLite", REFUSED, breakings=WORDS, place=SQLITE_TEXTS),
)
