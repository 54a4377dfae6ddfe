-- Grain: one row a transaction and publication that changed whether the transaction is an alert of its night.
-- Late: rows appear when a night is published again.
CREATE OR REPLACE VIEW scoring.decision_change WITH (security_barrier) AS
WITH shown AS (
    SELECT
        publication.night,
        publication.run_id,
        publication.published_at,
        run.mode,
        run.model_version,
        run.reason,
        seal.sha256 AS features,
        lag(publication.run_id) OVER earlier AS run_before,
        lag(run.model_version) OVER earlier AS model_before,
        lag(seal.sha256) OVER earlier AS features_before
    FROM scoring.publication
    JOIN scoring.run ON run.run_id = publication.run_id
    LEFT JOIN scoring.seal ON seal.seal_id = run.features_seal
    WINDOW earlier AS (PARTITION BY publication.night ORDER BY publication.published_at)
)
SELECT
    shown.night,
    now_said.transaction_id,
    now_said.occurred_at,
    before_said.alert_rank IS NOT NULL AS alert_before,
    now_said.alert_rank IS NOT NULL AS alert,
    before_said.alert_rank AS alert_rank_before,
    now_said.alert_rank,
    before_said.score AS score_before,
    now_said.score,
    CASE
        WHEN shown.features <> shown.features_before AND shown.model_version <> shown.model_before THEN 'correction'
        WHEN shown.features <> shown.features_before THEN 'late data'
        WHEN shown.model_version <> shown.model_before THEN 'model'
        ELSE 'alert budget'
    END AS cause,
    shown.mode,
    shown.reason,
    shown.model_before,
    shown.model_version,
    shown.run_before,
    shown.run_id,
    shown.published_at AS changed_at
FROM shown
JOIN scoring.prediction AS now_said ON now_said.night = shown.night AND now_said.run_id = shown.run_id
JOIN scoring.prediction AS before_said
    ON before_said.night = shown.night AND before_said.run_id = shown.run_before AND before_said.transaction_id = now_said.transaction_id
WHERE (now_said.alert_rank IS NULL) <> (before_said.alert_rank IS NULL);

COMMENT ON VIEW scoring.decision_change IS 'Transactions that became an alert, or ceased to be one, when their night was published again, and why.';
COMMENT ON COLUMN scoring.decision_change.night IS 'UTC day in which the transaction reached the warehouse.';
COMMENT ON COLUMN scoring.decision_change.transaction_id IS 'Key of the transaction, as in the source.';
COMMENT ON COLUMN scoring.decision_change.occurred_at IS 'When the transaction happened.';
COMMENT ON COLUMN scoring.decision_change.alert_before IS 'Whether it was an alert in the publication before.';
COMMENT ON COLUMN scoring.decision_change.alert IS 'Whether it is one in this publication.';
COMMENT ON COLUMN scoring.decision_change.alert_rank_before IS 'Its rank in the publication before; null = no alert.';
COMMENT ON COLUMN scoring.decision_change.alert_rank IS 'Its rank in this publication; null = no alert.';
COMMENT ON COLUMN scoring.decision_change.score_before IS 'Its score in the publication before.';
COMMENT ON COLUMN scoring.decision_change.score IS 'Its score in this publication.';
COMMENT ON COLUMN scoring.decision_change.cause IS 'late data: other features; model: another model; correction: both; alert budget: neither, so another number of alerts.';
COMMENT ON COLUMN scoring.decision_change.mode IS 'Mode of the run that changed it.';
COMMENT ON COLUMN scoring.decision_change.reason IS 'Why a person asked for that run; null for a scheduled one.';
COMMENT ON COLUMN scoring.decision_change.model_before IS 'Model of the publication before.';
COMMENT ON COLUMN scoring.decision_change.model_version IS 'Model of this publication.';
COMMENT ON COLUMN scoring.decision_change.run_before IS 'Run of the publication before.';
COMMENT ON COLUMN scoring.decision_change.run_id IS 'Run of this publication.';
COMMENT ON COLUMN scoring.decision_change.changed_at IS 'When it was published.';
