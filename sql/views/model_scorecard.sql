-- Grain: one row a model version and night that it published: the newest measurement, beside the first one and the promise.
-- Late: figures are null until the night's labels matured, and are restated at twice and four times that age; the first ones stay.
CREATE OR REPLACE VIEW scoring.model_scorecard WITH (security_barrier) AS
WITH served AS (
    -- a night that ran again was scored by the same model to the same bits, so its runs are one row
    SELECT run.model_version, publication.night, bool_or(publication.superseded_at IS NULL) AS current
    FROM scoring.publication
    JOIN scoring.run ON run.run_id = publication.run_id
    JOIN scoring.model_version ON model_version.version = run.model_version
    WHERE model_version.night < publication.night -- one that learned of the night afterwards would look better than it is
    GROUP BY run.model_version, publication.night
),
promised AS (
    SELECT DISTINCT ON (run.model_version, promise.night) run.model_version, promise.*
    FROM scoring.promise
    JOIN scoring.run ON run.run_id = promise.run_id
    ORDER BY run.model_version, promise.night, promise.run_id DESC
),
measured AS (
    SELECT run.model_version, performance.*
    FROM scoring.performance
    JOIN scoring.run ON run.run_id = performance.run_id
),
newest AS (
    SELECT DISTINCT ON (model_version, night) * FROM measured ORDER BY model_version, night, known_through DESC, run_id DESC
),
first AS (
    SELECT DISTINCT ON (model_version, night) * FROM measured ORDER BY model_version, night, known_through, run_id
),
counted AS (
    SELECT model_version, night, count(DISTINCT known_through) AS measurements
    FROM measured
    GROUP BY model_version, night
)
SELECT
    served.model_version,
    served.night,
    served.current,
    promised.expected_frauds AS promised_frauds,
    promised.expected_precision AS promised_precision,
    promised.expected_recall AS promised_recall,
    coalesce(counted.measurements, 0) AS measurements,
    newest.known_through,
    newest.row_count AS scored_rows,
    newest.frauds,
    newest.alerts,
    newest.average_precision,
    newest.average_precision_low,
    newest.average_precision_high,
    newest.roc_auc,
    newest.roc_auc_low,
    newest.roc_auc_high,
    newest.card_precision,
    newest.card_precision_low,
    newest.card_precision_high,
    newest.precision,
    newest.precision_low,
    newest.precision_high,
    newest.recall,
    newest.recall_low,
    newest.recall_high,
    newest.amount_caught,
    newest.amount_caught_low,
    newest.amount_caught_high,
    newest.predicted_ratio,
    newest.predicted_ratio_low,
    newest.predicted_ratio_high,
    first.known_through AS first_known_through,
    first.frauds AS first_frauds,
    first.average_precision AS first_average_precision,
    first.precision AS first_precision,
    first.recall AS first_recall,
    first.amount_caught AS first_amount_caught,
    first.predicted_ratio AS first_predicted_ratio
FROM served
LEFT JOIN promised ON promised.model_version = served.model_version AND promised.night = served.night
LEFT JOIN counted ON counted.model_version = served.model_version AND counted.night = served.night
LEFT JOIN newest ON newest.model_version = served.model_version AND newest.night = served.night
LEFT JOIN first ON first.model_version = served.model_version AND first.night = served.night;

