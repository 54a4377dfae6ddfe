"""Who may do what in the schema `scoring`, relation by relation, and how a statement is refused."""

from __future__ import annotations

import sqlalchemy as sa

# s: read, i: enter rows, u: change columns of rows (UPDATED says which), d: delete rows; nobody empties a table or hangs triggers on it.
RIGHTS = """
    relation               loader  scorer  trainer analyst
    change_part            -       sid     -       -
    champion               -       si      si      -
    evaluation             -       si      si      -
    excluded_night         -       s       si      -
    feedback               s       -       -       -
    live_column            -       sid     -       -
    live_score             -       sid     -       -
    matured_alert          -       i       -       -
    migration              s       s       s       -
    model_version          s       s       si      -
    night_note             -       sid     -       -
    night_owner            siu     s       s       -
    performance            -       si      s       -
    performance_curve      -       si      -       -
    prediction             -       s       -       -
    promise                -       si      -       -
    pruned_run             s       s       s       -
    publication            s       siu     s       -
    reason                 -       s       -       -
    reason_word            -       sid     -       -
    rejected_transaction   si      s       -       -
    run                    si      su      s       -
    run_step               siu     siu     siu     -
    run_try                s       s       -       -
    seal                   siu     su      siu     -
    training_ledger        -       si      si      -
    training_lock          -       -       su      -
    alert                  -       s       -       s
    alert_outcome          -       -       -       s
    alert_reason           -       -       -       s
    current_prediction     -       -       -       s
    decision_change        -       -       -       s
    model_scorecard        -       -       -       s
    night_summary          -       s       -       s
    prediction_history     -       -       -       s
    rejection              -       -       -       s
    score_calibration      -       -       -       s
    verdict                -       -       -       si
    what_if_prediction     -       -       -       s
"""
STEP = {"started_at", "seconds", "counts", "figures", "skipped"}
UPDATED = {
    ("loader", "night_owner"): {"run_id"},
    ("loader", "run_step"): STEP,
    ("loader", "seal"): {"figures"},
    ("scorer", "publication"): {"superseded_at"},
    ("scorer", "run"): {"state", "finished_at", "model_version", "features_seal", "base_log_odds"},
    ("scorer", "run_step"): STEP,
    ("scorer", "seal"): {"bound_at"},
    ("trainer", "run_step"): STEP,
    ("trainer", "seal"): {"bound_at"},
    ("trainer", "training_lock"): {"single"},
}
CALLED = {
    "attach_prediction_partition(bigint)": {"scorer"},
    "attach_reason_partition(bigint)": {"scorer"},
    "attach_partition(bigint,text,text)": set(),
    "begin_try(bigint)": {"loader", "scorer"},
    "champion_at(timestamp with time zone,timestamp with time zone,timestamp with time zone)": {"scorer", "trainer", "analyst"},
    "hold_try(bigint,bigint)": {"loader", "scorer"},
    "lock_champions()": {"scorer"},
    "lock_entries()": {"scorer", "trainer"},
    "lock_night(bigint)": {"scorer"},
    "lock_seals()": {"loader", "scorer", "trainer"},
    "make_partition(bigint,text)": set(),
    "make_prediction_partition(bigint)": {"scorer"},
    "make_reason_partition(bigint)": {"scorer"},
    "prediction_as_of(timestamp with time zone)": {"analyst"},
    "refuse_change()": set(),
    "refuse_rewriting()": set(),
    "require_kept(timestamp with time zone)": set(),
    "sign_verdict()": set(),
}
NEVER = "TRUNCATE, REFERENCES, TRIGGER, SELECT WITH GRANT OPTION, INSERT WITH GRANT OPTION"
TRIGGERED = {"refuse_change()", "refuse_rewriting()", "sign_verdict()"}  # nobody calls them but the table they guard
VERBS = {"s": "SELECT", "i": "INSERT", "u": "UPDATE", "d": "DELETE"}
RELATIONS = """SELECT relname, relkind::text FROM pg_class
    WHERE relnamespace = 'scoring'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT relispartition"""
COLUMNS = """SELECT relname, attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
    WHERE relnamespace = 'scoring'::regnamespace AND relkind IN ('r', 'p', 'v') AND NOT relispartition"""
REFUSED = {"42501", "55000"}  # insufficient privilege; a view that nobody at all can write into


def table() -> dict[tuple[str, str], str]:
    """The letters of each part and relation.

    >>> table()["scorer", "publication"]
    'siu'
    """
    head, *lines = (line.split() for line in RIGHTS.strip().splitlines())
    return {(part, line[0]): letters.strip("-") for line in lines for part, letters in zip(head[1:], line[1:], strict=True)}


def refusal(connection: sa.Connection, statement: str) -> str | None:
    """SQLSTATE with which the statement is refused; nothing of it stays."""
    with connection.begin() as transaction:
        try:
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
        except sa.exc.DBAPIError as error:
            return str(getattr(error.orig, "sqlstate", None))
        finally:
            transaction.rollback()
    return None


def call(function: str) -> str:
    """The function with nothing for each argument.

    >>> call("make_partition(bigint,text)")
    'make_partition(NULL::bigint, NULL::text)'
    """
    name, arguments = function.rstrip(")").split("(")
    return f"{name}({', '.join(f'NULL::{kind}' for kind in arguments.split(',') if kind)})"
