"""
### Score one night of transactions and publish it

One run is one UTC day of arrivals. It reads the day from the warehouse, seals it, scores it with the model that was champion
at the end of that day, lets the gates judge the result, and only then shows it to analysts. Running a night again is the
normal repair: it supersedes what was published and never doubles it.

**Which night?** A scheduled or backfilled run: its data interval. A run made by *Trigger*: the day in the parameter `night`,
which must be given. A night that is not over is refused.

**When a task is red**, its last log line says what is wrong and what would be right; each task's own documentation says what
to do. Lost connections and busy locks are tried again by themselves for about half an hour; nothing else is. When the cause
is gone: open the run and *Clear* the task `plan` with *Downstream* ticked, which runs the night anew. (`monitor` and `retrain` come
after the gates: where one of them is red, clear it alone.) What analysts see does not change by a run that stays red before `publish`.

Step by step: open the run and read its note (night and mode); open the red task and read its documentation; read the last line of its log;
mend the cause; clear as said above. `docs/operating.md` has the table of red steps.

**Late**: a scheduled run that has not ended by the setting `deadline` after the end of its night is told of once, as a red run is.

**Skipped** `score` and `publish` mean that there was no champion yet (its reason is in the log): nothing to repair.

**Backfill** (*Trigger*, then *Backfill*): *From* and *To* are nights, both included. *Missing Runs* fills gaps, *All Runs* runs
published nights again. Each night waits until the one before is done, whatever *Max Active Runs* says. Leave the parameters empty: a
backfill knows its nights. The form sends parameters only where *Override parameters on existing runs*
is ticked; tick it when a run that once named a `night` is run again, so that the old parameter goes.

**Another mode.** Left alone, a run is `as-of`: it says what the night said. `corrected` publishes the night anew with everything known by
now; `what-if` asks a named model and publishes nothing. Both want a `reason`. `nightshift plan FROM TO --mode MODE` says what it would do.
A backfill in another mode needs *Override parameters on existing runs* ticked: without the tick the form's parameters are dropped, and the
nights run `as-of`. The mode in effect stands in the run's note before its first task, in the first line of the log of `wait`,
and in `night_summary`.

**A slot held by a manual run.** "delete this run, then backfill the day again" means just that: a manual run with that logical
date took the day's place.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import CronDataIntervalTimetable, Param, TaskGroup, TriggerRule, chain, dag, task
from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert
from nightshift_adapter import WORLD_ONLY, carry_out, may_begin, open_run
from nightshift_assets import FEATURES, MODEL, PREDICTIONS
from nightshift_deadline import EndOfScheduledNight
from nightshift_listener import POOL
from nightshift_oncall import deadline, tell_failure, tell_late

from pipeline.core.plan import MODES

Counts = dict[str, int]

NIGHT = Param(
    None,
    type=["null", "string"],
    format="date",
    pattern=r"^\d{4}-\d{2}-\d{2}$",
    title="Night",
    description="Only for a run made by hand: the UTC day to score, as YYYY-MM-DD. Leave it empty in a backfill.",
)

MODE = Param(
    "as-of",
    type="string",
    enum=list(MODES),
    title="Mode",
    description="; ".join(f"{name}: {told}" for name, told in MODES.items()) + ".",
)
MODEL_VERSION = Param(
    None,
    type=["null", "string"],
    maxLength=200,
    title="Model version",
    description="For mode what-if: the model to ask. For mode corrected: a model in place of today's champion. Else leave it empty.",
)
REASON = Param(
    None,
    type=["null", "string"],  # Airflow's form counts an empty text as missing, and lets nobody trigger or backfill without one
    maxLength=500,
    title="Reason",
    description="Wanted in the modes corrected and what-if, and new each time: a cleared run comes with its old reason and is refused.",
)


@dag(
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
    catchup=False,
    max_active_runs=1,
    params={"night": NIGHT, "mode": MODE, "model_version": MODEL_VERSION, "reason": REASON},
    doc_md=__doc__,
    tags=["nightshift"],
    on_failure_callback=tell_failure,  # of the run, once: not of each red step, and not of each try
    deadline=DeadlineAlert(EndOfScheduledNight(), deadline(), SyncCallback(tell_late), "late"),
    default_args={
        "owner": "nightshift",
        "retries": 6,
        "retry_delay": dt.timedelta(minutes=1),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": dt.timedelta(minutes=10),  # 1 + 2 + 4 + 8 + 10 + 10: about half an hour
        "retry_policy": WORLD_ONLY,
        "execution_timeout": dt.timedelta(hours=3),
        "pool": POOL,
        "max_active_tis_per_dag": 1,  # bounds the memory of a wide backfill, which ignores max_active_runs
    },
)
def nightly_scoring() -> None:
    """Only the order of the steps; `pipeline.steps` does the work."""

    @task.sensor(
        mode="reschedule", poke_interval=20, timeout=24 * 3600, pool="default_pool"
    )  # within 5 s a busy scheduler takes the next look for a lost task
    def wait() -> bool:
        """Waits until late rows had the time that the setting `settle` gives them, and until the night before is out of the way.

        Red: the run means no night, or the night before has been running for a day; the last log line says which.
        """
        return may_begin("nightly_scoring")

    @task
    def plan() -> int:
        """Opens the run in the warehouse; its number goes to every later step.

        Red: settings or warehouse, or the source misses a table or column; the last log line says which.
        """
        return open_run()

    @task(execution_timeout=dt.timedelta(hours=12))  # the first night also seals the history that the view needs
    def extract() -> Counts:
        """Reads and seals the night's transactions and labels. Red: the source cannot be reached, or gives what does not fit."""
        from pipeline import steps

        return carry_out(steps.extract)

    @task(outlets=[FEATURES.alias])
    def build_features() -> Counts:
        """Computes the features of the night. Red: a sealed file is missing or damaged, see the last log line."""
        from pipeline import steps

        return carry_out(steps.build_features, FEATURES)

    @task
    def score() -> Counts:
        """Scores the night into a partition that nobody sees yet.

        Skipped: there is no champion yet. Red: no model may score this night; the last log line says why.
        """
        from pipeline import steps

        return carry_out(steps.score)

    @task(trigger_rule=TriggerRule.NONE_FAILED)  # a night without a champion is judged as well
    def judge() -> Counts:
        """Holds the night against its gates.

        Red: a check failed and is named with its value and limit. Repair the source, then clear `plan` with downstream.
        """
        from pipeline import steps

        return carry_out(steps.judge)

    @task(outlets=[PREDICTIONS.alias])
    def publish() -> Counts:
        """Makes the staged night current, in one transaction. Skipped: nothing was scored."""
        from pipeline import steps

        return carry_out(steps.publish, PREDICTIONS)

    @task(trigger_rule=TriggerRule.NONE_FAILED)
    def monitor() -> Counts:
        """Writes the night's report. Red: the night is published all the same; clear this task alone."""
        from pipeline import steps

        return carry_out(steps.monitor)

    @task(
        trigger_rule=TriggerRule.ONE_DONE, outlets=[MODEL.alias]
    )  # also after a red judge, to enter the night as skipped; not where judge never ran
    def retrain() -> Counts:
        """Trains every night that is ready, in order, and lets a challenger that passes become champion from the next night on.

        Skipped: this night has no challenger, or training stands before an earlier night; its reason is in the log. Red: the night is
        published all the same; clear this task alone.
        """
        from pipeline import steps

        return carry_out(steps.retrain, MODEL)

    begun = wait()
    with TaskGroup("data", prefix_group_id=False, tooltip="Opens the run, reads and seals the night"):
        sealed = extract()
        chain(begun, plan(), sealed)
    with TaskGroup("features", prefix_group_id=False, tooltip="What was known of each transaction at its moment"):
        built = build_features()
    with TaskGroup("scoring", prefix_group_id=False, tooltip="Scores that nobody sees yet"):
        scored = score()
    with TaskGroup("evaluation", prefix_group_id=False, tooltip="Is it good enough to be seen?"):
        judged = judge()

    # A red step leaves monitor, a last task, upstream-failed: that turns the run red although retrain ends well or skipped.
    chain(sealed, built, scored, judged, publish(), monitor())
    chain(judged, retrain())


nightly_scoring()