COMMENT ON VIEW scoring.model_scorecard IS 'How good each model was, night by night: what its scores promised, what the first labels said, what is known now.';
COMMENT ON COLUMN scoring.model_scorecard.model_version IS 'Model that scored the night.';
COMMENT ON COLUMN scoring.model_scorecard.night IS 'UTC day of arrivals that was scored.';
COMMENT ON COLUMN scoring.model_scorecard.current IS 'Whether scores of this model are what analysts see of the night now.';
COMMENT ON COLUMN scoring.model_scorecard.promised_frauds IS 'Frauds to be expected by the scores, before any label was known.';
COMMENT ON COLUMN scoring.model_scorecard.promised_precision IS 'Precision of the alerts to be expected by the scores: hold it beside precision.';
COMMENT ON COLUMN scoring.model_scorecard.promised_recall IS 'Recall of the alerts to be expected by the scores: hold it beside recall.';
COMMENT ON COLUMN scoring.model_scorecard.measurements IS 'How often the night was measured: when its labels matured, and at twice and four times that age; 0 until then.';
COMMENT ON COLUMN scoring.model_scorecard.known_through IS 'Labels that arrived by the end of this night count in the figures; null until the night was measured.';
COMMENT ON COLUMN scoring.model_scorecard.scored_rows IS 'Transactions measured.';
COMMENT ON COLUMN scoring.model_scorecard.frauds IS 'Transactions known as fraud by then.';
COMMENT ON COLUMN scoring.model_scorecard.alerts IS 'Alerts published.';
COMMENT ON COLUMN scoring.model_scorecard.average_precision IS 'Average precision of the scores; null where unknown.';
COMMENT ON COLUMN scoring.model_scorecard.average_precision_low IS 'Lower bound of its 95 % interval.';
COMMENT ON COLUMN scoring.model_scorecard.average_precision_high IS 'Upper bound of its 95 % interval.';
COMMENT ON COLUMN scoring.model_scorecard.roc_auc IS 'Area under the ROC curve; null where unknown.';
COMMENT ON COLUMN scoring.model_scorecard.roc_auc_low IS 'Lower bound of its 95 % interval.';
COMMENT ON COLUMN scoring.model_scorecard.roc_auc_high IS 'Upper bound of its 95 % interval.';
COMMENT ON COLUMN scoring.model_scorecard.card_precision IS 'Card precision at the alert budget: share of frauds among that many cards with the highest scores; null where unknown.';
COMMENT ON COLUMN scoring.model_scorecard.card_precision_low IS 'Lower bound of its 95 % interval.';
COMMENT ON COLUMN scoring.model_scorecard.card_precision_high IS 'Upper bound of its 95 % interval.';
COMMENT ON COLUMN scoring.model_scorecard.precision IS 'Share of the alerts that were fraud; null where unknown.';
COMMENT ON COLUMN scoring.model_scorecard.precision_low IS 'Lower bound of its 95 % interval.';
COMMENT ON COLUMN scoring.model_scorecard.precision_high IS 'Upper bound of its 95 % interval.';
COMMENT ON COLUMN scoring.model_scorecard.recall IS 'Share of the frauds that were alerted; null where unknown.';
COMMENT ON COLUMN scoring.model_scorecard.recall_low IS 'Lower bound of its 95 % interval.';
COMMENT ON COLUMN scoring.model_scorecard.recall_high IS 'Upper bound of its 95 % interval.';
COMMENT ON COLUMN scoring.model_scorecard.amount_caught IS 'Share of the defrauded amount that was alerted; null where unknown.';
COMMENT ON COLUMN scoring.model_scorecard.amount_caught_low IS 'Lower bound of its 95 % interval.';
COMMENT ON COLUMN scoring.model_scorecard.amount_caught_high IS 'Upper bound of its 95 % interval.';
COMMENT ON COLUMN scoring.model_scorecard.predicted_ratio IS 'Predicted over observed frauds: 1 is calibrated, more is too much; null where unknown.';
COMMENT ON COLUMN scoring.model_scorecard.predicted_ratio_low IS 'Lower bound of its 95 % interval.';
COMMENT ON COLUMN scoring.model_scorecard.predicted_ratio_high IS 'Upper bound of its 95 % interval.';
COMMENT ON COLUMN scoring.model_scorecard.first_known_through IS 'The night with which the first measurement knew labels.';
COMMENT ON COLUMN scoring.model_scorecard.first_frauds IS 'frauds as first measured: what we thought then.';
COMMENT ON COLUMN scoring.model_scorecard.first_average_precision IS 'average_precision as first measured: what we thought then.';
COMMENT ON COLUMN scoring.model_scorecard.first_precision IS 'precision as first measured: what we thought then.';
COMMENT ON COLUMN scoring.model_scorecard.first_recall IS 'recall as first measured: what we thought then.';
COMMENT ON COLUMN scoring.model_scorecard.first_amount_caught IS 'amount_caught as first measured: what we thought then.';
COMMENT ON COLUMN scoring.model_scorecard.first_predicted_ratio IS 'predicted_ratio as first measured: what we thought then.';
