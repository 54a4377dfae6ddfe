-- How many rows and alerts does each weekday bring?
-- Grain: one row a weekday, Monday first.
-- Parameters: first and last, nights.
-- Late: rows count in the night in which they arrived; nights that were never published are left out.
SELECT
    to_char(summary.night, 'FMDay') AS weekday,
    count(*) AS nights,
    round(avg(summary.scored_rows)) AS scored_rows,
    min(summary.scored_rows) AS fewest,
    max(summary.scored_rows) AS most,
    sum(summary.alerts) AS alerts,
    round(sum(summary.alerts)::numeric / nullif(sum(summary.scored_rows), 0), 5) AS alert_rate
FROM scoring.night_summary AS summary
WHERE summary.state = 'published' AND summary.night BETWEEN CAST(:first AS date) AND CAST(:last AS date)
GROUP BY weekday, extract(isodow FROM summary.night)
ORDER BY extract(isodow FROM summary.night);
