-- Which decisions changed since an instant, and why?
-- Grain: one row a transaction and publication that made it an alert, or no alert any more.
-- Parameters: since, an instant with its zone, for example 2026-11-26 09:00+00.
-- Late: rows appear when a night is published again; a night's first publication is no change.
SELECT
    change.changed_at,
    change.night,
    change.transaction_id,
    change.alert_before,
    change.alert,
    round(change.score_before::numeric, 3) AS score_before,
    round(change.score::numeric, 3) AS score,
    change.cause,
    change.mode,
    change.reason
FROM scoring.decision_change AS change
WHERE change.changed_at > CAST(:since AS timestamptz)
ORDER BY change.changed_at DESC, change.night DESC, change.alert DESC, change.transaction_id;
