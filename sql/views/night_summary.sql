-- Grain: one row a night that was ever run: its current publication, or its newest run where none was published.
-- Late: a night that runs again shows the new run once that one is published.
CREATE OR REPLACE VIEW scoring.night_summary WITH (security_barrier) AS
WITH shown AS (
    SELECT DISTINCT ON (run.night)
        run.*, publication.row_count AS scored_rows, publication.alert_count, publication.published_at
    FROM scoring.run
    LEFT JOIN scoring.publication ON publication.run_id = run.run_id AND publication.superseded_at IS NULL
    WHERE run.publishes
    ORDER BY run.night, (publication.run_id IS NULL), run.run_id DESC
),
counted AS (
    -- the seal that the run worked with: another run may have sealed the night again, as history of its own
    SELECT DISTINCT ON (seal.night) seal.*
    FROM scoring.seal
    JOIN shown ON shown.night = seal.night
    WHERE seal.what = 'transactions' AND (seal.bound_at IS NOT NULL OR seal.run_id = shown.run_id)
    ORDER BY seal.night, (seal.bound_at IS NULL), seal.version DESC
),
lasted AS (
    SELECT
        run_id,
        sum(seconds) FILTER (WHERE step = 'extract') AS extract_seconds,
        sum(seconds) FILTER (WHERE step = 'build_features') AS build_features_seconds,
        sum(seconds) FILTER (WHERE step = 'score') AS score_seconds,
        sum(seconds) FILTER (WHERE step = 'judge') AS judge_seconds,
        sum(seconds) FILTER (WHERE step = 'publish') AS publish_seconds,
        sum(seconds) FILTER (WHERE step = 'monitor') AS monitor_seconds,
        sum(seconds) FILTER (WHERE step = 'retrain') AS retrain_seconds,
        max(skipped) FILTER (WHERE step = 'score') AS unscored_because
    FROM scoring.run_step
    GROUP BY run_id
),
newest_judgement AS (
    -- of each gate of the run's own night: training enters judgements on earlier nights too
    SELECT *
    FROM (
        SELECT evaluation.*, max(judged_at) OVER (PARTITION BY run_id, gate) AS newest
        FROM scoring.evaluation
        JOIN scoring.run USING (run_id, night)
    ) AS judgement
    WHERE judged_at = newest
),
verdict AS (
    SELECT
        run_id,
        gate,
        CASE
            WHEN bool_or(NOT passed AND severity = 'fail') THEN 'failed'
            WHEN bool_or(NOT passed) THEN 'warned'
            ELSE 'passed'
        END AS verdict
    FROM newest_judgement
    GROUP BY run_id, gate
),
judged AS (
    SELECT
        run_id,
        max(verdict) FILTER (WHERE gate = 'transactions') AS transactions_gate,
        max(verdict) FILTER (WHERE gate = 'features') AS features_gate,
        max(verdict) FILTER (WHERE gate = 'predictions') AS predictions_gate,
        max(verdict) FILTER (WHERE gate = 'live') AS live_gate,
        max(verdict) FILTER (WHERE gate = 'alarms') AS alarms_gate
    FROM verdict
    GROUP BY run_id
),
untold AS (
    -- neither held nor broken: too little history, or nothing to compare with
    SELECT run_id, count(*) AS untold_checks
    FROM newest_judgement
    WHERE passed IS NULL
    GROUP BY run_id
),
happened AS (
    SELECT run_id, string_agg(reason, '; ' ORDER BY evaluation_id) AS event
    FROM newest_judgement
    WHERE gate = 'champion' AND NOT passed
    GROUP BY run_id
),
noted AS (
    SELECT run_id, string_agg(sentence, ' ' ORDER BY position) AS what_changed
    FROM scoring.night_note
    WHERE kind = 'change'
    GROUP BY run_id
),
trained AS (
    SELECT DISTINCT ON (night) night, outcome, version, reason
    FROM scoring.training_ledger
    ORDER BY night, entry_id DESC
)
SELECT
    shown.night,
    shown.state,
    shown.mode,
    shown.run_id,
    shown.model_version,
    counted.source_rows AS rows_in,
    shown.scored_rows,
    counted.rejected_rows,
    counted.collapsed_rows,
    counted.row_count - coalesce(shown.scored_rows, 0) AS unscored_rows,
    counted.late_rows,
    counted.straggler_rows,
    shown.alert_count AS alerts,
    counted.row_count = 0 AS empty,
    shown.backtestable,
    judged.transactions_gate,
    judged.features_gate,
    judged.predictions_gate,
    lasted.unscored_because,
    lasted.extract_seconds,
    lasted.build_features_seconds,
    lasted.score_seconds,
    lasted.judge_seconds,
    lasted.publish_seconds,
    lasted.monitor_seconds,
    lasted.retrain_seconds,
    shown.started_at,
    shown.published_at,
    happened.event,
    trained.outcome AS training,
    trained.version AS challenger,
    trained.reason AS training_because,
    noted.what_changed,
    judged.live_gate,
    shown.reason AS mode_because,
    coalesce(model_version.night >= shown.night, false) AS model_knew_later,
    judged.alarms_gate,
    untold.untold_checks
