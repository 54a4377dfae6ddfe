-- Who may change what (roles narrower than a GRANT can say), what is never changed by anybody, and what analysts tell back.

ALTER TABLE scoring.run ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON scoring.run FOR SELECT USING (true);
CREATE POLICY opened ON scoring.run FOR INSERT TO nightshift_loader WITH CHECK (state = 'open');
CREATE POLICY unpublished ON scoring.run FOR UPDATE TO nightshift_scorer USING (state <> 'published') WITH CHECK (true);

ALTER TABLE scoring.run_step ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON scoring.run_step FOR SELECT USING (true);
CREATE POLICY loaded ON scoring.run_step FOR INSERT TO nightshift_loader WITH CHECK (step IN ('extract', 'build_features'));
CREATE POLICY scored ON scoring.run_step FOR INSERT TO nightshift_scorer WITH CHECK (step IN ('score', 'judge', 'publish', 'monitor'));
CREATE POLICY trained ON scoring.run_step FOR INSERT TO nightshift_trainer WITH CHECK (step = 'retrain');
CREATE POLICY loaded_again ON scoring.run_step FOR UPDATE TO nightshift_loader
    USING (step IN ('extract', 'build_features') AND NOT EXISTS (SELECT FROM scoring.publication AS told WHERE told.run_id = run_step.run_id));
CREATE POLICY scored_again ON scoring.run_step FOR UPDATE TO nightshift_scorer
    USING (
        step IN ('publish', 'monitor')
        OR (step IN ('score', 'judge') AND NOT EXISTS (SELECT FROM scoring.publication AS told WHERE told.run_id = run_step.run_id))
    );
CREATE POLICY trained_again ON scoring.run_step FOR UPDATE TO nightshift_trainer USING (step = 'retrain');

ALTER TABLE scoring.seal ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON scoring.seal FOR SELECT USING (true);
CREATE POLICY loaded ON scoring.seal FOR INSERT TO nightshift_loader WITH CHECK (what <> 'reservoir' AND bound_at IS NULL);
CREATE POLICY described ON scoring.seal FOR UPDATE TO nightshift_loader USING (what <> 'reservoir' AND bound_at IS NULL);
CREATE POLICY bound ON scoring.seal FOR UPDATE TO nightshift_scorer USING (what <> 'reservoir' AND bound_at IS NULL) WITH CHECK (true);
CREATE POLICY grown ON scoring.seal FOR INSERT TO nightshift_trainer WITH CHECK (what = 'reservoir');
CREATE POLICY grown_again ON scoring.seal FOR UPDATE TO nightshift_trainer USING (what = 'reservoir');

ALTER TABLE scoring.champion ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON scoring.champion FOR SELECT USING (true);
CREATE POLICY assigned ON scoring.champion FOR INSERT TO nightshift_trainer WITH CHECK (true);
CREATE POLICY withdrawn ON scoring.champion FOR INSERT TO nightshift_scorer WITH CHECK (kind = 'withdrawal'); -- of a model that is refused

ALTER TABLE scoring.training_ledger ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON scoring.training_ledger FOR SELECT USING (true);
CREATE POLICY entered ON scoring.training_ledger FOR INSERT TO nightshift_trainer WITH CHECK (true);
CREATE POLICY given_up ON scoring.training_ledger FOR INSERT TO nightshift_scorer WITH CHECK (outcome = 'abandoned');

ALTER TABLE scoring.reason_word ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON scoring.reason_word FOR SELECT USING (true);
CREATE POLICY told ON scoring.reason_word FOR INSERT TO nightshift_scorer WITH CHECK (true);
CREATE POLICY told_anew ON scoring.reason_word FOR DELETE TO nightshift_scorer
    USING (NOT EXISTS (SELECT FROM scoring.publication AS told WHERE told.run_id = reason_word.run_id));

CREATE FUNCTION scoring.refuse_rewriting() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.superseded_at IS NULL AND NEW.superseded_at IS NOT NULL
        AND (to_jsonb(NEW) - 'superseded_at') = (to_jsonb(OLD) - 'superseded_at') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a publication is only ever superseded, once: publish another run of night %', OLD.night
        USING ERRCODE = 'restrict_violation';
