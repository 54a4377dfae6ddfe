-- Loaders open runs, extract and build features: GRANT nightshift_loader TO the login that runs these steps (it reads the source, too).
-- Policies of migration 0012 narrow what stands here: seals that do not bind yet, steps of their own.
GRANT USAGE ON SCHEMA scoring TO nightshift_loader;
GRANT SELECT ON scoring.migration, scoring.run, scoring.run_try, scoring.night_owner, scoring.run_step, scoring.seal, scoring.rejected_transaction,
    scoring.publication, scoring.pruned_run, scoring.model_version, scoring.feedback TO nightshift_loader;
GRANT INSERT ON scoring.run, scoring.seal, scoring.rejected_transaction TO nightshift_loader;
GRANT INSERT, UPDATE (run_id) ON scoring.night_owner TO nightshift_loader;
GRANT INSERT, UPDATE (started_at, seconds, counts, figures, skipped) ON scoring.run_step TO nightshift_loader;
GRANT UPDATE (figures) ON scoring.seal TO nightshift_loader;
GRANT EXECUTE ON FUNCTION scoring.lock_seals(), scoring.begin_try(bigint), scoring.hold_try(bigint, bigint) TO nightshift_loader;