FROM shown
LEFT JOIN scoring.model_version ON model_version.version = shown.model_version
LEFT JOIN counted ON counted.night = shown.night
LEFT JOIN lasted ON lasted.run_id = shown.run_id
LEFT JOIN judged ON judged.run_id = shown.run_id
LEFT JOIN untold ON untold.run_id = shown.run_id
LEFT JOIN happened ON happened.run_id = shown.run_id
LEFT JOIN noted ON noted.run_id = shown.run_id
LEFT JOIN trained ON trained.night = shown.night;

COMMENT ON VIEW scoring.night_summary IS 'One row a night: rows_in = scored_rows + rejected_rows + collapsed_rows + unscored_rows, its model, gates and durations.';
COMMENT ON COLUMN scoring.night_summary.night IS 'UTC day of arrivals.';
COMMENT ON COLUMN scoring.night_summary.state IS 'published; unscored (no champion yet); stopped (a gate failed); judged or open (not finished).';
COMMENT ON COLUMN scoring.night_summary.mode IS 'as-of: with what was known at the end of the night; corrected: with everything known when the run began.';
COMMENT ON COLUMN scoring.night_summary.run_id IS 'Run that the row describes.';
COMMENT ON COLUMN scoring.night_summary.model_version IS 'Champion of the night; null before the first.';
COMMENT ON COLUMN scoring.night_summary.rows_in IS 'Rows that the source held for the night, stragglers included.';
COMMENT ON COLUMN scoring.night_summary.scored_rows IS 'Rows published with a score; null where nothing was published.';
COMMENT ON COLUMN scoring.night_summary.rejected_rows IS 'Rows that broke the source contract; see rejected_transaction.';
COMMENT ON COLUMN scoring.night_summary.collapsed_rows IS 'Repeats of a row that was taken already.';
COMMENT ON COLUMN scoring.night_summary.unscored_rows IS 'Good rows without a published score: no champion yet, or the night was stopped.';
COMMENT ON COLUMN scoring.night_summary.late_rows IS 'Rows that occurred before the night in which they arrived.';
COMMENT ON COLUMN scoring.night_summary.straggler_rows IS 'Rows that appeared in an earlier night after that night was sealed.';
COMMENT ON COLUMN scoring.night_summary.alerts IS 'Alerts published.';
COMMENT ON COLUMN scoring.night_summary.empty IS 'Whether no transaction was left to score.';
COMMENT ON COLUMN scoring.night_summary.backtestable IS 'Whether the source records arrivals; without them a run again may know more than the night did.';
COMMENT ON COLUMN scoring.night_summary.transactions_gate IS 'passed, warned or failed.';
COMMENT ON COLUMN scoring.night_summary.features_gate IS 'passed, warned or failed.';
COMMENT ON COLUMN scoring.night_summary.predictions_gate IS 'passed, warned or failed; null where nothing was staged.';
COMMENT ON COLUMN scoring.night_summary.unscored_because IS 'Why nothing was scored.';
COMMENT ON COLUMN scoring.night_summary.extract_seconds IS 'Wall time of the step.';
COMMENT ON COLUMN scoring.night_summary.build_features_seconds IS 'Wall time of the step.';
COMMENT ON COLUMN scoring.night_summary.score_seconds IS 'Wall time of the step.';
COMMENT ON COLUMN scoring.night_summary.judge_seconds IS 'Wall time of the step.';
COMMENT ON COLUMN scoring.night_summary.publish_seconds IS 'Wall time of the step.';
COMMENT ON COLUMN scoring.night_summary.monitor_seconds IS 'Wall time of the step.';
COMMENT ON COLUMN scoring.night_summary.retrain_seconds IS 'Wall time of the step.';
COMMENT ON COLUMN scoring.night_summary.started_at IS 'When the run began.';
COMMENT ON COLUMN scoring.night_summary.published_at IS 'When its scores became current; null where they did not.';
COMMENT ON COLUMN scoring.night_summary.event IS 'What happened to the champion: its own rule of expiry fired, or a refused model was withdrawn; null on most nights.';
COMMENT ON COLUMN scoring.night_summary.training IS 'promoted, kept, skipped, failed, abandoned or excluded: what training did at the end of the night; null where it has not got there.';
COMMENT ON COLUMN scoring.night_summary.challenger IS 'Model that was trained at the end of the night, promoted or not.';
COMMENT ON COLUMN scoring.night_summary.training_because IS 'Why training ended so: the verdict on the challenger, or what was missing.';
COMMENT ON COLUMN scoring.night_summary.what_changed IS 'How the scores moved since the published night before, and from what; null until the night was looked back on.';
COMMENT ON COLUMN scoring.night_summary.live_gate IS 'passed or warned: whether scores and features lie as in training; null until the night was looked back on.';
COMMENT ON COLUMN scoring.night_summary.mode_because IS 'Why a person asked for the run; null for a scheduled one.';
COMMENT ON COLUMN scoring.night_summary.model_knew_later IS 'Whether the model learned from what became known after the night: no fair measure of it.';
COMMENT ON COLUMN scoring.night_summary.alarms_gate IS 'passed or warned: whether a figure is newly not what it usually is; null until the night was looked back on.';
COMMENT ON COLUMN scoring.night_summary.untold_checks IS 'Checks that nobody can judge yet, as with too little history; null where there are none.';
