-- Where do an analyst's verdicts and the matured labels of alerts differ?
-- Grain: one row a transaction with a verdict of this login, the latest one of it.
-- Parameters: written_by, a login.
-- Late: label is null until the night of the alert was measured, and for what is no alert; a verdict is itself one of the labels
-- from the end of the night in which it was written.
WITH latest AS (
    SELECT DISTINCT ON (transaction_id) transaction_id, verdict, note, written_at
    FROM scoring.verdict
    WHERE written_by = :written_by
    ORDER BY transaction_id, written_at DESC
)
SELECT
    latest.transaction_id,
    latest.verdict,
    CASE WHEN outcome.is_fraud THEN 'fraud' WHEN NOT outcome.is_fraud THEN 'genuine' END AS label,
    latest.verdict = CASE WHEN outcome.is_fraud THEN 'fraud' WHEN NOT outcome.is_fraud THEN 'genuine' END AS agrees,
    round(prediction.score::numeric, 3) AS score,
    prediction.alert_rank,
    outcome.known_through,
    latest.written_at,
    latest.note
FROM latest
JOIN scoring.current_prediction AS prediction ON prediction.transaction_id = latest.transaction_id
LEFT JOIN scoring.alert_outcome AS outcome ON outcome.night = prediction.night AND outcome.transaction_id = latest.transaction_id
ORDER BY agrees NULLS LAST, latest.written_at DESC;
