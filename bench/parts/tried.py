"""What was tried where a figure is not reached: said on the page beside it, with the decision (DECISIONS.md) that tells more."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TRIED: Mapping[str, str] = MappingProxyType(
    {
        "night_duckdb": (
            "the plain script keeps one file of history, unhashed and unchecked, where ours seals 37 nights that can be read as of "
            "any later day, so its extraction is the cheaper one; its windows cost more. Taken: blocks of COPY instead of ADBC "
            "(75), no second reading for the checksum (76), nights whose keys lie elsewhere passed over by comparison, windows "
            "swept instead of searched (56), totals added up by batches instead of sorting the history (78), saved trees read "
            "without scikit-learn (74). Left: half of a cold night is extraction, and half of that the server's own COPY; a warm "
            "night costs half"
        ),
        "night_spark": (
            "the same as for DuckDB; most of what is left is the server's COPY and the encoding of sealed files, which Spark does not keep"
        ),
        "night_floor": (
            "the floor reads each row once and writes it once, and does nothing in between. Ours above it: every key is hashed for "
            "the checksum (76), rows are sorted and judged (57), windows and totals (56, 78), reasons of the alerts, ranks, "
            "figures, gates, and the report. Other encodings of the files were measured and bring nothing (77)"
        ),
        "features_flat": (
            "the largest over the smallest of four costs of a tenth of a second each, so that one disturbed turn is enough; 365 "
            "days beside 30 is what the claim is about, and stands in the table"
        ),
        "boosted_trees, 100 rows: over scoring": (
            "scores became eight times cheaper (55), the exact parts of a score did not; 100 alerts take milliseconds"
        ),
        "boosted_trees, 100000 rows: over scoring": ("the same; no night explains more rows than it has alerts"),
    }
)
