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
    publication.published_at,
    CASE
        WHEN run.base_log_odds IS NOT NULL THEN coalesce(
            (
                SELECT
                    string_agg(
                        format('%s +%s (%s: %s)', reason_code, round(code_contribution::numeric, 1), phrase, shown),
                        '; ' ORDER BY code_contribution DESC, place
                    )
                FROM (
                    SELECT *
                    FROM (
                        -- of each reason code the feature that pushed most
                        SELECT DISTINCT ON (reason.reason_code)
                            reason.reason_code, reason.code_contribution, reason.place, reason.phrase, reason.shown
                        FROM scoring.alert_reason AS reason
                        WHERE reason.night = prediction.night AND reason.run_id = prediction.run_id
                            AND reason.transaction_id = prediction.transaction_id
                        ORDER BY reason.reason_code, reason.place
                    ) AS strongest
                    WHERE code_contribution >= 0.05 -- less is told as +0.0
                    ORDER BY code_contribution DESC, place
                    LIMIT 3
                ) AS pushed
            ),
            'no reason code pushed it up'
        )
    END AS reasons
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
COMMENT ON COLUMN scoring.alert.reasons IS 'The three reason codes that pushed the score up most: what each added to its log-odds, and of its features the strongest with its value. Null where the night was published without reasons.';
