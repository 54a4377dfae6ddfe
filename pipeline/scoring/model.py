"""A model: trained from a set of rows, named by its content, scoring only the features it knows."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

from pipeline.core.errors import NoModelError
from pipeline.scoring.golden import golden, golden_rows
from pipeline.scoring.learner import Fitted, Learner
from pipeline.scoring.manifest import Distribution, Lineage, Manifest, named
from pipeline.scoring.matrix import Rows, as_matrix
from pipeline.scoring.sampling import Floats, correct_for_sampling
from pipeline.scoring.tails import weighted_quantiles
from pipeline.scoring.training import TrainingSet

MINIMUM_FRAUDS = 100  # on the handbook's data 45 frauds give an average precision of .24, 84 give .54, 162 give .65 and 9,000 give .76
LIBRARIES = ("numpy", "scikit-learn", "scipy", "skops")  # what turns rows into scores and files into models
LEVELS = (0.0, 0.01, 0.05, *(tenth / 10 for tenth in range(1, 10)), 0.95, 0.99, 0.995, 0.999, 1.0)


@dataclass(frozen=True)
class Model:
    """A fitted classifier and the manifest that says what it is."""

    manifest: Manifest
    fitted: Fitted

    @property
    def version(self) -> str:
        return self.manifest.version

    def score(self, features: Rows) -> Floats:
        """Calibrated probability of fraud of each row of `features` (float64, in [0, 1]); columns beside the model's own do not matter.

        A row's score is the same bits whatever rows stand beside it. A missing column is a `NoModelError`.
        """
        return self.score_rows(as_matrix(features, self.manifest.columns))

    def score_rows(self, rows: Floats) -> Floats:
        """The same for a matrix whose columns are the model's, in order."""
        return _calibrated(self.fitted, self.manifest.share, rows)


def train(training: TrainingSet, lineage: Lineage, learner: Learner, seed: int, parent: Model | None = None) -> Model:
    """The model that `learner` makes of the set, going on from `parent` where that is of the same learner and columns.

    The same set, lineage, seed and parent give the same version and the same scores. A set with fewer than `MINIMUM_FRAUDS` frauds,
    with nothing genuine or with infinite values trains nothing: `NoModelError`.
    """
    check_trainable(training)
    goes_on = parent is not None and (parent.manifest.learner, parent.manifest.columns) == (learner.name, training.columns)
    fitted = learner.update(parent.fitted, training, seed) if parent is not None and goes_on else learner.fit(training, seed)
    return Model(_manifest(training, lineage, learner, seed, fitted), fitted)


def check_trainable(training: TrainingSet) -> None:
    """Refuse (`NoModelError`) a set that no useful model can come from, with its numbers."""
    if training.frauds < MINIMUM_FRAUDS:
        raise NoModelError(
            f"{training.frauds} frauds have matured and a first model needs {MINIMUM_FRAUDS}: wait for labels, or load older nights"
        )
    if training.genuine == 0:
        raise NoModelError(
            f"all {training.frauds} matured transactions are frauds: a model needs genuine ones too, check is_fraud of the labels"
        )
    infinite = np.isinf(training.rows).any(axis=0)
    if infinite.any():
        name = training.columns[int(infinite.argmax())]
        raise NoModelError(
            f"feature {name} holds infinite values among {len(training.rows)} training rows: exclude the nights that hold them"
        )


def check_view(model: Model, fingerprint: str) -> None:
    """Refuse (`NoModelError`) to score features of another view than the model was trained on."""
    if model.manifest.view != fingerprint:
        raise NoModelError(
            f"model {model.version} was trained on view {model.manifest.view} and tonight's features are {fingerprint}: "
            "set the view back, or train a model on the new one"
        )


def libraries() -> dict[str, str]:
    """The versions of what turns rows into scores and files into models."""
    return {name: version(name) for name in LIBRARIES}


def _calibrated(fitted: Fitted, share: float, rows: Floats) -> Floats:
    return correct_for_sampling(fitted.probabilities(rows), share)


def _manifest(training: TrainingSet, lineage: Lineage, learner: Learner, seed: int, fitted: Fitted) -> Manifest:
    scores = _calibrated(fitted, training.share, training.rows)
    rows = golden_rows(training.rows, scores)
    return named(
        Manifest(
            version="",
            lineage=lineage,
            learner=learner.name,
            parameters=learner.parameters,
            seed=seed,
            columns=training.columns,
            tails=fitted.tails,
            share=training.share,
            rows=len(training.rows),
            frauds=training.frauds,
            training_sha256=training.fingerprint,
            libraries=libraries(),
            distribution=Distribution(LEVELS, tuple(weighted_quantiles(scores, training.weight, np.array(LEVELS)))),
            golden=golden(rows, _calibrated(fitted, training.share, rows)),
        )
    )
