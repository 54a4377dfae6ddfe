-- Grain: nothing; nobody promotes or withdraws until the transaction ends, and whoever publishes sees what was withdrawn before.
-- Runs with its owner's rights: to lock a table as a whole takes the right to change any row of it, which no step has.
CREATE OR REPLACE FUNCTION scoring.lock_champions()
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'LOCK TABLE scoring.champion IN SHARE MODE';

COMMENT ON FUNCTION scoring.lock_champions() IS 'No assignment while this is held, until the transaction ends.';
REVOKE ALL ON FUNCTION scoring.lock_champions() FROM PUBLIC;
