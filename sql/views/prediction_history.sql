-- Grain: one row a transaction and publication, current and superseded.
-- Late: superseded_at is filled when a later run of the night is published.
CREATE OR REPLACE VIEW scoring.prediction_history WITH (security_barrier) AS
SELECT
    prediction.night,
    prediction.transaction_id,
    prediction.occurred_at,
    prediction.score,
    prediction.alert_rank IS NOT NULL AS alert,
    prediction.alert_rank,
    run.model_version,
    prediction.run_id,
    run.mode,
    publication.published_at,
    publication.superseded_at
FROM scoring.publication
JOIN scoring.run ON run.run_id = publication.run_id
JOIN scoring.prediction ON prediction.night = publication.night AND prediction.run_id = publication.run_id;

COMMENT ON VIEW scoring.prediction_history IS 'Every score that was ever published, with the interval in which it was current.';
COMMENT ON COLUMN scoring.prediction_history.night IS 'UTC day in which the transaction reached the warehouse.';
COMMENT ON COLUMN scoring.prediction_history.transaction_id IS 'Key of the transaction, as in the source.';
COMMENT ON COLUMN scoring.prediction_history.occurred_at IS 'When the transaction happened.';
COMMENT ON COLUMN scoring.prediction_history.score IS 'Calibrated probability of fraud, 0 to 1.';
COMMENT ON COLUMN scoring.prediction_history.alert IS 'Whether the transaction was among the alerts of its night.';
COMMENT ON COLUMN scoring.prediction_history.alert_rank IS '1 = most suspicious of its night; null = no alert.';
COMMENT ON COLUMN scoring.prediction_history.model_version IS 'Model that gave the score.';
COMMENT ON COLUMN scoring.prediction_history.run_id IS 'Run that gave the score.';
COMMENT ON COLUMN scoring.prediction_history.mode IS 'as-of: with what was known at the end of the night; corrected: with everything known when the run began.';
COMMENT ON COLUMN scoring.prediction_history.published_at IS 'First instant at which analysts could see the score.';
COMMENT ON COLUMN scoring.prediction_history.superseded_at IS 'First instant at which they no longer saw it; null = still current.';
