-- Machines that are being brought in, what was refused while they tried, and when each sign of a node was first seen.

-- Where it stands is told by these facts and by those of its token and its node; there is no column that could disagree.
CREATE TABLE onboarding (
    id TEXT PRIMARY KEY NOT NULL,
    begun_by TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    mode TEXT NOT NULL,
    -- Where the machine stands, in its operator's words.
    site TEXT,
    role TEXT,
    node_name TEXT,
    enrolment_token_id TEXT UNIQUE REFERENCES enrolment_token (id),
    -- Since when that token is its.
    token_at BIGINT,
    abandoned_at BIGINT,
    abandoned_by TEXT,
    abandoned_reason TEXT
);
CREATE INDEX onboarding_by_time ON onboarding (begun_at);

-- Attempts with one reason from one machine are one row. The token is told only where there is one with that id.
CREATE TABLE enrolment_attempt (
    id TEXT PRIMARY KEY NOT NULL,
    at BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    reason TEXT NOT NULL,
    sentence TEXT NOT NULL,
    next_step TEXT NOT NULL,
    address TEXT NOT NULL,
    -- Empty where it did not get to say.
    machine TEXT NOT NULL,
    -- Empty where it could not be told.
    enrolment_token_id TEXT NOT NULL,
    -- 1 where the agent told it later.
    told_later BIGINT NOT NULL
);
CREATE INDEX enrolment_attempt_by_token ON enrolment_attempt (enrolment_token_id, at);
CREATE INDEX enrolment_attempt_by_address ON enrolment_attempt (address, at);
CREATE INDEX enrolment_attempt_by_time ON enrolment_attempt (at);

-- None for what was first seen before this was written down.
ALTER TABLE node ADD COLUMN first_heartbeat_at BIGINT;
ALTER TABLE node ADD COLUMN first_capabilities_at BIGINT;
ALTER TABLE node ADD COLUMN first_usage_at BIGINT;
