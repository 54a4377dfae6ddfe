-- Grain: one number, greater than that of any try of the run before.
-- Parameters: run_id, a run. Waits until no transaction of an earlier try is under way.
-- Run with its owner's rights: nobody may set the number otherwise.
CREATE OR REPLACE FUNCTION scoring.begin_try(run_id bigint)
RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO scoring.run_try AS known (run_id, number, began_at) VALUES (begin_try.run_id, 1, clock_timestamp())
    ON CONFLICT ON CONSTRAINT run_try_pkey DO UPDATE SET number = known.number + 1, began_at = clock_timestamp()
    RETURNING number
$$;

COMMENT ON FUNCTION scoring.begin_try(bigint) IS 'The number of a try of a step that begins now.';
REVOKE ALL ON FUNCTION scoring.begin_try(bigint) FROM PUBLIC;
