-- What did the tables say at an instant: the figures of a report that was written then
-- Grain: one row a night, as published at the instant, beside what is published now.
-- Parameters: moment, an instant with its zone; first and last, nights.
-- Late: nothing; an instant of which retention dropped a part is an error, never a part of the rows.
WITH told_then AS (
    SELECT night, count(*) AS scored_rows, count(*) FILTER (WHERE alert) AS alerts, sum(score) AS expected_frauds, max(run_id) AS run_id
    FROM scoring.prediction_as_of(CAST(:moment AS timestamptz))
    WHERE night BETWEEN CAST(:first AS date) AND CAST(:last AS date)
    GROUP BY night
),
told_now AS (
    SELECT night, count(*) AS scored_rows, sum(score) AS expected_frauds, max(run_id) AS run_id
    FROM scoring.current_prediction
    WHERE night BETWEEN CAST(:first AS date) AND CAST(:last AS date)
    GROUP BY night
)
SELECT
    night,
    told_then.scored_rows,
    told_then.alerts,
    round(told_then.expected_frauds::numeric, 3) AS expected_frauds,
    told_then.run_id,
    round(told_now.expected_frauds::numeric, 3) AS expected_frauds_now,
    told_now.run_id AS run_id_now
FROM told_then
FULL JOIN told_now USING (night)
ORDER BY night;
