-- Grain: nothing; an error where a publication that was current at the instant `moment` was dropped by retention.
-- Parameters: moment, an instant with a time zone.
-- Late: a moment can be asked until 'nightshift prune' drops what was current then.
-- A transaction that froze its view before a prune does not see its entry, but the catalogue is always that of now: it is asked too.
-- For prediction_as_of alone, with the rights of its owner: half a moment is told as such, never shown.
CREATE OR REPLACE FUNCTION scoring.require_kept(moment timestamptz)
RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    lost scoring.pruned_run;
    earliest timestamptz;
BEGIN
    SELECT * INTO lost FROM scoring.pruned_run AS pruned
    WHERE pruned.why = 'superseded' AND pruned.superseded_at > moment AND pruned.published_at <= moment
    ORDER BY pruned.night LIMIT 1;
    IF FOUND THEN
        SELECT max(superseded_at) INTO earliest FROM scoring.pruned_run WHERE why = 'superseded';
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = format(
            'what analysts saw of night %s at %s is no longer held: superseded publications are kept for %s (keep_superseded); '
            'the earliest moment that can be asked is %s',
            lost.night, moment, lost.keep_superseded, earliest
        );
    END IF;
    SELECT publication.night INTO lost.night FROM scoring.publication
    WHERE publication.superseded_at > moment AND publication.published_at <= moment
        AND to_regclass(format('scoring.prediction_%s_r%s', to_char(publication.night, 'YYYYMMDD'), publication.run_id)) IS NULL
    ORDER BY publication.night LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = format(
            'what analysts saw of night %s at %s was dropped after this transaction began (keep_superseded): '
            'begin another, and ask for the earliest moment that is held',
            lost.night, moment
        );
    END IF;
END
$$;

COMMENT ON FUNCTION scoring.require_kept(timestamptz) IS 'Fails where retention dropped a publication that was current at that instant.';
REVOKE ALL ON FUNCTION scoring.require_kept(timestamptz) FROM PUBLIC;
