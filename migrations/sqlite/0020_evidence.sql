-- Where the chain ended at a time, signed: kept for good, so that whoever has a copy can be shown the same.
CREATE TABLE checkpoint (
    seq INTEGER PRIMARY KEY NOT NULL,
    hash TEXT NOT NULL,
    at INTEGER NOT NULL,
    key_id TEXT NOT NULL,
    signature TEXT NOT NULL
);

-- Somebody waits for a checkpoint at the end of the chain.
ALTER TABLE sequencer ADD COLUMN checkpoint_wanted INTEGER NOT NULL DEFAULT 0;
