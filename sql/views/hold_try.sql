-- Grain: nothing; no later try of the run begins until the transaction ends.
-- Parameters: run_id, and the number that begin_try gave; where a later try began, it is refused (SQLSTATE NS001).
-- Run with its owner's rights: whoever may hold a row may change it, and nobody may.
CREATE OR REPLACE FUNCTION scoring.hold_try(run_id bigint, number bigint)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM scoring.run_try WHERE run_try.run_id = hold_try.run_id AND run_try.number = hold_try.number FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'this try of a step of run % was taken for dead, and another one began: it changed nothing more', hold_try.run_id
            USING ERRCODE = 'NS001';
    END IF;
END
$$;

COMMENT ON FUNCTION scoring.hold_try(bigint, bigint) IS 'Refuses a try of a step after which another one began; keeps others from beginning until the transaction ends.';
REVOKE ALL ON FUNCTION scoring.hold_try(bigint, bigint) FROM PUBLIC;
