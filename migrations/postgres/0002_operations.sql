-- What was planned and asked for, who waits for what, and everything that happened, in one chain.
-- Times are microseconds since the Unix epoch.

-- A plan is kept for whoever asked, under its hash, until `good_until`.
CREATE TABLE plan (
    id TEXT PRIMARY KEY NOT NULL,
    hash TEXT NOT NULL,
    user_id TEXT NOT NULL,
    operation TEXT NOT NULL,
    target_kind TEXT NOT NULL,
    target_id TEXT NOT NULL,
    project_id TEXT,
    input TEXT NOT NULL,
    body TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    good_until BIGINT NOT NULL,
    UNIQUE (user_id, hash)
);

-- `record` is the engine's; everything beside it is for finding operations without reading it.
CREATE TABLE operation (
    id TEXT PRIMARY KEY NOT NULL,
    operation TEXT NOT NULL,
    target_kind TEXT NOT NULL,
    target_id TEXT NOT NULL,
    project_id TEXT,
    input TEXT NOT NULL,
    plan_hash TEXT NOT NULL,
    user_id TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    requested_at BIGINT NOT NULL,
    accepted_at BIGINT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    state TEXT NOT NULL,
    state_since BIGINT NOT NULL,
    waiting_on TEXT,
    attention TEXT,
    attention_since BIGINT,
    finished_at BIGINT,
    locks TEXT NOT NULL,
    record TEXT NOT NULL,
    lease_owner TEXT,
    lease_until BIGINT NOT NULL,
    fencing_token BIGINT NOT NULL,
    -- When a worker should look at it; none when it is parked until woken.
    wake_at BIGINT,
    -- Set by whoever wakes it, so that a worker about to park it does not sleep over the news.
    woken BIGINT NOT NULL,
    UNIQUE (user_id, idempotency_key)
);
CREATE INDEX operation_due ON operation (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX operation_of_target ON operation (target_kind, target_id, id);
CREATE INDEX operation_of_project ON operation (project_id, id);
CREATE INDEX operation_open ON operation (state, id);

CREATE TABLE operation_lock (
    operation_id TEXT NOT NULL REFERENCES operation (id),
    resource TEXT NOT NULL,
    mode TEXT NOT NULL,
    held BIGINT NOT NULL,
    PRIMARY KEY (operation_id, resource)
);
CREATE INDEX operation_lock_of_resource ON operation_lock (resource);

-- One row whose update makes everybody who takes or releases locks wait in line.
CREATE TABLE lock_gate (id BIGINT PRIMARY KEY NOT NULL, turns BIGINT NOT NULL);
INSERT INTO lock_gate (id, turns) VALUES (1, 0);

-- Written in the transaction that makes it true; numbered and chained by the one sequencer, then removed.
CREATE TABLE outbox (
    id TEXT PRIMARY KEY NOT NULL,
    at BIGINT NOT NULL,
    -- Keeps what one program wrote at the same moment in the order it was written.
    position BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    sentence TEXT NOT NULL,
    operation_id TEXT,
    step BIGINT,
    project_id TEXT,
    resource TEXT,
    body TEXT NOT NULL
);

CREATE TABLE event (
    seq BIGINT PRIMARY KEY NOT NULL,
    id TEXT NOT NULL UNIQUE,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    sentence TEXT NOT NULL,
    operation_id TEXT,
    step BIGINT,
    project_id TEXT,
    resource TEXT,
    body TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX event_of_operation ON event (operation_id, seq);
CREATE INDEX event_of_resource ON event (resource, seq);
CREATE INDEX event_of_project ON event (project_id, seq);

-- Who numbers the events now, and where the chain ends.
CREATE TABLE sequencer (
    id BIGINT PRIMARY KEY NOT NULL,
    lease_owner TEXT,
    lease_until BIGINT NOT NULL,
    fencing_token BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    last_hash TEXT NOT NULL
);
INSERT INTO sequencer (id, lease_owner, lease_until, fencing_token, last_seq, last_hash) VALUES (1, NULL, 0, 0, 0, '');

-- A form that came back with errors, so that nothing typed is lost.
CREATE TABLE form_draft (
    id TEXT PRIMARY KEY NOT NULL,
    user_id TEXT NOT NULL,
    operation TEXT NOT NULL,
    fields TEXT NOT NULL,
    errors TEXT NOT NULL,
    made_at BIGINT NOT NULL
);
