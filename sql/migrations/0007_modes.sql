-- Runs that know more than their night did, or ask what another model would have said.

ALTER TABLE scoring.run DROP CONSTRAINT run_mode_check;
ALTER TABLE scoring.run ADD CONSTRAINT run_mode_check CHECK (mode IN ('as-of', 'corrected', 'what-if'));
ALTER TABLE scoring.run DROP CONSTRAINT run_state_check;
ALTER TABLE scoring.run ADD CONSTRAINT run_state_check CHECK (state IN ('open', 'judged', 'stopped', 'published', 'unscored', 'kept'));

ALTER TABLE scoring.run ADD COLUMN reason text CHECK (reason ~ '\S');
ALTER TABLE scoring.run ADD COLUMN known_through date;
ALTER TABLE scoring.run ADD COLUMN champion_at timestamptz;
ALTER TABLE scoring.run ADD COLUMN named_model text REFERENCES scoring.model_version;
ALTER TABLE scoring.run ADD COLUMN in_chain boolean NOT NULL DEFAULT true;
ALTER TABLE scoring.run ADD COLUMN features_seal bigint REFERENCES scoring.seal;
UPDATE scoring.run SET known_through = night, champion_at = cutoff;
UPDATE scoring.run SET features_seal = seal.seal_id
    FROM scoring.seal WHERE seal.night = run.night AND seal.what = 'features' AND seal.bound_at IS NOT NULL AND run.model_version IS NOT NULL
        AND seal.view = (SELECT view FROM scoring.model_version WHERE version = run.model_version);
ALTER TABLE scoring.run ALTER COLUMN known_through SET NOT NULL;
ALTER TABLE scoring.run ALTER COLUMN champion_at SET NOT NULL;
ALTER TABLE scoring.run ALTER COLUMN in_chain DROP DEFAULT;
ALTER TABLE scoring.run ADD CHECK (known_through >= night);
ALTER TABLE scoring.run ADD CHECK (in_chain = (mode = 'as-of'));
ALTER TABLE scoring.run ADD CHECK (publishes = (mode <> 'what-if'));
ALTER TABLE scoring.run ADD CHECK (mode = 'as-of' OR reason IS NOT NULL);
ALTER TABLE scoring.run ADD CHECK (mode <> 'what-if' OR named_model IS NOT NULL);
COMMENT ON COLUMN scoring.run.mode IS 'as-of: what was known at the end of the night. corrected: everything known by now. what-if: a named model, kept beside.';
COMMENT ON COLUMN scoring.run.reason IS 'Why a person asked for it; one that was carried out is not carried out again.';
COMMENT ON COLUMN scoring.run.known_through IS 'Last night whose sealed rows the run reads: its own, or a later one in mode corrected.';
COMMENT ON COLUMN scoring.run.champion_at IS 'Instant at which, and as known at which, the champion was asked for.';
COMMENT ON COLUMN scoring.run.named_model IS 'Model that a person named; null where it was the champion.';
COMMENT ON COLUMN scoring.run.in_chain IS 'Whether the run extracts and trains: only as-of runs do.';
COMMENT ON COLUMN scoring.run.features_seal IS 'Features that were scored; null until then.';
