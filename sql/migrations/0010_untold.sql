-- A check that nobody can judge yet, as with too little history, neither holds nor breaks.

ALTER TABLE scoring.evaluation ALTER COLUMN passed DROP NOT NULL;
COMMENT ON COLUMN scoring.evaluation.passed IS 'Whether the check held; null where nobody can tell, as with too little history: `reason` says what is missing.';
COMMENT ON COLUMN scoring.evaluation.low IS 'Least value that holds, as applied to this night; null where there is none. `reason` says what a relative limit is relative to.';
COMMENT ON COLUMN scoring.evaluation.severity IS 'What a break does to the night: fail stops it, warn marks it. As judged: a declared fail is a warn where it must not stop.';
