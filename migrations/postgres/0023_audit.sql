-- The audit is searched by who, what, on what and where, within a time, newest first. What an operation did is few events:
-- those are found by its number in the chain.
CREATE INDEX event_by_time ON event (at, seq);
CREATE INDEX event_by_actor ON event (actor, at, seq);
CREATE INDEX event_by_kind ON event (kind, at, seq);
CREATE INDEX event_of_project_by_time ON event (project_id, at, seq);
CREATE INDEX event_of_resource_by_time ON event (resource, at, seq);

-- A file that was made of the audit: what was asked for, and what it was when it was made. The file itself is written anew
-- from the chain whenever somebody takes it, and has to be the same.
CREATE TABLE evidence_export (
    operation_id TEXT PRIMARY KEY NOT NULL,
    made_by TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    format TEXT NOT NULL,
    -- The search, as it stands in an address.
    search TEXT NOT NULL,
    -- Nothing later in the chain is in it.
    upto_seq BIGINT NOT NULL,
    events BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    sha256 TEXT NOT NULL
);

-- How far somebody's check of the chain is, and what came of it.
CREATE TABLE audit_verification (
    operation_id TEXT PRIMARY KEY NOT NULL,
    begun_at BIGINT NOT NULL,
    -- The first number and the last that are checked.
    from_seq BIGINT NOT NULL,
    to_seq BIGINT NOT NULL,
    -- The last that was good, and its hash.
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL,
    checkpoints BIGINT NOT NULL,
    finished_at BIGINT,
    -- Where the first thing is that does not fit, and what.
    broken_seq BIGINT,
    misfit TEXT
);
CREATE INDEX audit_verification_over ON audit_verification (finished_at) WHERE finished_at IS NOT NULL;
