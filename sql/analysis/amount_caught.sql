-- How much fraud did each alert catch?
-- Grain: one row a night whose labels have matured.
-- Parameters: first and last, nights.
-- Late: restated at twice and four times the maturity; known_through says which labels count.
SELECT
    outcome.night,
    max(outcome.known_through) AS known_through,
    count(*) AS alerts,
    count(*) FILTER (WHERE outcome.is_fraud) AS frauds,
    round(coalesce(sum(outcome.amount) FILTER (WHERE outcome.is_fraud), 0)::numeric, 2) AS amount_caught,
    round((coalesce(sum(outcome.amount) FILTER (WHERE outcome.is_fraud), 0) / count(*))::numeric, 2) AS caught_per_alert,
    round(max(outcome.amount) FILTER (WHERE outcome.is_fraud)::numeric, 2) AS dearest
FROM scoring.alert_outcome AS outcome
WHERE outcome.night BETWEEN CAST(:first AS date) AND CAST(:last AS date)
GROUP BY outcome.night
ORDER BY outcome.night;