END
$$;
COMMENT ON FUNCTION scoring.refuse_rewriting() IS 'Keeps publications as they were, but for the instant at which each ended.';
REVOKE ALL ON FUNCTION scoring.refuse_rewriting() FROM PUBLIC;
CREATE TRIGGER superseded_once BEFORE UPDATE ON scoring.publication FOR EACH ROW EXECUTE FUNCTION scoring.refuse_rewriting();
CREATE TRIGGER append_only BEFORE DELETE ON scoring.publication FOR EACH ROW EXECUTE FUNCTION scoring.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON scoring.evaluation FOR EACH ROW EXECUTE FUNCTION scoring.refuse_change();

CREATE TABLE scoring.feedback (
    feedback_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    transaction_id scoring.transaction_key NOT NULL,
    verdict        text NOT NULL CHECK (verdict IN ('fraud', 'genuine')),
    note           text NOT NULL CHECK (note ~ '\S' AND length(note) <= 2000),
    written_by     text NOT NULL,
    written_at     timestamptz NOT NULL
);
CREATE INDEX feedback_by_instant ON scoring.feedback (written_at);
COMMENT ON TABLE scoring.feedback IS 'What analysts found out, as labels: the night in which a verdict was written seals it. Written through the view verdict.';
COMMENT ON COLUMN scoring.feedback.written_by IS 'Login that wrote it, whatever role it had put on; filled by the database.';
COMMENT ON COLUMN scoring.feedback.written_at IS 'When: the known_at of the label; filled by the database.';

CREATE FUNCTION scoring.sign_verdict() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN -- with the rights of whoever writes: what he cannot see he can say nothing about, nor learn of
    IF NOT EXISTS (SELECT FROM scoring.current_prediction WHERE current_prediction.transaction_id = NEW.transaction_id) THEN
        RAISE EXCEPTION 'no published transaction has the id %: a verdict is about one that scoring.current_prediction shows', NEW.transaction_id
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    NEW.written_by := session_user;
    NEW.written_at := clock_timestamp();
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION scoring.sign_verdict() IS 'Says who wrote a verdict and when, and refuses one about nothing.';
REVOKE ALL ON FUNCTION scoring.sign_verdict() FROM PUBLIC;
CREATE TRIGGER signed BEFORE INSERT ON scoring.feedback FOR EACH ROW EXECUTE FUNCTION scoring.sign_verdict();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON scoring.feedback FOR EACH ROW EXECUTE FUNCTION scoring.refuse_change();

ALTER TABLE scoring.seal ADD COLUMN verdict_rows bigint NOT NULL DEFAULT 0 CHECK (verdict_rows >= 0);
COMMENT ON COLUMN scoring.seal.verdict_rows IS 'Labels: how many of source_rows analysts wrote in the night; the others are the source''s, or stragglers.';

CREATE TABLE scoring.matured_alert (
    run_id         bigint NOT NULL,
    known_through  date NOT NULL,
    night          date NOT NULL,
    transaction_id scoring.transaction_key NOT NULL,
    amount         double precision NOT NULL,
    is_fraud       boolean NOT NULL,
    PRIMARY KEY (run_id, known_through, transaction_id),
    FOREIGN KEY (run_id, known_through) REFERENCES scoring.performance
);
CREATE INDEX matured_alert_by_night ON scoring.matured_alert (night, transaction_id);
COMMENT ON TABLE scoring.matured_alert IS 'One row an alert of a measured run: what it turned out to be. A restatement is new rows, what we thought then stays.';
COMMENT ON COLUMN scoring.matured_alert.known_through IS 'Labels that arrived by the end of this night count, none that came later.';
COMMENT ON COLUMN scoring.matured_alert.is_fraud IS 'Whether it was known as fraud by then; without a label it counts as genuine.';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON scoring.matured_alert FOR EACH ROW EXECUTE FUNCTION scoring.refuse_change();

DO $$
DECLARE
    history text;
BEGIN -- of these tables no row is ever forgotten, nor all of them at once
    FOREACH history IN ARRAY ARRAY['champion', 'training_ledger', 'excluded_night', 'promise', 'performance', 'performance_curve',
        'pruned_run', 'publication', 'evaluation', 'feedback', 'matured_alert']
    LOOP
        EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON scoring.%I FOR EACH STATEMENT EXECUTE FUNCTION scoring.refuse_change()', history);
    END LOOP;
END
$$;
