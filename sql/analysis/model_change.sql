-- Did the scores move where the model changed?
-- Grain: one row a night, beside the published night before it.
-- Parameters: first and last, nights.
-- Late: a night that runs again shows its newest publication.
WITH told AS (
    SELECT
        night,
        max(model_version) AS model_version,
        count(*) AS scored_rows,
        avg(score) AS mean_score,
        percentile_cont(0.99) WITHIN GROUP (ORDER BY score) AS high_score,
        min(score) FILTER (WHERE alert) AS last_alert
    FROM scoring.current_prediction
    WHERE night BETWEEN CAST(:first AS date) AND CAST(:last AS date)
    GROUP BY night
)
SELECT
    told.night,
    told.model_version,
    told.model_version IS DISTINCT FROM lag(told.model_version) OVER by_night AND lag(told.night) OVER by_night IS NOT NULL AS model_changed,
    told.scored_rows,
    round(told.mean_score::numeric, 5) AS mean_score,
    round((told.mean_score / nullif(lag(told.mean_score) OVER by_night, 0))::numeric, 3) AS times_the_night_before,
    round(told.high_score::numeric, 4) AS score_of_the_99th_percent,
    round(told.last_alert::numeric, 4) AS score_of_the_last_alert
FROM told
WINDOW by_night AS (ORDER BY told.night)
ORDER BY told.night;
