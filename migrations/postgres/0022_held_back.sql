-- Whether nothing begins anywhere: one row, always there, so that whoever begins something can read it and keep it as it is
-- until that is written down. Empty but for its id while operations begin.
CREATE TABLE standstill (
    id BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    operation_id TEXT,
    reason TEXT,
    begun_by TEXT,
    since BIGINT
);
INSERT INTO standstill (id) VALUES (1);

-- What needs a second person's approval, on the platform (`platform`) or in a project (its id); nothing where none is named.
CREATE TABLE approval_policy (
    scope TEXT PRIMARY KEY NOT NULL,
    needs TEXT NOT NULL,
    operation_id TEXT NOT NULL,
    set_by TEXT NOT NULL,
    set_at BIGINT NOT NULL
);
