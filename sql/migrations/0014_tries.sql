-- Two tries of one step of one run: the first was given up while it only slept, and wakes up beside the second.

CREATE TABLE scoring.run_try (
    run_id   bigint PRIMARY KEY REFERENCES scoring.run,
    number   bigint NOT NULL CHECK (number > 0),
    began_at timestamptz NOT NULL
);
COMMENT ON TABLE scoring.run_try IS 'One row a run: the number of the try of a step that may change it. A try that begins takes the next number; whatever began before changes nothing any more.';
COMMENT ON COLUMN scoring.run_try.began_at IS 'When that try began: a run is under way for hours after it, never for a day.';
