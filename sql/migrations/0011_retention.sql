-- What retention dropped: the rows of a run are gone, and what there was of them is told here.

CREATE TABLE scoring.pruned_run (
    run_id          bigint PRIMARY KEY REFERENCES scoring.run,
    night           date NOT NULL,
    why             text NOT NULL CHECK (why IN ('superseded', 'kept beside', 'never published')),
    published_at    timestamptz,
    superseded_at   timestamptz,
    row_count       bigint NOT NULL CHECK (row_count >= 0),
    byte_count      bigint NOT NULL CHECK (byte_count >= 0),
    keep_superseded interval NOT NULL,
    pruned_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (superseded_at > published_at),
    CHECK ((why = 'superseded') = (superseded_at IS NOT NULL AND published_at IS NOT NULL))
);
CREATE INDEX pruned_run_by_end ON scoring.pruned_run (superseded_at) WHERE why = 'superseded'; -- moments that can be asked lie behind all of them
COMMENT ON TABLE scoring.pruned_run IS 'One row a run whose predictions and reasons were dropped. It is entered before they are, so that nobody is shown half a moment.';
COMMENT ON COLUMN scoring.pruned_run.run_id IS 'Run whose partitions are gone; its figures and its row in scoring.run stay.';
COMMENT ON COLUMN scoring.pruned_run.night IS 'Night of the run.';
COMMENT ON COLUMN scoring.pruned_run.why IS 'superseded: a later publication took its place. kept beside: mode what-if. never published: overtaken or stopped.';
COMMENT ON COLUMN scoring.pruned_run.published_at IS 'First instant at which analysts saw it; null where they never did.';
COMMENT ON COLUMN scoring.pruned_run.superseded_at IS 'First instant at which they no longer saw it; null where they never did.';
COMMENT ON COLUMN scoring.pruned_run.row_count IS 'Predictions that were dropped.';
COMMENT ON COLUMN scoring.pruned_run.byte_count IS 'What its partitions took on the disk, indexes included.';
COMMENT ON COLUMN scoring.pruned_run.keep_superseded IS 'The setting under which it was dropped.';
COMMENT ON COLUMN scoring.pruned_run.pruned_at IS 'When that was decided.';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON scoring.pruned_run FOR EACH ROW EXECUTE FUNCTION scoring.refuse_change();
