-- What would another model have said of a night, among its dearest decisions?
-- Grain: one row a transaction that either of the two would alert.
-- Parameters: night; model, one that was asked for it with 'nightshift night DAY --mode what-if --model VERSION --reason …'.
-- Late: the published side changes when the night is published again; of several what-ifs of the model the newest counts.
WITH asked AS (
    SELECT DISTINCT ON (transaction_id) transaction_id, occurred_at, score, alert, alert_rank, model_knew_later
    FROM scoring.what_if_prediction
    WHERE night = CAST(:night AS date) AND model_version = :model
    ORDER BY transaction_id, run_id DESC
)
SELECT
    asked.transaction_id,
    asked.occurred_at,
    standing.model_version AS published_by,
    round(standing.score::numeric, 3) AS published_score,
    standing.alert_rank AS published_rank,
    round(asked.score::numeric, 3) AS asked_score,
    asked.alert_rank AS asked_rank,
    CASE WHEN standing.alert AND asked.alert THEN 'both' WHEN standing.alert THEN 'published only' ELSE 'asked only' END AS alerted_by,
    asked.model_knew_later
FROM asked
JOIN scoring.current_prediction AS standing ON standing.night = CAST(:night AS date) AND standing.transaction_id = asked.transaction_id
WHERE standing.alert OR asked.alert
ORDER BY least(standing.alert_rank, asked.alert_rank), asked.transaction_id;
