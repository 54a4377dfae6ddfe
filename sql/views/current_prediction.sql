-- Grain: one row a transaction, as published now.
-- Late: rows of a night appear when the night is published, and change only when a later run of the night is.
CREATE OR REPLACE VIEW scoring.current_prediction WITH (security_barrier) AS
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
    publication.published_at
FROM scoring.publication
JOIN scoring.run ON run.run_id = publication.run_id
JOIN scoring.prediction ON prediction.night = publication.night AND prediction.run_id = publication.run_id
WHERE publication.superseded_at IS NULL;

COMMENT ON VIEW scoring.current_prediction IS 'One row a transaction: its score as published now.';
COMMENT ON COLUMN scoring.current_prediction.night IS 'UTC day in which the transaction reached the warehouse.';
COMMENT ON COLUMN scoring.current_prediction.transaction_id IS 'Key of the transaction, as in the source.';
COMMENT ON COLUMN scoring.current_prediction.occurred_at IS 'When the transaction happened; before the night where it arrived late.';
COMMENT ON COLUMN scoring.current_prediction.score IS 'Calibrated probability of fraud, 0 to 1.';
COMMENT ON COLUMN scoring.current_prediction.alert IS 'Whether the transaction is among the alerts of its night.';
COMMENT ON COLUMN scoring.current_prediction.alert_rank IS '1 = most suspicious of its night; null = no alert.';
COMMENT ON COLUMN scoring.current_prediction.model_version IS 'Model that gave the score.';
COMMENT ON COLUMN scoring.current_prediction.run_id IS 'Run that gave the score.';
COMMENT ON COLUMN scoring.current_prediction.mode IS 'as-of: with what was known at the end of the night; corrected: with everything known when the run began.';
COMMENT ON COLUMN scoring.current_prediction.published_at IS 'Instant from which analysts could see the score.';
