-- The machines, what they were told, and what was refused at the door.
-- Times are microseconds since the Unix epoch.

-- `policy` is what operators want, `state` is what is true; they are never mixed.
CREATE TABLE node (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    policy TEXT NOT NULL,
    policy_since BIGINT NOT NULL,
    state TEXT NOT NULL,
    state_since BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    identity_fingerprint TEXT NOT NULL,
    certificate_serial TEXT NOT NULL,
    certificate_not_before BIGINT NOT NULL,
    certificate_not_after BIGINT NOT NULL,
    agent_version TEXT,
    hostname TEXT,
    boot_id TEXT,
    clock_skew_us BIGINT,
    last_heartbeat_at BIGINT,
    -- The newest heartbeat, whole; written at most every few seconds unless something in it changed.
    heartbeat TEXT,
    slots_total BIGINT,
    -- Which server its agent is connected to, and since when; none when it is not.
    connected_to TEXT,
    connected_at BIGINT
);

-- A command outlives the connection it is sent on. The same id never has two effects.
CREATE TABLE command (
    id TEXT PRIMARY KEY NOT NULL,
    node_id TEXT NOT NULL REFERENCES node (id),
    operation_id TEXT NOT NULL,
    step BIGINT NOT NULL,
    fencing_token BIGINT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    deadline_at BIGINT NOT NULL,
    delivered_at BIGINT,
    answered_at BIGINT,
    result TEXT
);
CREATE INDEX command_unanswered ON command (node_id, created_at) WHERE answered_at IS NULL;

-- Something that was refused at the door and that an operator should know of.
CREATE TABLE incident (
    id TEXT PRIMARY KEY NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    sentence TEXT NOT NULL,
    address TEXT,
    enrolment_token_id TEXT,
    node_id TEXT
);
CREATE INDEX incident_newest ON incident (at);
