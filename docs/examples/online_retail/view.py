"""What a shop knows about an order line on the night it is sold: the basket, the customer, the product, and what of it came back."""

import datetime as dt

from pipeline.features.declarations import Amount, AmountRatio, Count, FraudRate, MeanAmount, Weekend
from pipeline.features.view import FeatureView

BASKET = dt.timedelta(hours=1)  # lines of one basket carry the same minute or two
WEEK, MONTH, QUARTER, HALF_YEAR = (dt.timedelta(days=days) for days in (7, 30, 90, 180))

RETURNS = FeatureView(
    name="returns",
    features=(
        Amount(),
        Weekend(),
        Count("customer", (BASKET, dt.timedelta(days=1), MONTH, HALF_YEAR)),
        MeanAmount("customer", (BASKET, MONTH)),
        AmountRatio("customer", (MONTH,)),
        FraudRate("customer", (QUARTER, HALF_YEAR)),
        Count("product", (WEEK, MONTH)),
        MeanAmount("product", (MONTH,)),
        AmountRatio("product", (MONTH,)),
        FraudRate("product", (QUARTER, HALF_YEAR)),
    ),
)
