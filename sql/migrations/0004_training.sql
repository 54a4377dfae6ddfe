-- Training night by night: the reservoir, the chain of models, withdrawals, rules of expiry, nights kept out.

ALTER TABLE scoring.seal DROP CONSTRAINT seal_what_check;
ALTER TABLE scoring.seal ADD CONSTRAINT seal_what_check CHECK (what IN ('transactions', 'labels', 'features', 'reservoir'));

ALTER TABLE scoring.model_version ADD COLUMN parent text REFERENCES scoring.model_version;
ALTER TABLE scoring.model_version ADD COLUMN training_seconds double precision CHECK (training_seconds >= 0);
COMMENT ON COLUMN scoring.model_version.parent IS 'The model before it in the chain; null for the first, and for one trained on request.';
COMMENT ON COLUMN scoring.model_version.training_seconds IS 'CPU seconds of the fit; beside the manifest, which holds no clock.';

ALTER TABLE scoring.champion ADD COLUMN kind text NOT NULL DEFAULT 'promotion' CHECK (kind IN ('promotion', 'withdrawal'));
ALTER TABLE scoring.champion ADD COLUMN assigned_by text NOT NULL DEFAULT 'nightshift';
ALTER TABLE scoring.champion ADD COLUMN expires_when text;
ALTER TABLE scoring.champion ADD COLUMN retrains boolean NOT NULL DEFAULT false;
ALTER TABLE scoring.champion ADD CHECK (expires_when IS NOT NULL OR NOT retrains);
COMMENT ON COLUMN scoring.champion.kind IS 'A promotion makes the version champion from valid_from on; a withdrawal takes back its promotions made before.';
COMMENT ON COLUMN scoring.champion.expires_when IS 'Rule that is held against the champion every night, for example: average_precision < 0.55 or age > 60d.';
COMMENT ON COLUMN scoring.champion.retrains IS 'Whether a night in which the rule fires trains a challenger although retraining is off.';

ALTER TABLE scoring.training_ledger DROP CONSTRAINT training_ledger_outcome_check;
ALTER TABLE scoring.training_ledger ADD CONSTRAINT training_ledger_outcome_check
    CHECK (outcome IN ('promoted', 'kept', 'skipped', 'failed', 'abandoned', 'excluded'));
ALTER TABLE scoring.training_ledger ADD COLUMN chain_from date;
UPDATE scoring.training_ledger SET chain_from = (SELECT min(night) FROM scoring.run);
ALTER TABLE scoring.training_ledger ALTER COLUMN chain_from SET NOT NULL;
COMMENT ON COLUMN scoring.training_ledger.version IS 'The challenger that was trained, promoted or not.';
COMMENT ON COLUMN scoring.training_ledger.chain_from IS 'The night with which the chain began when the entry was made; an entry of a chain that since began earlier is void.';

CREATE TABLE scoring.excluded_night (
    exclusion_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    night        date NOT NULL,
    excluded_at  timestamptz NOT NULL,
    excluded_by  text NOT NULL,
    reason       text NOT NULL
);
COMMENT ON TABLE scoring.excluded_night IS 'Nights that a person keeps out of training: by every training whose night ends at or after excluded_at.';

CREATE TABLE scoring.training_lock (single boolean PRIMARY KEY DEFAULT true CHECK (single));
INSERT INTO scoring.training_lock DEFAULT VALUES;
COMMENT ON TABLE scoring.training_lock IS 'One row, the lock of training: it may be held for minutes, while the ledger stays open to others.';

CREATE FUNCTION scoring.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'scoring.% is append-only: enter a new row', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
COMMENT ON FUNCTION scoring.refuse_change() IS 'Keeps a table append-only.';
REVOKE ALL ON FUNCTION scoring.refuse_change() FROM PUBLIC;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON scoring.champion FOR EACH ROW EXECUTE FUNCTION scoring.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON scoring.training_ledger FOR EACH ROW EXECUTE FUNCTION scoring.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON scoring.excluded_night FOR EACH ROW EXECUTE FUNCTION scoring.refuse_change();
