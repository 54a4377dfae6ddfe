-- Runs, seals and what was set aside. Times: `night` is a UTC day of arrivals; every `…_at` is the wall clock unless said otherwise.

CREATE TABLE scoring.run (
    run_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    night         date NOT NULL,
    mode          text NOT NULL CHECK (mode IN ('as-of')),
    cutoff        timestamptz NOT NULL,
    publishes     boolean NOT NULL,
    scheduled     boolean NOT NULL,
    requested_by  text NOT NULL,
    backtestable  boolean NOT NULL,
    state         text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'judged', 'stopped', 'published', 'unscored')),
    model_version text,
    started_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at   timestamptz
);
CREATE INDEX run_by_night ON scoring.run (night, run_id);
COMMENT ON TABLE scoring.run IS 'One row a run of a night; the mode and the cutoff are frozen when it starts.';
COMMENT ON COLUMN scoring.run.backtestable IS 'Whether the source records arrivals; without them a backfill knows more than the night did.';

CREATE TABLE scoring.night_owner (
    night  date PRIMARY KEY,
    run_id bigint NOT NULL REFERENCES scoring.run
);
COMMENT ON TABLE scoring.night_owner IS 'Fencing: the newest run of a night owns it; an older one that wakes up is refused. Its row is the lock of a publication.';

CREATE TABLE scoring.run_step (
    run_id     bigint NOT NULL REFERENCES scoring.run,
    step       text NOT NULL,
    started_at timestamptz NOT NULL,
    seconds    double precision NOT NULL CHECK (seconds >= 0),
    counts     jsonb NOT NULL,
    figures    jsonb NOT NULL,
    skipped    text,
    PRIMARY KEY (run_id, step)
);
COMMENT ON TABLE scoring.run_step IS 'What each step of a run counted and how long it took; a repeated step replaces its row.';

CREATE TABLE scoring.seal (
    seal_id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    night           date NOT NULL,
    what            text NOT NULL CHECK (what IN ('transactions', 'labels', 'features')),
    view            text NOT NULL DEFAULT '',
    version         integer NOT NULL CHECK (version > 0),
    path            text NOT NULL,
    row_count       bigint NOT NULL CHECK (row_count >= 0),
    byte_count      bigint NOT NULL CHECK (byte_count > 0),
    sha256          text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    columns         text NOT NULL,
    source_query    text NOT NULL,
    source_checksum text NOT NULL,
    source_rows     bigint NOT NULL CHECK (source_rows >= 0),
    rejected_rows   bigint NOT NULL DEFAULT 0 CHECK (rejected_rows >= 0),
    collapsed_rows  bigint NOT NULL DEFAULT 0 CHECK (collapsed_rows >= 0),
    late_rows       bigint NOT NULL DEFAULT 0 CHECK (late_rows >= 0),
    straggler_rows  bigint NOT NULL DEFAULT 0 CHECK (straggler_rows >= 0),
    first_key       text,
    last_key        text,
    earliest        timestamptz,
    complete        boolean NOT NULL,
    figures         jsonb NOT NULL,
    inputs          bigint[] NOT NULL DEFAULT '{}',
    run_id          bigint NOT NULL REFERENCES scoring.run,
    sealed_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    bound_at        timestamptz,
    UNIQUE (night, what, view, version),
    CHECK (source_rows = row_count + rejected_rows + collapsed_rows)
);
CREATE UNIQUE INDEX seal_bound ON scoring.seal (night, what, view) WHERE bound_at IS NOT NULL;
CREATE INDEX seal_by_run ON scoring.seal (run_id);
COMMENT ON TABLE scoring.seal IS 'A file of the lake counts because its row stands here. A seal binds when its night passes its gates; from then on it is read, never extracted again.';
COMMENT ON COLUMN scoring.seal.inputs IS 'Seals that a features seal was computed from: reading the same ones again gives the same bits.';
COMMENT ON COLUMN scoring.seal.earliest IS 'Earliest occurred_at of the rows (transactions), which decides how far back history is read.';
COMMENT ON COLUMN scoring.seal.complete IS 'Features: whether history covered the reach of the view; only complete nights train models.';

CREATE TABLE scoring.rejected_transaction (
    seal_id        bigint NOT NULL REFERENCES scoring.seal,
    night          date NOT NULL,
    what           text NOT NULL CHECK (what IN ('transactions', 'labels')),
    transaction_id text,
    occurred_at    timestamptz,
    reason         text NOT NULL,
    rejected_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX rejected_by_seal ON scoring.rejected_transaction (seal_id);
COMMENT ON TABLE scoring.rejected_transaction IS 'Source rows that broke the contract, with the reason; they were neither scored nor lost.';

CREATE TABLE scoring.evaluation (
    evaluation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id        bigint NOT NULL REFERENCES scoring.run,
    night         date NOT NULL,
    gate          text NOT NULL,
    check_name    text NOT NULL,
    figure        text NOT NULL,
    value         double precision,
    low           double precision,
    high          double precision,
    severity      text NOT NULL CHECK (severity IN ('fail', 'warn')),
    passed        boolean NOT NULL,
    reason        text NOT NULL,
    judged_at     timestamptz NOT NULL DEFAULT now() -- of the transaction: one judgement of a run, one instant
);
CREATE INDEX evaluation_by_run ON scoring.evaluation (run_id);
COMMENT ON TABLE scoring.evaluation IS 'Every judgement of every gate: what was measured, the limits, and whether it held.';
