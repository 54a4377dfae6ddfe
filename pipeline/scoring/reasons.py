"""Why a score is what it is: what each feature added to its log-odds, exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline.data.names import TRANSACTION_ID, reasons_schema
from pipeline.scoring.learner import MANY, Explainer
from pipeline.scoring.learners import LEARNERS
from pipeline.scoring.matrix import Rows, as_matrix
from pipeline.scoring.model import Model
from pipeline.scoring.sampling import Floats


@dataclass(frozen=True)
class ModelExplainer:
    """`base`: log-odds that the model gives before it knows any feature; what its `columns` add is asked row by row.

    Base and contributions of a row add up to the log-odds of its score to 1e-9, as long as the score can tell them: near 1 doubles are
    1.1e-16 apart, and the score comes from a probability that is nearer to 1 by the factor `share`, so that log-odds read back from it are
    off by up to 1.1e-16 / (share (1 - score)). With a tenth of the genuine that is 1e-9 at a score of 1 - 1e-6, and from 1 - 2e-15 on it
    is 1.
    """

    base: float
    columns: tuple[str, ...]
    explainer: Explainer

    @classmethod
    def of(cls, model: Model, rows: int = MANY) -> ModelExplainer:
        """Made for about so many rows.

        Learning from `share` of the genuine lowers nothing but the base: their odds change by that factor, in every row alike.
        """
        explainer = LEARNERS[model.manifest.learner].explainer(model.fitted, rows)
        return cls(explainer.base + float(np.log(model.manifest.share)), model.manifest.columns, explainer)

    def contributions(self, features: Rows) -> Floats:
        """What each column adds to the log-odds of each row's score: (rows, columns); a row's are the same bits in any company."""
        return self.explainer.contributions(as_matrix(features, self.columns))


@dataclass(frozen=True)
class AlertReasons:
    """The base of a night's model and the reasons of its alerts, as `names.reasons_schema`: by rank, then by contribution."""

    base: float
    rows: pa.Table


def explain_alerts(model: Model, alerts: pa.Table) -> AlertReasons:
    """Reasons of alerts, given as their features by rank: of each alert every feature."""
    explainer = ModelExplainer.of(model, alerts.num_rows)
    return AlertReasons(explainer.base, _listed(alerts, explainer.columns, explainer.contributions(alerts)))


def _listed(alerts: pa.Table, columns: tuple[str, ...], contributions: Floats) -> pa.Table:
    """One row an alert and feature; of equal contributions the feature that the view declares first comes first."""
    rows, count = contributions.shape
    order = np.argsort(-contributions, axis=1, kind="stable")
    alert = np.repeat(np.arange(rows), count)
    values = as_matrix(alerts, columns)[alert, order.ravel()]
    schema = reasons_schema(alerts.schema.field(TRANSACTION_ID).type)
    listed = [
        alerts[TRANSACTION_ID].take(pa.array(alert)),
        np.tile(np.arange(1, count + 1, dtype=np.int32), rows),
        np.array(columns, dtype=object)[order.ravel()],
        contributions[alert, order.ravel()],
    ]
    filled: Mapping[str, object] = dict(zip(schema.names, [*listed, pa.array(values, from_pandas=True)], strict=True))
    return pa.table(filled, schema=schema)
