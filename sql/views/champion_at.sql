-- Grain: one row, or none where there was no champion: who was champion just before `valid_at`, as we knew it at `known_at`.
-- Parameters: valid_at and known_at are both the end of a night to ask for that night's champion; `withdrawals_known_at` also honours
-- withdrawals that were made after the night, up to that instant (null: none).
-- Late: nothing; assignments are appended, never changed.
-- Runs with its owner's rights, since analysts may not read the tables below; the search path is fixed for that reason.
CREATE OR REPLACE FUNCTION scoring.champion_at(
    valid_at timestamptz,
    known_at timestamptz DEFAULT clock_timestamp(),
    withdrawals_known_at timestamptz DEFAULT NULL
)
RETURNS TABLE (
    version text,
    valid_from timestamptz,
    assigned_at timestamptz,
    assigned_by text,
    reason text,
    expires_when text,
    retrains boolean
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT promotion.version, promotion.valid_from, promotion.assigned_at, promotion.assigned_by, promotion.reason,
        promotion.expires_when, promotion.retrains
    FROM scoring.champion AS promotion
    WHERE promotion.kind = 'promotion' AND promotion.valid_from < champion_at.valid_at AND promotion.assigned_at <= champion_at.known_at
        AND NOT EXISTS (
            SELECT FROM scoring.champion AS withdrawal
            WHERE withdrawal.kind = 'withdrawal' AND withdrawal.version = promotion.version
                AND (withdrawal.assigned_at, withdrawal.assignment_id) > (promotion.assigned_at, promotion.assignment_id)
                AND (
                    (withdrawal.valid_from < champion_at.valid_at AND withdrawal.assigned_at <= champion_at.known_at)
                    OR withdrawal.assigned_at <= champion_at.withdrawals_known_at
                )
        )
    ORDER BY promotion.valid_from DESC, promotion.assigned_at DESC, promotion.assignment_id DESC
    LIMIT 1
$$;

COMMENT ON FUNCTION scoring.champion_at(timestamptz, timestamptz, timestamptz)
    IS 'Who was champion just before an instant, as we knew it at another: champion_at(T, U). A night asks with its own end, twice.';
REVOKE ALL ON FUNCTION scoring.champion_at(timestamptz, timestamptz, timestamptz) FROM PUBLIC;
