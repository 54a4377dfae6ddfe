"""Boosted trees without the library that grew them: their tables of nodes, read from a saved model without a line of the library.

Importing scikit-learn and SciPy's statistics takes 5 CPU seconds, which each process of a night would pay to add up numbers of a table.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from pipeline.scoring.sampling import Floats

Nodes: TypeAlias = Any  # a structured array: a line for each node of a tree, the root first
Told: TypeAlias = Mapping[str, Any]

CLASSIFIER = "HistGradientBoostingClassifier"
KNOWN = frozenset(  # modules of which a file may speak; one that speaks of others is for skops to judge
    {
        *("builtins", "numpy", "numpy.random._generator"),
        *(f"sklearn.ensemble._hist_gradient_boosting.{name}" for name in ("gradient_boosting", "binning", "predictor")),
        *("sklearn.preprocessing._label", "sklearn._loss.loss", "sklearn._loss._loss", "sklearn._loss.link"),
    }
)
PROTOCOL = 2  # of skops' files
LOADERS = frozenset(
    f"{kind}Node" for kind in ("Dict", "Json", "List", "Loss", "NdArray", "Object", "RandomGenerator", "Tuple", "Type")
)  # how skops says that a part is to be read
FIELDS = ("value", "feature_idx", "num_threshold", "missing_go_to_left", "left", "right", "is_leaf", "count", "is_categorical")


@dataclass(frozen=True, eq=False)
class GrownTrees:
    """`nodes`: of each tree, in order, as `HistGradientBoostingClassifier` keeps them; `baseline`: the log-odds to which they add."""

    nodes: tuple[Nodes, ...]
    baseline: float

    def predict_proba(self, rows: Floats) -> Floats:
        """What scikit-learn's classifier answers, to the last bit: leaves are added in the order of the trees."""
        from scipy.special import expit

        fraud = expit(self.log_odds(rows))
        return np.column_stack([1 - fraud, fraud])

    def log_odds(self, rows: Floats) -> Floats:
        """Every row walks down every tree: for few rows."""
        sums = np.full(len(rows), self.baseline)
        for nodes in self.nodes:
            sums += nodes["value"][_leaves(nodes, rows)]
        return sums


def grown(classifier: object) -> GrownTrees | None:
    """The trees of a classifier; None where it has none."""
    if isinstance(classifier, GrownTrees):
        return classifier
    if type(classifier).__name__ != CLASSIFIER:
        return None
    trees: Any = classifier
    return GrownTrees(tuple(tree.nodes for (tree,) in trees._predictors), float(trees._baseline_prediction.item()))


def read_trees(payload: bytes) -> GrownTrees | None:
    """The trees of a file that skops wrote; None for any other file, which is for skops to judge: nothing of it is run here."""
    try:
        with zipfile.ZipFile(io.BytesIO(payload)) as archive:
            return _told(json.loads(archive.read("schema.json")), archive)
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, AttributeError, EOFError):
        return None


def _told(schema: Told, archive: zipfile.ZipFile) -> GrownTrees | None:
    if schema["__class__"] != CLASSIFIER or schema["protocol"] != PROTOCOL:
        return None
    if any(part["__module__"] not in KNOWN or part["__loader__"] not in LOADERS for part in _parts(schema)):
        return None
    state = schema["content"]["content"]
    (baseline,) = _array(state["_baseline_prediction"], archive).ravel().tolist()
    nodes = tuple(
        _array(tree["content"]["content"]["nodes"], archive) for (tree,) in (one["content"] for one in state["_predictors"]["content"])
    )
    if not nodes or any(
        table.dtype.names is None or not {*FIELDS} <= {*table.dtype.names} or table["is_categorical"].any() for table in nodes
    ):
        return None
    return GrownTrees(nodes, float(baseline))


def _parts(told: Any) -> Iterator[Told]:
    """Every object of which a file speaks."""
    if isinstance(told, dict):
        if "__class__" in told:
            yield told
        for value in told.values():
            yield from _parts(value)
    elif isinstance(told, list):
        for value in told:
            yield from _parts(value)


def _array(told: Told, archive: zipfile.ZipFile) -> Any:
    return np.load(io.BytesIO(archive.read(told["file"])), allow_pickle=False)


def _leaves(nodes: Nodes, rows: Floats) -> Any:
    """The leaf of each row."""
    asks, threshold, missing_left = (nodes[name] for name in ("feature_idx", "num_threshold", "missing_go_to_left"))
    left, right, ends = (nodes[name] for name in ("left", "right", "is_leaf"))
    place, going = np.zeros(len(rows), np.int64), np.arange(len(rows))
    while len(going := going[ends[place[going]] == 0]):
        at = place[going]
        values = rows[going, asks[at]]
        goes_left = np.where(np.isnan(values), missing_left[at] == 1, values <= threshold[at])
        place[going] = np.where(goes_left, left[at], right[at])
    return place
