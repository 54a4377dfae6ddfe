-- Predictions are appended by run and never changed; what analysts see is decided by one pointer row a night.

CREATE TABLE scoring.prediction (
    night          date NOT NULL,
    run_id         bigint NOT NULL,
    transaction_id scoring.transaction_key NOT NULL,
    occurred_at    timestamptz NOT NULL,
    score          double precision NOT NULL CHECK (score >= 0 AND score <= 1),
    alert_rank     integer CHECK (alert_rank > 0)
) PARTITION BY LIST (night);
COMMENT ON TABLE scoring.prediction IS 'Scores of every run, staged ones too; partitioned by night, then run. Analysts use the views.';

CREATE TABLE scoring.publication (
    publication_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    night          date NOT NULL,
    run_id         bigint NOT NULL UNIQUE REFERENCES scoring.run,
    row_count      bigint NOT NULL CHECK (row_count >= 0),
    alert_count    bigint NOT NULL CHECK (alert_count >= 0),
    published_at   timestamptz NOT NULL,
    superseded_at  timestamptz CHECK (superseded_at > published_at)
);
CREATE UNIQUE INDEX publication_current ON scoring.publication (night) WHERE superseded_at IS NULL;
CREATE INDEX publication_by_night ON scoring.publication (night, published_at);
COMMENT ON TABLE scoring.publication IS 'The pointer: which run of a night is, or was, what analysts see. Publishing flips it in one transaction.';
