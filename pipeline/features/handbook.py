"""The default view: the fifteen features of the Fraud Detection Handbook, so that its published results can be reproduced.

Le Borgne, Siblini, Lebichot, Bontempi: Reproducible Machine Learning for Credit Card Fraud Detection, 2022, chapter 3.
"""

from __future__ import annotations

import datetime as dt

from pipeline.features.declarations import Amount, Count, FraudRate, MeanAmount, NightTime, Weekend
from pipeline.features.view import FeatureView

WINDOWS = (dt.timedelta(days=1), dt.timedelta(days=7), dt.timedelta(days=30))
INVESTIGATION = dt.timedelta(days=7)  # the book's assumption: a fraud is known a week after it happened

VIEW = FeatureView(
    name="handbook",
    features=(
        Amount(),
        Weekend(),
        NightTime(),
        Count("customer", WINDOWS),
        MeanAmount("customer", WINDOWS),
        Count("terminal", WINDOWS, delay=INVESTIGATION),
        FraudRate("terminal", WINDOWS, delay=INVESTIGATION),
    ),
)
