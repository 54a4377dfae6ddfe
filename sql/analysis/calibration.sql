-- How often did scores of one size come true?
-- Grain: one row a size of score: each is half of the one above it.
-- Parameters: first and last, nights.
-- Late: nothing until a night was measured; restated at twice and four times that age.
SELECT
    CAST(power(2, ceil(log(2, calibration.mean_score::numeric))) AS double precision) AS up_to_about,
    count(DISTINCT calibration.night) AS nights,
    sum(calibration.scored_rows) AS scored_rows,
    sum(calibration.frauds) AS frauds,
    round((sum(calibration.mean_score * calibration.scored_rows) / sum(calibration.scored_rows))::numeric, 5) AS promised,
    round(sum(calibration.frauds) / sum(calibration.scored_rows), 5) AS came_true
FROM scoring.score_calibration AS calibration
WHERE calibration.mean_score > 0 AND calibration.night BETWEEN CAST(:first AS date) AND CAST(:last AS date)
GROUP BY up_to_about
ORDER BY up_to_about;
