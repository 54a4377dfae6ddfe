-- Grain: one row a transaction, as published at the instant `moment`.
-- Parameters: moment, an instant with a time zone; one at which a publication was current that retention dropped is an error.
-- Runs with its owner's rights, since analysts may not read the tables below; the search path is fixed for that reason.
CREATE OR REPLACE FUNCTION scoring.prediction_as_of(moment timestamptz)
RETURNS TABLE (
    night date, transaction_id scoring.transaction_key, occurred_at timestamptz, score double precision, alert boolean,
    alert_rank integer, model_version text, run_id bigint, mode text, published_at timestamptz
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT scoring.require_kept(moment);
    SELECT
        history.night,
        history.transaction_id,
        history.occurred_at,
        history.score,
        history.alert,
        history.alert_rank,
        history.model_version,
        history.run_id,
        history.mode,
        history.published_at
    FROM scoring.prediction_history AS history
    WHERE history.published_at <= moment AND (history.superseded_at IS NULL OR history.superseded_at > moment)
$$;

COMMENT ON FUNCTION scoring.prediction_as_of(timestamptz) IS 'current_prediction as it stood at that instant; an error that names the earliest one where retention dropped what stood then.';
REVOKE ALL ON FUNCTION scoring.prediction_as_of(timestamptz) FROM PUBLIC;
