-- Grain: nothing; an empty table for the scores, or the reasons, of one run, beside the others until it is attached.
-- Parameters: run_id, a run that may stage: it exists, owns its night (or publishes nothing), was neither published nor pruned (SQLSTATE
-- NS001). A repeated try begins anew. `base` is 'prediction' or 'reason', and is named by the two functions that steps may call.
-- Run with their owner's rights: to make a partition takes ownership of the whole. Until it is attached a scorer may fill the table.
CREATE OR REPLACE FUNCTION scoring.make_partition(run_id bigint, base text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    mine scoring.run;
    made text;
BEGIN
    PERFORM scoring.lock_night(make_partition.run_id);
    SELECT * INTO mine FROM scoring.run WHERE run.run_id = make_partition.run_id;
    IF EXISTS (SELECT FROM scoring.publication WHERE publication.run_id = mine.run_id) THEN
        RAISE EXCEPTION 'run % of night % is published and stays as it is: start a new run of the night', mine.run_id, mine.night
            USING ERRCODE = 'NS001';
    END IF;
    made := format('%s_%s_r%s', base, to_char(mine.night, 'YYYYMMDD'), mine.run_id);
    EXECUTE format('DROP TABLE IF EXISTS scoring.%I', made);
    EXECUTE format(
        'CREATE TABLE scoring.%I (LIKE scoring.%I INCLUDING CONSTRAINTS, CONSTRAINT bounds CHECK (night = %L::date AND run_id = %s))',
        made, base, mine.night, mine.run_id
    );
    EXECUTE format('GRANT SELECT, INSERT ON scoring.%I TO nightshift_scorer', made);
END
$$;

CREATE OR REPLACE FUNCTION scoring.make_prediction_partition(run_id bigint)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT scoring.make_partition(run_id, 'prediction') $$;

CREATE OR REPLACE FUNCTION scoring.make_reason_partition(run_id bigint)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT scoring.make_partition(run_id, 'reason') $$;

COMMENT ON FUNCTION scoring.make_partition(bigint, text) IS 'An empty table for a run that may stage; called by the two below alone.';
COMMENT ON FUNCTION scoring.make_prediction_partition(bigint) IS 'An empty table for the scores of a run that may stage.';
COMMENT ON FUNCTION scoring.make_reason_partition(bigint) IS 'An empty table for the reasons of a run that may stage.';
REVOKE ALL ON FUNCTION scoring.make_partition(bigint, text), scoring.make_prediction_partition(bigint),
    scoring.make_reason_partition(bigint) FROM PUBLIC;
