-- Grain: nothing; One extraction or binding at a time, held until the transaction ends.
-- Runs with its owner's rights: to lock a table as a whole takes the right to change any row of it, which no step has.
CREATE OR REPLACE FUNCTION scoring.lock_seals()
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'LOCK TABLE scoring.seal IN SHARE ROW EXCLUSIVE MODE';

COMMENT ON FUNCTION scoring.lock_seals() IS 'One extraction or binding at a time, until the transaction ends.';
REVOKE ALL ON FUNCTION scoring.lock_seals() FROM PUBLIC;
