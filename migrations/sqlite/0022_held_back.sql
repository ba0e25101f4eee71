-- Whether nothing begins anywhere: one row, always there, so that whoever begins something can read it and keep it as it is
-- until that is written down. Empty but for its id while operations begin.
CREATE TABLE standstill (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    operation_id TEXT,
    reason TEXT,
    begun_by TEXT,
    since INTEGER
);
INSERT INTO standstill (id) VALUES (1);
