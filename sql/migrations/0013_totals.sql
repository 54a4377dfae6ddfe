-- What a night leaves to the next, so that the next need not read all that the windows reach: totals, and what is remembered beside them.

ALTER TABLE scoring.seal DROP CONSTRAINT seal_what_check;
ALTER TABLE scoring.seal ADD CONSTRAINT seal_what_check
    CHECK (what IN ('transactions', 'labels', 'features', 'reservoir', 'totals', 'remembered'));
COMMENT ON COLUMN scoring.seal.inputs IS 'Seals that it was computed from. Features: reading the same ones again gives the same bits. Totals: they serve only where these are what would be read.';
