-- How precise were the alerts of a month, by what led them?
-- Grain: one row a reason code that led alerts (the one that pushed the score up most).
-- Parameters: month, any day of it.
-- Late: alerts whose labels have not matured are counted in alerts alone; restated at twice and four times that age.
WITH led AS (
    SELECT DISTINCT ON (night, transaction_id) night, transaction_id, reason_code
    FROM scoring.alert_reason
    WHERE date_trunc('month', night) = date_trunc('month', CAST(:month AS date))
    ORDER BY night, transaction_id, code_contribution DESC, place
)
SELECT
    led.reason_code,
    count(*) AS alerts,
    count(outcome.is_fraud) AS matured,
    count(*) FILTER (WHERE outcome.is_fraud) AS frauds,
    round(avg(outcome.is_fraud::integer), 3) AS precision
FROM led
LEFT JOIN scoring.alert_outcome AS outcome ON outcome.night = led.night AND outcome.transaction_id = led.transaction_id
GROUP BY led.reason_code
ORDER BY alerts DESC, led.reason_code;
