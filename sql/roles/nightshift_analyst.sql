-- Analysts read the views, write verdicts, and nothing else. A group role: GRANT nightshift_analyst TO your_login.
-- `nightshift sql` puts the role on, and since PostgreSQL 16 nobody may do so for having made it.
DO $$
DECLARE
    since_16 CONSTANT boolean := current_setting('server_version_num')::integer >= 160000;
BEGIN
    IF NOT pg_has_role('nightshift_analyst', CASE WHEN since_16 THEN 'SET' ELSE 'MEMBER' END) THEN
        EXECUTE 'GRANT nightshift_analyst TO CURRENT_USER' || CASE WHEN since_16 THEN ' WITH SET TRUE, INHERIT FALSE' ELSE '' END;
    END IF;
EXCEPTION
    WHEN insufficient_privilege THEN NULL; -- somebody else made the role: nights do not need it, `nightshift sql` says what to grant
    WHEN unique_violation THEN NULL; -- granted at the same moment by another database of this server
END
$$;

REVOKE ALL ON SCHEMA scoring FROM PUBLIC;
GRANT USAGE ON SCHEMA scoring TO nightshift_analyst;
GRANT SELECT ON scoring.current_prediction, scoring.prediction_history, scoring.alert, scoring.alert_reason, scoring.night_summary,
    scoring.model_scorecard, scoring.decision_change, scoring.what_if_prediction, scoring.verdict, scoring.alert_outcome,
    scoring.score_calibration, scoring.rejection TO nightshift_analyst;
GRANT INSERT (transaction_id, verdict, note) ON scoring.verdict TO nightshift_analyst;
GRANT EXECUTE ON FUNCTION scoring.prediction_as_of(timestamptz) TO nightshift_analyst;
GRANT EXECUTE ON FUNCTION scoring.champion_at(timestamptz, timestamptz, timestamptz) TO nightshift_analyst;
