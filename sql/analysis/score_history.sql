-- What did we say of one transaction, and when?
-- Grain: one row a publication of it.
-- Parameters: transaction_id, as in the source.
-- Late: superseded_at is filled when the night is published again; what retention dropped is not told.
SELECT
    history.published_at,
    history.superseded_at,
    history.night,
    round(history.score::numeric, 4) AS score,
    history.alert_rank,
    history.mode,
    history.model_version,
    history.run_id
FROM scoring.prediction_history AS history
WHERE history.transaction_id = :transaction_id
ORDER BY history.published_at;
