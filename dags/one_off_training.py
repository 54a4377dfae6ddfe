"""
### Train one model on request

Trains beside the nightly chain, on what was known at the end of the day `until`, compares with the model that was champion then on
what has matured since, and, if `promote` is ticked, makes it champion from now on unless the comparison calls it WORSE. The log ends
with the model's version and the verdict; `nightshift models` lists both.

**With `retraining = "off"`** in the settings this is the only way to a new model. Give it a rule in `expires_when`, for example
`average_precision < 0.55 or age > 60d`: the night in which the rule fires says so in `night_summary`, and with `retrain_when_expired`
it also trains a challenger.

**When the task is red**, a message tells of it as of a red night, and its last log line says what is wrong: a day that training has
not seen, too few frauds, a rule that cannot be read, or a model that is not promoted because it is worse. The champion stays who it
was then. To take a promotion back: `nightshift rollback`.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import Param, dag, task
from nightshift_adapter import WORLD_ONLY, train_once
from nightshift_listener import POOL
from nightshift_oncall import tell_training_failure

PARAMS = {
    "until": Param(
        None,
        type=["null", "string"],
        format="date",
        pattern=r"^\d{4}-\d{2}-\d{2}$",
        title="Until",
        description="Learn from what was known at the end of this day, as YYYY-MM-DD.",
    ),
    "nights": Param(None, type=["null", "integer"], minimum=1, title="Nights", description="Newest matured nights to learn from."),
    "learner": Param(None, type=["null", "string"], enum=[None, "boosted_trees", "linear_sgd"], title="Learner"),
    "promote": Param(False, type="boolean", title="Promote", description="Make it champion from now on, unless it is worse."),
    "reason": Param(
        None, type=["null", "string"], maxLength=500, title="Reason", description="Wanted with Promote; it stands in the registry."
    ),
    "expires_when": Param(
        None, type=["null", "string"], maxLength=200, title="Expires when", description="For example: average_precision < 0.55 or age > 60d"
    ),
    "retrain_when_expired": Param(False, type="boolean", title="Retrain when expired"),
}


@dag(
    schedule=None,
    start_date=dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
    catchup=False,
    max_active_runs=1,
    params=PARAMS,
    doc_md=__doc__,
    tags=["nightshift"],
    on_failure_callback=tell_training_failure,
    default_args={
        "owner": "nightshift",
        "retries": 3,
        "retry_delay": dt.timedelta(minutes=1),
        "retry_policy": WORLD_ONLY,
        "pool": POOL,
        "execution_timeout": dt.timedelta(hours=3),
    },
)
def one_off_training() -> None:
    """One task; `pipeline.one_off` does the work."""

    @task
    def train() -> dict[str, str | int]:
        """Trains, compares and, if asked, promotes. Red: the last log line says what is wrong."""
        return train_once()

    train()


one_off_training()
