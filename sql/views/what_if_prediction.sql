-- Grain: one row a transaction and run in mode what-if: what a model that was named would have said of a night. Nobody acted on it.
-- Late: nothing; each run keeps its rows.
CREATE OR REPLACE VIEW scoring.what_if_prediction WITH (security_barrier) AS
SELECT
    prediction.night,
    prediction.transaction_id,
    prediction.occurred_at,
    prediction.score,
    prediction.alert_rank IS NOT NULL AS alert,
    prediction.alert_rank,
    run.model_version,
    model_version.night >= run.night AS model_knew_later,
    prediction.run_id,
    run.reason,
    run.finished_at AS kept_at
FROM scoring.run
JOIN scoring.model_version ON model_version.version = run.model_version
JOIN scoring.prediction ON prediction.night = run.night AND prediction.run_id = run.run_id
WHERE run.state = 'kept';

COMMENT ON VIEW scoring.what_if_prediction IS 'What another model would have said of a night: kept beside the predictions, never published.';
COMMENT ON COLUMN scoring.what_if_prediction.night IS 'UTC day in which the transaction reached the warehouse.';
COMMENT ON COLUMN scoring.what_if_prediction.transaction_id IS 'Key of the transaction, as in the source.';
COMMENT ON COLUMN scoring.what_if_prediction.occurred_at IS 'When the transaction happened.';
COMMENT ON COLUMN scoring.what_if_prediction.score IS 'Calibrated probability of fraud, 0 to 1, by the model that was named.';
COMMENT ON COLUMN scoring.what_if_prediction.alert IS 'Whether the transaction would have been among the alerts of its night.';
COMMENT ON COLUMN scoring.what_if_prediction.alert_rank IS '1 = most suspicious of its night; null = no alert.';
COMMENT ON COLUMN scoring.what_if_prediction.model_version IS 'Model that was named.';
COMMENT ON COLUMN scoring.what_if_prediction.model_knew_later IS 'Whether the model learned from what became known after the night: no fair measure of it.';
COMMENT ON COLUMN scoring.what_if_prediction.run_id IS 'Run that gave the score.';
COMMENT ON COLUMN scoring.what_if_prediction.reason IS 'Why a person asked.';
COMMENT ON COLUMN scoring.what_if_prediction.kept_at IS 'When the run ended.';
