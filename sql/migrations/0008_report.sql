-- What the report draws: curves of matured nights, append-only like the figures behind them, and how tonight's scores lie beside training.

CREATE TABLE scoring.performance_curve (
    run_id        bigint NOT NULL,
    known_through date NOT NULL,
    night         date NOT NULL,
    curve         text NOT NULL CHECK (curve IN ('precision_recall', 'reliability')),
    position      integer NOT NULL CHECK (position > 0),
    score         double precision NOT NULL CHECK (score BETWEEN 0 AND 1),
    row_count     bigint NOT NULL CHECK (row_count > 0),
    frauds        bigint NOT NULL CHECK (frauds BETWEEN 0 AND row_count),
    PRIMARY KEY (run_id, known_through, curve, position),
    FOREIGN KEY (run_id, known_through) REFERENCES scoring.performance
);
CREATE INDEX performance_curve_by_night ON scoring.performance_curve (night, known_through);
COMMENT ON TABLE scoring.performance_curve IS 'One row a point of a curve of a measured run, 53 at most: a restatement is new rows, what we thought then stays.';
COMMENT ON COLUMN scoring.performance_curve.run_id IS 'Published run that was measured.';
COMMENT ON COLUMN scoring.performance_curve.known_through IS 'Labels that arrived by the end of this night count, none that came later.';
COMMENT ON COLUMN scoring.performance_curve.night IS 'UTC day of arrivals that the run scored.';
COMMENT ON COLUMN scoring.performance_curve.curve IS 'precision_recall: each point counts all rows from the highest score down; reliability: each point counts the rows of one size of score.';
COMMENT ON COLUMN scoring.performance_curve.position IS 'precision_recall: from the highest score down; reliability: from the lowest up.';
COMMENT ON COLUMN scoring.performance_curve.score IS 'precision_recall: the lowest score that counts; reliability: the mean score of the bin.';
COMMENT ON COLUMN scoring.performance_curve.row_count IS 'Transactions of the point.';
COMMENT ON COLUMN scoring.performance_curve.frauds IS 'Those known as fraud by then: over row_count it is precision, or the observed share; over the frauds of the last point it is recall.';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON scoring.performance_curve FOR EACH ROW EXECUTE FUNCTION scoring.refuse_change();

CREATE TABLE scoring.live_score (
    run_id       bigint NOT NULL REFERENCES scoring.run,
    night        date NOT NULL,
    position     integer NOT NULL CHECK (position > 0),
    upper_end    double precision,
    share        double precision NOT NULL CHECK (share BETWEEN 0 AND 1),
    share_before double precision NOT NULL CHECK (share_before BETWEEN 0 AND 1),
    PRIMARY KEY (run_id, position)
);
COMMENT ON TABLE scoring.live_score IS 'The scores of a published night over the bins of its model''s reference. A repeated step monitor replaces them.';
COMMENT ON COLUMN scoring.live_score.run_id IS 'Published run.';
COMMENT ON COLUMN scoring.live_score.night IS 'UTC day of arrivals.';
COMMENT ON COLUMN scoring.live_score.position IS 'From the lowest scores up.';
COMMENT ON COLUMN scoring.live_score.upper_end IS 'Highest score of the bin, included; null for the last, which has none.';
COMMENT ON COLUMN scoring.live_score.share IS 'Share of the scores of the night in the bin.';
COMMENT ON COLUMN scoring.live_score.share_before IS 'Share of the reference in the bin: about a tenth, more where many scores are equal.';
