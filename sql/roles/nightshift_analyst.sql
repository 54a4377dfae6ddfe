-- Analysts read the views and nothing else. A group role: GRANT nightshift_analyst TO your_login.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'nightshift_analyst') THEN
        CREATE ROLE nightshift_analyst NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL; -- made at the same moment by another database of this server
END
$$;

REVOKE ALL ON SCHEMA scoring FROM PUBLIC;
GRANT USAGE ON SCHEMA scoring TO nightshift_analyst;
GRANT SELECT ON scoring.current_prediction, scoring.prediction_history, scoring.alert, scoring.night_summary TO nightshift_analyst;
GRANT EXECUTE ON FUNCTION scoring.prediction_as_of(timestamptz) TO nightshift_analyst;
