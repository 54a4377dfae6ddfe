-- Models, who was champion when, and what training did each night. Append-only.

CREATE TABLE scoring.model_version (
    version     text PRIMARY KEY,
    night       date NOT NULL,
    view        text NOT NULL,
    learner     text NOT NULL,
    path        text NOT NULL,
    sha256      text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    hmac        text NOT NULL CHECK (hmac ~ '^[0-9a-f]{64}$'),
    manifest    text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE scoring.model_version IS 'Every model ever trained: where its file lies, its hash, its signature, and the manifest (canonical JSON) that both cover.';

CREATE TABLE scoring.champion (
    assignment_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version       text NOT NULL REFERENCES scoring.model_version,
    valid_from    timestamptz NOT NULL,
    assigned_at   timestamptz NOT NULL,
    recorded_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    reason        text NOT NULL
);
COMMENT ON TABLE scoring.champion IS 'Assignments, never changed: a night scores with the latest one with valid_from < its end and assigned_at <= its end.';

CREATE TABLE scoring.training_ledger (
    entry_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    night       date NOT NULL,
    outcome     text NOT NULL CHECK (outcome IN ('promoted', 'kept', 'skipped', 'failed', 'abandoned')),
    version     text REFERENCES scoring.model_version,
    reason      text NOT NULL,
    run_id      bigint NOT NULL REFERENCES scoring.run,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX training_ledger_by_night ON scoring.training_ledger (night, entry_id);
COMMENT ON TABLE scoring.training_ledger IS 'What training did for each night; the next night looks for its champion only after this entry.';

ALTER TABLE scoring.run ADD FOREIGN KEY (model_version) REFERENCES scoring.model_version;
