"""Plays the shop: `python shop.py LINES.parquet` brings its order lines into the warehouse, `python shop.py QUERY.sql` asks it.

The lines come as they are, and the views of source_view.sql are laid over them.
"""

import sys
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from pipeline.core.settings import load_settings
from pipeline.house import warehouse_of

VIEWS = Path(__file__).with_name("source_view.sql")


def fill(engine: sa.Engine, lines: pd.DataFrame) -> None:
    """The table and its views, all or nothing."""
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA shop")
        lines.to_sql("order_line", connection, schema="shop", index=False, chunksize=20_000)
        connection.exec_driver_sql(VIEWS.read_text(), execution_options={"no_parameters": True})
        connection.exec_driver_sql("ANALYZE shop.order_line")


def ask(engine: sa.Engine, query: str) -> pd.DataFrame:
    """The answer to a query, asked as the owner of the warehouse."""
    with engine.begin() as connection:
        result = connection.exec_driver_sql(query, execution_options={"no_parameters": True})
        return pd.DataFrame(result.fetchall(), columns=list(result.keys()))


if __name__ == "__main__":
    asked = Path(sys.argv[1])
    warehouse = warehouse_of(load_settings()).engine
    if asked.suffix == ".sql":
        print(ask(warehouse, asked.read_text()).T.to_string(header=False))
    else:
        fill(warehouse, pd.read_parquet(asked))
