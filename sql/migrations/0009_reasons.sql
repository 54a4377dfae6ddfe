-- Why an alert is one: what each feature added to its log-odds, in the words of its night.

ALTER TABLE scoring.run ADD COLUMN base_log_odds double precision
    CHECK (base_log_odds > '-Infinity' AND base_log_odds < 'Infinity');
COMMENT ON COLUMN scoring.run.base_log_odds IS 'Log-odds that the model gives before it knows any feature; null where the run explains no alert.';

CREATE TABLE scoring.reason (
    night          date NOT NULL,
    run_id         bigint NOT NULL,
    transaction_id scoring.transaction_key NOT NULL,
    place          integer NOT NULL CHECK (place > 0),
    feature        text NOT NULL,
    contribution   double precision NOT NULL CHECK (contribution > '-Infinity' AND contribution < 'Infinity'),
    value          double precision
) PARTITION BY LIST (night);
COMMENT ON TABLE scoring.reason IS 'One row an alert and feature, of every run, staged ones too; partitioned by night, then run. Analysts use alert and alert_reason.';
COMMENT ON COLUMN scoring.reason.night IS 'UTC day in which the transaction reached the warehouse.';
COMMENT ON COLUMN scoring.reason.run_id IS 'Run that gave the score.';
COMMENT ON COLUMN scoring.reason.transaction_id IS 'Key of the transaction, as in the source.';
COMMENT ON COLUMN scoring.reason.place IS '1 = the feature that pushed the score up most, the last = the one that pushed it down most.';
COMMENT ON COLUMN scoring.reason.feature IS 'Column of the feature view.';
COMMENT ON COLUMN scoring.reason.contribution IS 'What the feature added to the log-odds of the score; with base_log_odds of the run they add up to it.';
COMMENT ON COLUMN scoring.reason.value IS 'Value of the feature; null where it was unknown.';

CREATE TABLE scoring.reason_word (
    run_id      bigint NOT NULL REFERENCES scoring.run,
    night       date NOT NULL,
    position    integer NOT NULL CHECK (position > 0),
    feature     text NOT NULL,
    reason_code text NOT NULL,
    phrase      text NOT NULL,
    decimals    integer CHECK (decimals BETWEEN 0 AND 6),
    PRIMARY KEY (run_id, feature)
);
COMMENT ON TABLE scoring.reason_word IS 'What the features of a run are called: kept with the run, so that new words change nothing that was published.';
COMMENT ON COLUMN scoring.reason_word.run_id IS 'Run whose reasons are told so.';
COMMENT ON COLUMN scoring.reason_word.night IS 'Night of the run.';
COMMENT ON COLUMN scoring.reason_word.position IS 'Place of the feature in the view.';
COMMENT ON COLUMN scoring.reason_word.feature IS 'Column of the feature view.';
COMMENT ON COLUMN scoring.reason_word.reason_code IS 'Words under which features that tell the same story stand together.';
COMMENT ON COLUMN scoring.reason_word.phrase IS 'The feature in words, without its value.';
COMMENT ON COLUMN scoring.reason_word.decimals IS 'Decimals with which the value is shown; null where it means yes or no.';
