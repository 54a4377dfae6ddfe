"""Files of the source contract: Parquet as it is typed, CSV as the contract says, both read in pieces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from pipeline.core.errors import NightshiftError, SourceContractError, UsageError
from pipeline.core.settings import LabelsSource, TransactionsSource
from pipeline.data.load_columns import Column, Role
from pipeline.data.names import INSTANT

ROWS_AT_ONCE = 65_536  # a few MB of text a piece, whatever the size of the file
SUFFIXES = (".parquet", ".csv", ".csv.gz")
INTEGER = r"^(0|-?[1-9]\d{0,17})$"  # what a CSV key must be throughout to be taken as an integer: '007' stays text


@dataclass(frozen=True)
class Contract:
    """What a file must hold: roles by the user's column names, extra columns aside."""

    roles: Mapping[str, Role]
    minor_units: int = 2

    @classmethod
    def of_transactions(cls, source: TransactionsSource) -> Contract:
        arrival = {source.recorded_at: Role.INSTANT} if source.recorded_at else {}
        keys = dict.fromkeys((source.transaction_id, *source.entities.values()), Role.KEY)
        return cls({**keys, source.occurred_at: Role.INSTANT, **arrival, source.amount: Role.AMOUNT}, source.minor_units)

    @classmethod
    def of_labels(cls, source: LabelsSource) -> Contract:
        return cls({source.transaction_id: Role.KEY, source.is_fraud: Role.FLAG, source.known_at: Role.INSTANT})


@dataclass(frozen=True)
class SourceFile:
    """A file that keeps the contract so far as its columns show; `rows` is known where the format tells it."""

    path: Path
    columns: tuple[Column, ...]
    left_out: tuple[str, ...]
    rows: int | None

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows in pieces, every column in its travelling type; a value that does not fit is a `SourceContractError`."""
        with _in_words(self.path):
            for batch in self._pieces():
                arrays = [column.carry(batch.column(column.name)) for column in self.columns]
                yield pa.record_batch(arrays, [column.name for column in self.columns])

    def _pieces(self) -> Iterator[pa.RecordBatch]:
        names = [column.name for column in self.columns]
        if self.path.suffix == ".parquet":
            with pq.ParquetFile(self.path) as file:
                yield from file.iter_batches(ROWS_AT_ONCE, columns=names)
        else:
            yield from _csv_texts(self.path, names)


def find_file(path: Path, table: str) -> Path | None:
    """The file of a table: `path` itself where it is called so, or the one in the folder; None where there is none."""
    if path.is_dir():
        found = [path / f"{table}{suffix}" for suffix in SUFFIXES if (path / f"{table}{suffix}").is_file()]
        if len(found) > 1:
            raise UsageError(f"{path} holds {' and '.join(file.name for file in found)}: keep one, it is not clear which to load")
        return found[0] if found else None
    return path if path.name.startswith(table) and path.name.endswith(SUFFIXES) else None


def open_file(path: Path, contract: Contract) -> SourceFile:
    """Look at the columns of a file and hold them against the contract (`SourceContractError` names the first that breaks it)."""
    with _in_words(path):
        schema, rows = _parquet_schema(path) if path.suffix == ".parquet" else (_csv_schema(path, contract), None)
        missing = [name for name in contract.roles if name not in schema.names]
        if missing:
            raise SourceContractError(
                f"no column '{missing[0]}' among {', '.join(schema.names)}: name it in nightshift.toml, section [source]"
            )
        decided = [Column.of(field.name, contract.roles.get(field.name, Role.EXTRA), field.type, contract.minor_units) for field in schema]
    left_out = tuple(field.name for field, column in zip(schema, decided, strict=True) if column is None)
    return SourceFile(path, tuple(column for column in decided if column is not None), left_out, rows)


def _parquet_schema(path: Path) -> tuple[pa.Schema, int]:
    with pq.ParquetFile(path) as file:
        return file.schema_arrow, file.metadata.num_rows


def _csv_schema(path: Path, contract: Contract) -> pa.Schema:
    """Types from the contract; a key is an integer only where every value is written as one, anything extra is text."""
    with csv.open_csv(path) as file:
        names = file.schema.names
    kinds = {Role.INSTANT: INSTANT, Role.FLAG: pa.bool_()}
    keys = [name for name in names if contract.roles.get(name) is Role.KEY]
    integers = _integer_columns(path, keys)
    fields = [(name, pa.int64() if name in integers else kinds.get(contract.roles.get(name, Role.EXTRA), pa.string())) for name in names]
    return pa.schema(fields)


def _integer_columns(path: Path, names: list[str]) -> set[str]:
    integers = set(names)
    for batch in _csv_texts(path, names) if names else ():
        integers -= {name for name in integers if pc.any(pc.invert(pc.match_substring_regex(batch.column(name), INTEGER))).as_py()}
    return integers


def _csv_texts(path: Path, names: list[str]) -> Iterator[pa.RecordBatch]:
    """Every value as text; an unquoted nothing is null, a quoted nothing is empty text."""
    options = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        include_columns=names,
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    parsing = csv.ParseOptions(newlines_in_values=True)
    with csv.open_csv(path, convert_options=options, parse_options=parsing) as file:
        yield from file


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """Name the file in every complaint about it, and never show a value of it."""
    try:
        yield
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        what = "CSV with one header line and as many fields in every row" if ".csv" in path.name else "Parquet"
        raise SourceContractError(f"{path.name} cannot be read ({_first_words(error)}): it must be {what}, in UTF-8") from None
    except NightshiftError as error:
        raise type(error)(f"{path.name}: {error}") from None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or 'is it whole?'}") from None


def _first_words(error: Exception) -> str:
    return str(error).split(":")[0].strip()
