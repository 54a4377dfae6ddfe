-- Scorers stage, judge, publish and look back: GRANT nightshift_scorer TO the login that runs score, judge, publish and monitor.
-- Policies of migration 0012 narrow what stands here: nothing of a published run changes, of training only that it was given up,
-- of champions only withdrawals.
GRANT USAGE ON SCHEMA scoring TO nightshift_scorer;
GRANT SELECT ON scoring.migration, scoring.run, scoring.run_try, scoring.night_owner, scoring.run_step, scoring.seal, scoring.rejected_transaction,
    scoring.publication, scoring.pruned_run, scoring.model_version, scoring.champion, scoring.training_ledger, scoring.excluded_night,
    scoring.prediction, scoring.reason, scoring.reason_word, scoring.evaluation, scoring.promise, scoring.performance,
    scoring.performance_curve, scoring.live_column, scoring.live_score, scoring.change_part, scoring.night_note,
    scoring.night_summary, scoring.alert TO nightshift_scorer;
GRANT INSERT ON scoring.evaluation, scoring.publication, scoring.promise, scoring.performance, scoring.performance_curve,
    scoring.matured_alert, scoring.champion, scoring.training_ledger TO nightshift_scorer;
GRANT INSERT, DELETE ON scoring.reason_word, scoring.live_column, scoring.live_score, scoring.change_part, scoring.night_note
    TO nightshift_scorer;
GRANT INSERT, UPDATE (started_at, seconds, counts, figures, skipped) ON scoring.run_step TO nightshift_scorer;
GRANT UPDATE (state, finished_at, model_version, features_seal, base_log_odds) ON scoring.run TO nightshift_scorer;
GRANT UPDATE (bound_at) ON scoring.seal TO nightshift_scorer;
GRANT UPDATE (superseded_at) ON scoring.publication TO nightshift_scorer;
GRANT EXECUTE ON FUNCTION scoring.lock_seals(), scoring.lock_night(bigint), scoring.lock_entries(), scoring.lock_champions(),
    scoring.begin_try(bigint), scoring.hold_try(bigint, bigint),
    scoring.make_prediction_partition(bigint), scoring.attach_prediction_partition(bigint),
    scoring.make_reason_partition(bigint), scoring.attach_reason_partition(bigint),
    scoring.champion_at(timestamptz, timestamptz, timestamptz) TO nightshift_scorer;

DO $$
DECLARE
    filled regclass;
BEGIN -- what runs staged before there were roles
    FOR filled IN
        SELECT oid FROM pg_class WHERE relnamespace = 'scoring'::regnamespace AND relispartition AND relkind = 'r'
    LOOP
        EXECUTE format('GRANT SELECT ON %s TO nightshift_scorer', filled);
    END LOOP;
END
$$;
