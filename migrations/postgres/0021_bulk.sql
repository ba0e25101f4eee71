-- A bulk: one operation that has an operation of its own carried out on each of its targets.
CREATE TABLE bulk (
    operation_id TEXT PRIMARY KEY NOT NULL REFERENCES operation (id),
    -- How whoever asked came in: what they may do is looked at again before each target.
    session_id TEXT,
    token_id TEXT,
    -- So many that did not succeed a person has let pass.
    forgiven BIGINT NOT NULL DEFAULT 0,
    -- A person ended it: no further target is started.
    stopped BIGINT NOT NULL DEFAULT 0
);

-- Its targets in order, those that were left out last.
CREATE TABLE bulk_target (
    parent_id TEXT NOT NULL REFERENCES operation (id),
    position BIGINT NOT NULL,
    kind TEXT NOT NULL,
    target_id TEXT NOT NULL,
    name TEXT NOT NULL,
    included BIGINT NOT NULL,
    plan_hash TEXT NOT NULL,
    -- Which try this is; a person who has the failed ones tried again counts it up.
    attempt BIGINT NOT NULL DEFAULT 1,
    -- Why it was left out, or was not started in its turn.
    why TEXT,
    PRIMARY KEY (parent_id, position)
);

-- The operations of its targets: each is written down in the transaction that accepts it.
CREATE TABLE bulk_child (
    child_id TEXT PRIMARY KEY NOT NULL REFERENCES operation (id),
    parent_id TEXT NOT NULL REFERENCES operation (id),
    position BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    UNIQUE (parent_id, position, attempt)
);
