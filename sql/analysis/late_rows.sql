-- What became of rows that came late?
-- Grain: one row a night and number of days by which its rows were late (0: in time).
-- Parameters: first and last, nights.
-- Late: this is what is late; a night counts the rows that arrived in it, whenever they occurred.
SELECT
    prediction.night,
    greatest(prediction.night - CAST(prediction.occurred_at AT TIME ZONE 'UTC' AS date), 0) AS days_late,
    count(*) AS scored_rows,
    count(*) FILTER (WHERE prediction.alert) AS alerts,
    round(avg(prediction.score)::numeric, 4) AS mean_score,
    min(prediction.occurred_at) AS earliest
FROM scoring.current_prediction AS prediction
WHERE prediction.night BETWEEN CAST(:first AS date) AND CAST(:last AS date)
GROUP BY prediction.night, days_late
ORDER BY prediction.night, days_late;
