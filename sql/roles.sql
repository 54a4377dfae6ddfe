-- The four group roles, made where they are missing: migrations name them, sql/roles/ says what each may do.
DO $$
DECLARE
    role name;
BEGIN
    FOREACH role IN ARRAY ARRAY['nightshift_loader', 'nightshift_scorer', 'nightshift_trainer', 'nightshift_analyst'] LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role);
            END IF;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL; -- made at the same moment by another database of this server
        END;
    END LOOP;
END
$$;
