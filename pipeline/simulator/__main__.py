"""`python -m pipeline.simulator`: write the transactions and the labels of a simulated source as two Parquet files."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pyarrow.parquet as pq
from rich.console import Console
from rich.progress import track

from pipeline.core.errors import NightshiftError, UsageError
from pipeline.core.night import Night
from pipeline.simulator import Simulated, Simulation, simulated_days

EXAMPLE = """example:
  python -m pipeline.simulator --out /tmp/source --end 2026-11-22 --nights 60
  nightshift load /tmp/source

The files are transactions.parquet (transaction_id, occurred_at, recorded_at, customer_id, terminal_id, amount)
and labels.parquet (transaction_id, is_fraud, known_at). The same seed draws the same days, whatever the span."""


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0, or 2 with one line that says what would be right."""
    try:
        asked = _parser().parse_args(arguments)
        simulation = _simulation(asked)
        transactions, labels = write(simulation, asked.out)
    except NightshiftError as error:
        print(f"simulator: {error}", file=sys.stderr)
        return error.exit_code
    print(f"{transactions} transactions and {labels} labels of {simulation.days} nights to {simulation.last_day} in {asked.out}")
    return 0


def write(simulation: Simulation, folder: Path) -> tuple[int, int]:
    """Write both files, day by day in bounded memory, each beside its place first; the counts of their rows come back."""
    folder.mkdir(parents=True, exist_ok=True)
    transactions, labels = folder / "transactions.parquet", folder / "labels.parquet"
    counts = _write_days(simulation, _beside(transactions), _beside(labels))
    _beside(transactions).replace(transactions)
    _beside(labels).replace(labels)
    return counts


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _write_days(simulation: Simulation, transactions: Path, labels: Path) -> tuple[int, int]:
    days = simulated_days(simulation)
    first = next(days)
    counts = [0, 0]
    with (
        pq.ParquetWriter(transactions, first.transactions.schema, compression="zstd") as transactions_file,
        pq.ParquetWriter(labels, first.labels.schema, compression="zstd") as labels_file,
    ):
        for day in _watched(chain([first], days), simulation.days):
            transactions_file.write_table(day.transactions)
            labels_file.write_table(day.labels)
            counts[0] += day.transactions.num_rows
            counts[1] += day.labels.num_rows
    return counts[0], counts[1]


def _watched(days: Iterator[Simulated], count: int) -> Iterator[Simulated]:
    """The same days with a progress bar where a person watches."""
    console = Console(stderr=True)
    return iter(track(days, "simulating", count, console=console, disable=not console.is_terminal))


def _simulation(asked: argparse.Namespace) -> Simulation:
    usual = Simulation(Night.parse(asked.end).day, asked.nights, asked.seed)
    if asked.customers is None:
        return usual
    if asked.customers < 1:
        raise UsageError(f"{asked.customers} customers make no trade: name 1 or more")
    return usual.scaled(asked.customers / usual.customers)


def _parser() -> argparse.ArgumentParser:
    yesterday = Night.of(dt.datetime.now(dt.UTC)).back(1)
    usual = Simulation(yesterday.day)
    parser = argparse.ArgumentParser(
        prog="python -m pipeline.simulator",
        description="Write simulated card transactions with three kinds of fraud, late rows, delayed labels and disputes.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the two files; made if absent")
    parser.add_argument(
        "--end", default=str(yesterday), metavar="YYYY-MM-DD", help="last night, included; nothing later is known (yesterday)"
    )
    parser.add_argument("--nights", type=int, default=usual.days, help=f"how many nights of trade ({usual.days})")
    parser.add_argument("--seed", type=int, default=usual.seed, help=f"another seed is another world ({usual.seed})")
    parser.add_argument(
        "--customers",
        type=int,
        help=f"about two transactions a night each ({usual.customers}); terminals and frauds grow with them",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
