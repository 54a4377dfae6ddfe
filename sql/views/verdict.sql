-- Grain: one row a verdict; the latest one of a transaction wins, as with the source's labels.
-- INSERT INTO scoring.verdict (transaction_id, verdict, note): the database fills in who and when, and refuses a transaction that it does
-- not show. Nothing is changed or taken back: a second verdict corrects the first.
-- Late: a verdict is a label from the end of the night in which it was written.
CREATE OR REPLACE VIEW scoring.verdict WITH (security_barrier) AS
SELECT
    feedback.transaction_id,
    feedback.verdict,
    feedback.note,
    feedback.written_by,
    feedback.written_at
FROM scoring.feedback;

COMMENT ON VIEW scoring.verdict IS 'What analysts found out about transactions; INSERT adds one.';
COMMENT ON COLUMN scoring.verdict.transaction_id IS 'Key of the transaction, as in the source.';
COMMENT ON COLUMN scoring.verdict.verdict IS 'fraud or genuine.';
COMMENT ON COLUMN scoring.verdict.note IS 'What it rests on, in words.';
COMMENT ON COLUMN scoring.verdict.written_by IS 'Login that wrote it; filled by the database.';
COMMENT ON COLUMN scoring.verdict.written_at IS 'When it was written, which is when it became known; filled by the database.';
