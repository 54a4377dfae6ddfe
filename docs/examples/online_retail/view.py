"""What a shop knows about an order line on the night it is sold: the basket, the customer, the product, and what of it came back."""

import datetime as dt

from pipeline.features.declarations import Amount, AmountRatio, Called, Count, FraudRate, MeanAmount, Weekend
from pipeline.features.view import FeatureView

BASKET = dt.timedelta(hours=1)  # lines of one basket carry the same minute or two
WEEK, MONTH, QUARTER, HALF_YEAR = (dt.timedelta(days=days) for days in (7, 30, 90, 180))
CUSTOMER_RETURNS = Called("customer's returns", "share of the customer's lines known to have come back")  # the reasons of an alert
PRODUCT_RETURNS = Called("product's returns", "share of the product's lines known to have come back")

RETURNS = FeatureView(
    name="returns",
    features=(
        Amount(),
        Weekend(),
        Count("customer", (BASKET, dt.timedelta(days=1), MONTH, HALF_YEAR)),
        MeanAmount("customer", (BASKET, MONTH)),
        AmountRatio("customer", (MONTH,)),
        FraudRate("customer", (QUARTER, HALF_YEAR), called=CUSTOMER_RETURNS),
        Count("product", (WEEK, MONTH)),
        MeanAmount("product", (MONTH,)),
        AmountRatio("product", (MONTH,)),
        FraudRate("product", (QUARTER, HALF_YEAR), called=PRODUCT_RETURNS),
    ),
)
