"""A feature view: what a model may know about a transaction, declared once, computed the same way for every night."""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib
import json
import zoneinfo
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from types import ModuleType

import pyarrow as pa

from pipeline.core.errors import UsageError
from pipeline.data.names import AMOUNT_CENTS, INSTANT, OCCURRED_AT, TRANSACTION_ID
from pipeline.features.declarations import AT_ONCE, Amount, Feature, RowFeature, WindowColumn, Windowed
from pipeline.features.labels import beside, heard
from pipeline.features.rows import Floats, OwnRows, Rows
from pipeline.features.totals import Standing
from pipeline.features.windows import Given, edges_of, lives

KERNEL_VERSION = 1  # raised when the same declarations begin to mean other values


@dataclass(frozen=True)
class Computed:
    """A night's features, and what stands of the entities of each kind at its end."""

    features: pa.Table
    standing: Mapping[str, Standing]


@dataclass(frozen=True)
class FeatureView:
    """Declarations under a name; `timezone` rules calendar features, `minor_units` is the number of decimals of the currency.

    A view that declares nothing, a column twice, or an unknown time zone is a `UsageError`.
    """

    name: str
    features: tuple[Feature, ...]
    timezone: str = "UTC"
    minor_units: int = 2

    def __post_init__(self) -> None:
        if not isinstance(self.features, tuple) or not all(isinstance(feature, Feature) for feature in self.features):
            raise UsageError(f"view '{self.name}': features must be a tuple of declarations, for example (Amount(), Weekend())")
        columns = self.columns
        twice = sorted({column for column in columns if columns.count(column) > 1})
        if not columns or twice:
            raise UsageError(f"view '{self.name}' " + (f"declares {', '.join(twice)} twice" if twice else "declares no feature"))
        try:
            zoneinfo.ZoneInfo(self.timezone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            raise UsageError(f"view '{self.name}': '{self.timezone}' is not a time zone; write one like 'Europe/Brussels'") from None

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the feature columns, in order."""
        return tuple(column.name for column in self._columns)

    @property
    def varying(self) -> tuple[str, ...]:
        """The columns that differ between rows of any larger night.

        The others may hold one value all night and be right: a calendar flag, a fraud rate before labels come, a delayed window
        while the history is younger than the delay.
        """
        return tuple(column.name for column in self._columns if isinstance(column, Amount) or _varies(column))

    @property
    def calendar(self) -> tuple[str, ...]:
        """The columns that tell of the moment alone: they differ from one night to the next by their nature."""
        return tuple(column.name for column in self._columns if not isinstance(column, Amount | WindowColumn))

    @property
    def activity(self) -> tuple[str, ...]:
        """How busy each entity has been, where that is declared: its count over the longest window."""
        counts = [column for column in self._windows if column.statistic == "count"]
        longest = {column.entity: column.name for column in sorted(counts, key=lambda column: column.window)}
        return tuple(longest[entity] for entity in self.entities if entity in longest)

    @property
    def entities(self) -> tuple[str, ...]:
        """The entity columns that the view reads, in the order in which they are first declared."""
        return tuple(dict.fromkeys(column.entity for column in self._windows))

    @property
    def reach(self) -> dt.timedelta:
        """How far before a transaction the view looks: its longest window with its delay."""
        return max((column.reach for column in self._windows), default=AT_ONCE)

    @property
    def suspected(self) -> frozenset[str]:
        """The entities of which a window counts known frauds."""
        return frozenset(column.entity for column in self._windows if column.statistic == "fraud_rate")

    def about(self, entity: str) -> FeatureView:
        """The windows of one entity, as a view of their own."""
        return replace(self, features=tuple(each for each in self.features if isinstance(each, Windowed) and each.entity == entity))

    @property
    def of_rows(self) -> FeatureView | None:
        """What a row tells by itself, as a view of its own; None where nothing is declared of it."""
        features = tuple(each for each in self.features if isinstance(each, RowFeature))
        return replace(self, features=features) if features else None

    @property
    def reads_labels(self) -> bool:
        return bool(self.suspected)

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal characters that change with whatever may change a value: columns, their order, time zone, minor units, kernel."""
        columns = [[column.name, type(column).__name__, _meaning(column)] for column in self._columns]
        told = json.dumps([KERNEL_VERSION, self.timezone, self.minor_units, columns], default=dt.timedelta.total_seconds, sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def in_place(self, timezone: str, minor_units: int) -> FeatureView:
        """The same view under a user's settings."""
        return replace(self, timezone=timezone, minor_units=minor_units)

    def schema(self, key: pa.DataType) -> pa.Schema:
        """Columns of a sealed night of features, in order."""
        return pa.schema(
            [
                pa.field(TRANSACTION_ID, key, nullable=False),
                pa.field(OCCURRED_AT, INSTANT, nullable=False),
                pa.field(AMOUNT_CENTS, pa.int64(), nullable=False),
                *(pa.field(column, pa.float64()) for column in self.columns),
            ]
        )

    def compute(self, history: pa.Table, arrived: pa.Table, labels: pa.Table) -> pa.Table:
        """The features of `arrived`, one row each and in its order, as they could be known at each row's own `occurred_at`.

        `history` holds transactions of earlier nights (those within `reach` suffice), `arrived` the night's own, no transaction in both;
        `labels` everything known before the cutoff, several rows a transaction. Rows and chunks may come in any order: the bits stay
        the same. A null entity, or a statistic of nothing, gives null. An entity that the transactions lack is a `UsageError`.
        """
        rows = self.rows(history, arrived)
        told = beside(heard(labels, rows.transaction_id.type), rows) if self.reads_labels else None
        return self.night(Given(rows, told), arrived).features

    def rows(self, history: pa.Table, arrived: pa.Table) -> Rows:
        """What the view reads of both; an entity that the transactions lack is a `UsageError`."""
        self._require_entities(arrived)
        return Rows.of(history, arrived, self.entities)

    def night(self, given: Given, arrived: pa.Table) -> Computed:
        """The features of `arrived`, whose rows are the last of those given, and what then stands of each entity, where that is asked.

        Without a `Before` the rows hold all that the view can see; beside one only what its docstring asks for. The bits are the same.
        """
        values = self._row_values(given.rows)
        standing: dict[str, Standing] = {}
        for entity in self.entities:
            columns = [column for column in self._windows if column.entity == entity]
            lived = lives(given, entity, columns, self.minor_units)
            values |= {column.name: lived.values[column] for column in columns}
            standing |= {entity: lived.standing} if lived.standing else {}
        features = [pa.array(values[column], type=pa.float64(), from_pandas=True) for column in self.columns]
        schema = self.schema(arrived.schema.field(TRANSACTION_ID).type)
        own = [arrived[TRANSACTION_ID], arrived[OCCURRED_AT].cast(INSTANT), arrived[AMOUNT_CENTS]]
        return Computed(pa.table([*own, *features], schema=schema), standing)

    @property
    def ages(self) -> dict[str, list[int]]:
        """By entity, the ages at which its windows begin or end, in microseconds, rising."""
        return {entity: edges_of([column for column in self._windows if column.entity == entity]) for entity in self.entities}

    def _row_values(self, rows: Rows) -> dict[str, Floats]:
        own = OwnRows.of(rows, self.timezone, self.minor_units)
        return {feature.name: feature.of(own).astype("float64") for feature in self.features if isinstance(feature, RowFeature)}

    def _require_entities(self, arrived: pa.Table) -> None:
        missing = [entity for entity in self.entities if entity not in arrived.column_names]
        if missing:
            told = f"view '{self.name}' reads {', '.join(missing)}, but the transactions have {', '.join(arrived.column_names)}"
            raise UsageError(f"{told}: name the column under 'entities' in the settings")

    @property
    def _columns(self) -> tuple[RowFeature | WindowColumn, ...]:
        return tuple(column for feature in self.features for column in (feature.columns() if isinstance(feature, Windowed) else (feature,)))

    @property
    def _windows(self) -> tuple[WindowColumn, ...]:
        return tuple(column for column in self._columns if isinstance(column, WindowColumn))


def load_view(reference: str) -> FeatureView:
    """The view that `module:NAME` names; every mistake is a `UsageError` that says what would be right."""
    module_name, colon, name = reference.partition(":")
    if not (colon and name.isidentifier() and all(part.isidentifier() for part in module_name.split("."))):
        raise UsageError(f"view '{reference}' must be written as module:NAME, for example pipeline.features.handbook:VIEW")
    module = _imported(module_name, reference)
    view = getattr(module, name, None)
    if not isinstance(view, FeatureView):
        views = [known for known, value in vars(module).items() if isinstance(value, FeatureView)]
        told = f"the views there are {', '.join(views)}" if views else "there is none in that module"
        raise UsageError(f"view '{reference}': {name} is not a FeatureView of {module_name}; {told}")
    return view


def _meaning(column: RowFeature | WindowColumn) -> dict[str, object]:
    """All that a declaration says but what it is called."""
    return {name: value for name, value in asdict(column).items() if name != "called"}


def _varies(column: RowFeature | WindowColumn) -> bool:
    return isinstance(column, WindowColumn) and column.statistic != "fraud_rate" and not column.delay


def _imported(module_name: str, reference: str) -> ModuleType:
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise UsageError(f"view '{reference}': there is no module '{error.name}': install it, or put its folder on PYTHONPATH") from None
    except UsageError as error:
        raise UsageError(f"view '{reference}': {error}") from None
    except (Exception, SystemExit) as error:  # noqa: BLE001  # it is the user's module: whatever it does while it is imported
        raise UsageError(f"view '{reference}': {module_name} cannot be imported: {type(error).__name__}: {error}") from None
