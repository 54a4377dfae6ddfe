-- Grain: one row a model version, measured night and size of score: how often scores of one size came true.
-- Late: nothing until the night was measured; restated at twice and four times that age, the newest restatement is shown.
CREATE OR REPLACE VIEW scoring.score_calibration WITH (security_barrier) AS
WITH told AS (
    SELECT
        run.model_version, curve.*,
        dense_rank() OVER (PARTITION BY run.model_version, curve.night ORDER BY curve.known_through DESC, curve.run_id DESC) AS age
    FROM scoring.performance_curve AS curve
    JOIN scoring.run ON run.run_id = curve.run_id
    WHERE curve.curve = 'reliability'
)
SELECT
    told.model_version,
    told.night,
    told.position AS band,
    told.score AS mean_score,
    told.row_count AS scored_rows,
    told.frauds,
    told.known_through
FROM told
WHERE told.age = 1;

COMMENT ON VIEW scoring.score_calibration IS 'How often scores of one size came true, night by night; rows and frauds of nights add up.';
COMMENT ON COLUMN scoring.score_calibration.model_version IS 'Model that gave the scores.';
COMMENT ON COLUMN scoring.score_calibration.night IS 'UTC day of arrivals.';
COMMENT ON COLUMN scoring.score_calibration.band IS 'Scores of one size, from the lowest up.';
COMMENT ON COLUMN scoring.score_calibration.mean_score IS 'Mean score of the band: the share of frauds that it promised.';
COMMENT ON COLUMN scoring.score_calibration.scored_rows IS 'Transactions of the band.';
COMMENT ON COLUMN scoring.score_calibration.frauds IS 'Those known as fraud by then.';
COMMENT ON COLUMN scoring.score_calibration.known_through IS 'Labels that arrived by the end of this night count, none that came later.';
