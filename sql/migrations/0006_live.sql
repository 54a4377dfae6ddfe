-- After publication: how training lay, what a night showed beside it, beside the night before and beside the usual.

ALTER TABLE scoring.model_version ADD COLUMN reference jsonb;
COMMENT ON COLUMN scoring.model_version.reference IS 'How features and scores of rows lay that the model did not learn from, when it was trained; null where there were none.';

CREATE TABLE scoring.live_column (
    run_id         bigint NOT NULL REFERENCES scoring.run,
    night          date NOT NULL,
    position       integer NOT NULL CHECK (position > 0),
    name           text NOT NULL,
    effect         double precision NOT NULL,
    stands_out     boolean NOT NULL,
    mean           double precision,
    mean_before    double precision,
    missing        double precision NOT NULL CHECK (missing BETWEEN 0 AND 1),
    missing_before double precision NOT NULL CHECK (missing_before BETWEEN 0 AND 1),
    PRIMARY KEY (run_id, position)
);
COMMENT ON TABLE scoring.live_column IS 'A published night beside the training of its model: the score first, then the features by effect, largest first.';
COMMENT ON COLUMN scoring.live_column.effect IS 'The larger of stability index and shift of the mean, each in units of its limit: from 1 on it is worth a look.';
COMMENT ON COLUMN scoring.live_column.stands_out IS 'Whether the effect is worth a look and no chance.';
COMMENT ON COLUMN scoring.live_column.mean_before IS 'In training; null where no value was known.';

CREATE TABLE scoring.change_part (
    run_id  bigint NOT NULL REFERENCES scoring.run,
    night   date NOT NULL,
    measure text NOT NULL,
    name    text NOT NULL,
    kind    text NOT NULL CHECK (kind IN ('feature', 'mix', 'model')),
    size    double precision NOT NULL,
    PRIMARY KEY (run_id, measure, kind, name)
);
COMMENT ON TABLE scoring.change_part IS 'How a measure of the scores moved since the published night before, in parts that add up to the move.';

CREATE TABLE scoring.night_note (
    run_id   bigint NOT NULL REFERENCES scoring.run,
    night    date NOT NULL,
    kind     text NOT NULL CHECK (kind IN ('live', 'change', 'alarm')),
    position integer NOT NULL CHECK (position > 0),
    sentence text NOT NULL,
    PRIMARY KEY (run_id, kind, position)
);
COMMENT ON TABLE scoring.night_note IS 'What was seen after publication, in sentences: beside training, beside the night before, beside the usual. A repeated step monitor replaces them.';
