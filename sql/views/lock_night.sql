-- Grain: nothing; the night's row is locked until the transaction ends.
-- Parameters: run_id, a run; one that does not exist, that publishes and was overtaken, or that was pruned is refused (SQLSTATE NS001).
-- Runs with its owner's rights: whoever may lock a night may not thereby make another run its owner.
CREATE OR REPLACE FUNCTION scoring.lock_night(run_id bigint)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    mine scoring.run;
    owner bigint;
BEGIN
    SELECT * INTO mine FROM scoring.run WHERE run.run_id = lock_night.run_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no run % in this warehouse', lock_night.run_id USING ERRCODE = 'NS001';
    END IF;
    SELECT night_owner.run_id INTO owner FROM scoring.night_owner WHERE night_owner.night = mine.night FOR UPDATE;
    IF mine.publishes AND owner IS DISTINCT FROM mine.run_id THEN
        RAISE EXCEPTION 'run % of night % was overtaken by run %: it changed nothing', mine.run_id, mine.night, owner
            USING ERRCODE = 'NS001';
    END IF;
    IF EXISTS (SELECT FROM scoring.pruned_run WHERE pruned_run.run_id = mine.run_id) THEN
        RAISE EXCEPTION 'what run % of night % had scored was pruned: start a new run of the night', mine.run_id, mine.night
            USING ERRCODE = 'NS001';
    END IF;
END
$$;

COMMENT ON FUNCTION scoring.lock_night(bigint) IS 'Holds the night of a run that may still change it, until the transaction ends.';
REVOKE ALL ON FUNCTION scoring.lock_night(bigint) FROM PUBLIC;
