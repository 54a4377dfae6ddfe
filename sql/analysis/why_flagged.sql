-- Why was this transaction flagged?
-- Grain: one row a feature of the alert, what pushed the score up most first.
-- Parameters: transaction_id, as in the source.
-- Late: a night that runs again shows the reasons of its newest publication; no row: it is no alert.
SELECT
    alert.night,
    alert.alert_rank,
    round(alert.score::numeric, 3) AS score,
    reason.place,
    reason.reason_code,
    reason.phrase,
    reason.shown,
    round(reason.contribution::numeric, 2) AS contribution
FROM scoring.alert
JOIN scoring.alert_reason AS reason ON reason.night = alert.night AND reason.transaction_id = alert.transaction_id
WHERE alert.transaction_id = :transaction_id
ORDER BY reason.place;
