-- Grain: one row a source row that broke the contract, of nights that passed their gates.
-- Late: a night that was not sealed yet shows nothing here.
CREATE OR REPLACE VIEW scoring.rejection WITH (security_barrier) AS
SELECT
    rejected.night,
    rejected.what,
    rejected.transaction_id,
    rejected.occurred_at,
    rejected.reason,
    rejected.rejected_at
FROM scoring.rejected_transaction AS rejected
JOIN scoring.seal ON seal.seal_id = rejected.seal_id
WHERE seal.bound_at IS NOT NULL;

COMMENT ON VIEW scoring.rejection IS 'Source rows that broke the contract, with the reason: neither scored nor lost.';
COMMENT ON COLUMN scoring.rejection.night IS 'UTC day in which the row reached the warehouse.';
COMMENT ON COLUMN scoring.rejection.what IS 'transactions or labels.';
COMMENT ON COLUMN scoring.rejection.transaction_id IS 'Key of the transaction as text; null where it had none.';
COMMENT ON COLUMN scoring.rejection.occurred_at IS 'When it happened, as far as that was told.';
COMMENT ON COLUMN scoring.rejection.reason IS 'What was wrong with it.';
COMMENT ON COLUMN scoring.rejection.rejected_at IS 'When it was set aside.';
