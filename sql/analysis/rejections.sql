-- Which source rows were set aside, and why?
-- Grain: one row a night, table and reason.
-- Parameters: first and last, nights.
-- Late: nothing before the night passed its gates; a row that is mended at the source comes as a straggler.
SELECT
    rejection.night,
    rejection.what,
    rejection.reason,
    count(*) AS rejected_rows,
    min(rejection.transaction_id) AS for_example
FROM scoring.rejection
WHERE rejection.night BETWEEN CAST(:first AS date) AND CAST(:last AS date)
GROUP BY rejection.night, rejection.what, rejection.reason
ORDER BY rejection.night, rejected_rows DESC, rejection.reason;
