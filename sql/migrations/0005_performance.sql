-- What the scores of a night promised, and what its labels said of them as they matured. Append-only.

CREATE TABLE scoring.promise (
    run_id             bigint PRIMARY KEY REFERENCES scoring.publication (run_id),
    night              date NOT NULL,
    expected_frauds    double precision NOT NULL CHECK (expected_frauds >= 0),
    expected_precision double precision CHECK (expected_precision BETWEEN 0 AND 1),
    expected_recall    double precision CHECK (expected_recall BETWEEN 0 AND 1),
    promised_at        timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX promise_by_night ON scoring.promise (night);
COMMENT ON TABLE scoring.promise IS 'One row a published run: what its calibrated scores said of the night before any label was known.';
COMMENT ON COLUMN scoring.promise.expected_precision IS 'Mean score of the alerts; null where there are none.';
COMMENT ON COLUMN scoring.promise.expected_recall IS 'Share of the expected frauds that is alerted; null where none is expected.';

CREATE TABLE scoring.performance (
    run_id                 bigint NOT NULL REFERENCES scoring.publication (run_id),
    known_through          date NOT NULL,
    night                  date NOT NULL,
    row_count              bigint NOT NULL CHECK (row_count >= 0),
    frauds                 bigint NOT NULL CHECK (frauds BETWEEN 0 AND row_count),
    alerts                 bigint NOT NULL CHECK (alerts BETWEEN 0 AND row_count),
    average_precision      double precision,
    average_precision_low  double precision,
    average_precision_high double precision,
    roc_auc                double precision,
    roc_auc_low            double precision,
    roc_auc_high           double precision,
    card_precision         double precision,
    card_precision_low     double precision,
    card_precision_high    double precision,
    precision              double precision,
    precision_low          double precision,
    precision_high         double precision,
    recall                 double precision,
    recall_low             double precision,
    recall_high            double precision,
    amount_caught          double precision,
    amount_caught_low      double precision,
    amount_caught_high     double precision,
    predicted_ratio        double precision,
    predicted_ratio_low    double precision,
    predicted_ratio_high   double precision,
    measured_by            bigint NOT NULL REFERENCES scoring.run,
    measured_at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (run_id, known_through),
    CHECK (known_through >= night),
    CHECK (average_precision BETWEEN average_precision_low AND average_precision_high),
    CHECK (roc_auc BETWEEN roc_auc_low AND roc_auc_high),
    CHECK (card_precision BETWEEN card_precision_low AND card_precision_high),
    CHECK (precision BETWEEN precision_low AND precision_high),
    CHECK (recall BETWEEN recall_low AND recall_high),
    CHECK (amount_caught BETWEEN amount_caught_low AND amount_caught_high),
    CHECK (predicted_ratio BETWEEN predicted_ratio_low AND predicted_ratio_high)
);
CREATE INDEX performance_by_night ON scoring.performance (night, known_through);
COMMENT ON TABLE scoring.performance IS 'One row a published run and the night through which labels were known: a restatement is a new row, what we thought then stays.';
COMMENT ON COLUMN scoring.performance.known_through IS 'Labels that arrived by the end of this night count, none that came later.';
COMMENT ON COLUMN scoring.performance.measured_by IS 'Run of the night known_through that measured.';
COMMENT ON COLUMN scoring.performance.average_precision IS 'Average precision of the scores; null where there is nothing to divide by.';
COMMENT ON COLUMN scoring.performance.roc_auc IS 'Area under the ROC curve; null where there is nothing to divide by.';
COMMENT ON COLUMN scoring.performance.card_precision IS 'Card precision at the alert budget: share of frauds among that many cards with the highest scores; null where there is nothing to divide by.';
COMMENT ON COLUMN scoring.performance.precision IS 'Share of the alerts that were fraud; null where there is nothing to divide by.';
COMMENT ON COLUMN scoring.performance.recall IS 'Share of the frauds that were alerted; null where there is nothing to divide by.';
COMMENT ON COLUMN scoring.performance.amount_caught IS 'Share of the defrauded amount that was alerted; null where there is nothing to divide by.';
COMMENT ON COLUMN scoring.performance.predicted_ratio IS 'Predicted over observed frauds: 1 is calibrated, more is too much; null where there is nothing to divide by.';

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON scoring.promise FOR EACH ROW EXECUTE FUNCTION scoring.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON scoring.performance FOR EACH ROW EXECUTE FUNCTION scoring.refuse_change();
