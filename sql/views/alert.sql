-- Grain: one row an alert of a published night; read it ORDER BY night, alert_rank.
-- Late: as current_prediction.
CREATE OR REPLACE VIEW scoring.alert WITH (security_barrier) AS
SELECT
    prediction.night,
    prediction.alert_rank,
    prediction.transaction_id,
    prediction.occurred_at,
    prediction.score,
    run.model_version,
    prediction.run_id,
    publication.published_at
FROM scoring.publication
JOIN scoring.run ON run.run_id = publication.run_id
JOIN scoring.prediction ON prediction.night = publication.night AND prediction.run_id = publication.run_id
WHERE publication.superseded_at IS NULL AND prediction.alert_rank IS NOT NULL;

COMMENT ON VIEW scoring.alert IS 'The alerts of each published night: as many as the alert budget, most suspicious first.';
COMMENT ON COLUMN scoring.alert.night IS 'UTC day in which the transaction reached the warehouse.';
COMMENT ON COLUMN scoring.alert.alert_rank IS '1 = most suspicious of its night.';
COMMENT ON COLUMN scoring.alert.transaction_id IS 'Key of the transaction, as in the source.';
COMMENT ON COLUMN scoring.alert.occurred_at IS 'When the transaction happened.';
COMMENT ON COLUMN scoring.alert.score IS 'Calibrated probability of fraud, 0 to 1.';
COMMENT ON COLUMN scoring.alert.model_version IS 'Model that gave the score.';
COMMENT ON COLUMN scoring.alert.run_id IS 'Run that gave the score.';
COMMENT ON COLUMN scoring.alert.published_at IS 'Instant from which analysts could see the alert.';
