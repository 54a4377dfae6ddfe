-- How good the nights were, in the eyes of the shop, once the returns are known.
-- Grain: one row over all published nights. Reads what analysts read, and the shop's own labels.
-- Late: returns go on coming for months, so that the newest nights look worse than they are.
WITH came_back AS (
    SELECT DISTINCT line_key FROM shop.sale_label
),

scored AS (
    SELECT
        prediction.night,
        prediction.score,
        prediction.alert,
        came_back.line_key IS NOT NULL AS returned,
        row_number() OVER by_score AS place,
        count(came_back.line_key) OVER by_score AS found
    FROM scoring.current_prediction AS prediction
    LEFT JOIN came_back ON came_back.line_key = prediction.transaction_id
    WINDOW by_score AS (PARTITION BY prediction.night ORDER BY prediction.score DESC, prediction.transaction_id ROWS UNBOUNDED PRECEDING)
),

nights AS (
    SELECT
        night,
        count(*) AS lines,
        count(*) FILTER (WHERE returned) AS returned,
        count(*) FILTER (WHERE alert) AS alerts,
        count(*) FILTER (WHERE alert AND returned) AS hits,
        sum(score) AS expected,
        avg(found::double precision / place) FILTER (WHERE returned) AS average_precision
    FROM scored
    GROUP BY night
)

SELECT
    count(*) AS nights,
    sum(lines) AS lines,
    sum(returned) AS returned,
    round(sum(expected)::numeric, 1) AS expected_by_scores,
    round(100.0 * sum(returned) / sum(lines), 2) AS percent_returned,
    sum(alerts) AS alerts,
    sum(hits) AS hits,
    round(100.0 * sum(hits) / sum(alerts), 2) AS percent_of_alerts_returned,
    round(avg(average_precision)::numeric, 4) AS mean_average_precision,
    min(night) AS first_night,
    max(night) AS last_night
FROM nights;
