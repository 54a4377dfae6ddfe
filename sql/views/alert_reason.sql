-- Grain: one row an alert and feature; of each alert the contributions and base_log_odds add up to the log-odds of its score.
-- Late: as current_prediction.
CREATE OR REPLACE VIEW scoring.alert_reason WITH (security_barrier) AS
SELECT
    prediction.night,
    prediction.alert_rank,
    prediction.transaction_id,
    prediction.score,
    run.base_log_odds,
    word.reason_code,
    sum(reason.contribution) OVER of_the_code AS code_contribution,
    reason.place,
    reason.feature,
    word.phrase,
    reason.value,
    CASE
        WHEN reason.value IS NULL THEN 'unknown'
        WHEN word.decimals IS NULL THEN CASE WHEN reason.value = 0 THEN 'no' ELSE 'yes' END
        ELSE round(reason.value::numeric, word.decimals)::text
    END AS shown,
    reason.contribution,
    run.model_version,
    prediction.run_id
FROM scoring.publication
JOIN scoring.run ON run.run_id = publication.run_id
JOIN scoring.prediction ON prediction.night = publication.night AND prediction.run_id = publication.run_id
JOIN scoring.reason
    ON reason.night = prediction.night AND reason.run_id = prediction.run_id AND reason.transaction_id = prediction.transaction_id
JOIN scoring.reason_word AS word ON word.run_id = reason.run_id AND word.feature = reason.feature
WHERE publication.superseded_at IS NULL AND prediction.alert_rank IS NOT NULL
WINDOW of_the_code AS (
    PARTITION BY prediction.night, prediction.run_id, prediction.transaction_id, word.reason_code
    ORDER BY reason.place ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
);

COMMENT ON VIEW scoring.alert_reason IS 'What each feature added to the score of each published alert, in words; read it ORDER BY night, alert_rank, place.';
COMMENT ON COLUMN scoring.alert_reason.night IS 'UTC day in which the transaction reached the warehouse.';
COMMENT ON COLUMN scoring.alert_reason.alert_rank IS '1 = most suspicious of its night.';
COMMENT ON COLUMN scoring.alert_reason.transaction_id IS 'Key of the transaction, as in the source.';
COMMENT ON COLUMN scoring.alert_reason.score IS 'Calibrated probability of fraud, 0 to 1.';
COMMENT ON COLUMN scoring.alert_reason.base_log_odds IS 'Log-odds that the model gives before it knows any feature: the same for all alerts of a night.';
COMMENT ON COLUMN scoring.alert_reason.reason_code IS 'Words under which features that tell the same story stand together.';
COMMENT ON COLUMN scoring.alert_reason.code_contribution IS 'What all features of the reason code added to the log-odds of this alert.';
COMMENT ON COLUMN scoring.alert_reason.place IS '1 = the feature that pushed the score up most; those that pushed it down come last.';
COMMENT ON COLUMN scoring.alert_reason.feature IS 'Column of the feature view.';
COMMENT ON COLUMN scoring.alert_reason.phrase IS 'The feature in words.';
COMMENT ON COLUMN scoring.alert_reason.value IS 'Value of the feature; null where it was unknown.';
COMMENT ON COLUMN scoring.alert_reason.shown IS 'The value as it is told.';
COMMENT ON COLUMN scoring.alert_reason.contribution IS 'What the feature added to the log-odds: above 0 it pushed the score up, below 0 down.';
COMMENT ON COLUMN scoring.alert_reason.model_version IS 'Model that gave the score.';
COMMENT ON COLUMN scoring.alert_reason.run_id IS 'Run that gave the score.';
