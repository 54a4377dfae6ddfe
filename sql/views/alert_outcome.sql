-- Grain: one row an alert of a current publication whose labels have matured: what it turned out to be.
-- Late: nothing until the night was measured; restated at twice and four times that age, the newest restatement is shown.
CREATE OR REPLACE VIEW scoring.alert_outcome WITH (security_barrier) AS
WITH newest AS (
    SELECT DISTINCT ON (night, transaction_id) night, transaction_id, amount, is_fraud, known_through
    FROM scoring.matured_alert
    ORDER BY night, transaction_id, known_through DESC, run_id DESC
)
SELECT
    prediction.night,
    prediction.alert_rank,
    prediction.transaction_id,
    prediction.occurred_at,
    prediction.score,
    run.model_version,
    newest.amount,
    newest.is_fraud,
    newest.known_through
FROM scoring.publication
JOIN scoring.run ON run.run_id = publication.run_id
JOIN scoring.prediction ON prediction.night = publication.night AND prediction.run_id = publication.run_id
JOIN newest ON newest.night = prediction.night AND newest.transaction_id = prediction.transaction_id
WHERE publication.superseded_at IS NULL AND prediction.alert_rank IS NOT NULL;

COMMENT ON VIEW scoring.alert_outcome IS 'What matured alerts turned out to be.';
COMMENT ON COLUMN scoring.alert_outcome.night IS 'UTC day in which the transaction reached the warehouse.';
COMMENT ON COLUMN scoring.alert_outcome.alert_rank IS '1 = most suspicious of its night.';
COMMENT ON COLUMN scoring.alert_outcome.transaction_id IS 'Key of the transaction, as in the source.';
COMMENT ON COLUMN scoring.alert_outcome.occurred_at IS 'When the transaction happened.';
COMMENT ON COLUMN scoring.alert_outcome.score IS 'Calibrated probability of fraud, 0 to 1.';
COMMENT ON COLUMN scoring.alert_outcome.model_version IS 'Model that gave the score.';
COMMENT ON COLUMN scoring.alert_outcome.amount IS 'Amount of the transaction, in the currency of the source.';
COMMENT ON COLUMN scoring.alert_outcome.is_fraud IS 'Whether it is known as fraud; without a label it counts as genuine.';
COMMENT ON COLUMN scoring.alert_outcome.known_through IS 'Labels that arrived by the end of this night count, none that came later.';
