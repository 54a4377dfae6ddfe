-- Grain: nothing; the filled table of a run gets its key and becomes part of its night, and nobody but the owner may fill it any more.
-- Parameters: as make_partition, and the key; a run whose table was not made, or was attached before, is refused (SQLSTATE NS001).
-- The attach scans nothing, because the bounds were checked row by row. The table of the night is made beside and attached, too:
-- PARTITION OF would lock readers out.
CREATE OR REPLACE FUNCTION scoring.attach_partition(run_id bigint, base text, key text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    mine scoring.run;
    parent text;
    made text;
BEGIN
    PERFORM scoring.lock_night(attach_partition.run_id);
    SELECT * INTO mine FROM scoring.run WHERE run.run_id = attach_partition.run_id;
    parent := format('%s_%s', base, to_char(mine.night, 'YYYYMMDD'));
    made := format('%s_r%s', parent, mine.run_id);
    IF NOT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass(format('scoring.%I', made)) AND NOT relispartition) THEN
        RAISE EXCEPTION 'run % of night % staged nothing that could be attached: score the night again', mine.run_id, mine.night
            USING ERRCODE = 'NS001';
    END IF;
    EXECUTE format('CREATE UNIQUE INDEX ON scoring.%I (%s)', made, key);
    IF to_regclass(format('scoring.%I', parent)) IS NULL THEN
        EXECUTE format('CREATE TABLE scoring.%I (LIKE scoring.%I INCLUDING CONSTRAINTS) PARTITION BY LIST (run_id)', parent, base);
        EXECUTE format('ALTER TABLE scoring.%I ATTACH PARTITION scoring.%I FOR VALUES IN (%L)', base, parent, mine.night);
    END IF;
    EXECUTE format('ALTER TABLE scoring.%I ATTACH PARTITION scoring.%I FOR VALUES IN (%s)', parent, made, mine.run_id);
    EXECUTE format('REVOKE INSERT ON scoring.%I FROM nightshift_scorer', made);
    EXECUTE format('ANALYZE scoring.%I', made);
END
$$;

CREATE OR REPLACE FUNCTION scoring.attach_prediction_partition(run_id bigint)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT scoring.attach_partition(run_id, 'prediction', 'transaction_id') $$;

CREATE OR REPLACE FUNCTION scoring.attach_reason_partition(run_id bigint)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT scoring.attach_partition(run_id, 'reason', 'transaction_id, place') $$;

COMMENT ON FUNCTION scoring.attach_partition(bigint, text, text) IS 'The key, then the attach; called by the two below alone.';
COMMENT ON FUNCTION scoring.attach_prediction_partition(bigint) IS 'Makes the filled table of a run''s scores part of its night.';
COMMENT ON FUNCTION scoring.attach_reason_partition(bigint) IS 'Makes the filled table of a run''s reasons part of its night.';
REVOKE ALL ON FUNCTION scoring.attach_partition(bigint, text, text), scoring.attach_prediction_partition(bigint),
    scoring.attach_reason_partition(bigint) FROM PUBLIC;
