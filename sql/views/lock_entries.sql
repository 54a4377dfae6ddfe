-- Grain: nothing; One entry of training at a time, held until the transaction ends.
-- Runs with its owner's rights: to lock a table as a whole takes the right to change any row of it, which no step has.
CREATE OR REPLACE FUNCTION scoring.lock_entries()
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'LOCK TABLE scoring.training_ledger IN SHARE ROW EXCLUSIVE MODE';

COMMENT ON FUNCTION scoring.lock_entries() IS 'One entry of training at a time, until the transaction ends.';
REVOKE ALL ON FUNCTION scoring.lock_entries() FROM PUBLIC;
