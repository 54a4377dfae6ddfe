-- Trainers grow the reservoir, enter models, champions and what training did: GRANT nightshift_trainer TO the login that runs retrain.
-- Policies of migration 0012 narrow what stands here: of seals only the reservoir's, of steps only their own.
GRANT USAGE ON SCHEMA scoring TO nightshift_trainer;
GRANT SELECT ON scoring.migration, scoring.run, scoring.night_owner, scoring.run_step, scoring.seal, scoring.publication,
    scoring.pruned_run, scoring.model_version, scoring.champion, scoring.training_ledger, scoring.excluded_night,
    scoring.training_lock, scoring.evaluation, scoring.performance TO nightshift_trainer;
GRANT INSERT ON scoring.seal, scoring.model_version, scoring.champion, scoring.training_ledger, scoring.excluded_night,
    scoring.evaluation TO nightshift_trainer;
GRANT INSERT, UPDATE (started_at, seconds, counts, figures, skipped) ON scoring.run_step TO nightshift_trainer;
GRANT UPDATE (bound_at) ON scoring.seal TO nightshift_trainer;
GRANT UPDATE (single) ON scoring.training_lock TO nightshift_trainer; -- its one row is a lock, whose one value a CHECK fixes
GRANT EXECUTE ON FUNCTION scoring.lock_seals(), scoring.lock_entries(), scoring.champion_at(timestamptz, timestamptz, timestamptz)
    TO nightshift_trainer;
