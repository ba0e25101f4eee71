-- Who may do what, the projects they do it in, what a project can launch, and the tokens that let machines in.
-- Times are microseconds since the Unix epoch. Secrets are stored as SHA-256 in hex, passwords as argon2id.

CREATE TABLE user_account (
    id TEXT PRIMARY KEY NOT NULL,
    email TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    suspended_at INTEGER
);

CREATE TABLE project (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
);

-- `scope` is 'platform' or the id of a project.
CREATE TABLE role_grant (
    user_id TEXT NOT NULL REFERENCES user_account (id),
    role TEXT NOT NULL,
    scope TEXT NOT NULL,
    granted_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, role, scope)
);

-- The key in the browser's cookie is only here as its hash.
CREATE TABLE session (
    id_hash TEXT PRIMARY KEY NOT NULL,
    id TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES user_account (id),
    signed_in_at INTEGER NOT NULL,
    stepped_up_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    idle_until INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    device TEXT NOT NULL,
    project_id TEXT REFERENCES project (id)
);
CREATE INDEX session_by_user ON session (user_id);
CREATE INDEX session_by_end ON session (idle_until);

CREATE TABLE api_token (
    id TEXT PRIMARY KEY NOT NULL,
    user_id TEXT NOT NULL REFERENCES user_account (id),
    hash TEXT NOT NULL UNIQUE,
    scope TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at INTEGER
);
CREATE INDEX api_token_by_user ON api_token (user_id);

CREATE TABLE sign_in_attempt (
    subject_kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    failures INTEGER NOT NULL,
    next_allowed_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (subject_kind, subject)
);

CREATE TABLE bootstrap_link (
    hash TEXT PRIMARY KEY NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
);

CREATE TABLE sku (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    placement TEXT NOT NULL,
    cpus INTEGER NOT NULL,
    memory_bytes INTEGER NOT NULL,
    gpu_model TEXT,
    gpu_count INTEGER NOT NULL,
    price_microcents_per_hour INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER
);

-- `certificate_pem` is the answer that the same key gets again within ten minutes: a lost answer is not a lost node.
CREATE TABLE enrolment_token (
    id TEXT PRIMARY KEY NOT NULL,
    secret_hash TEXT NOT NULL,
    node_name TEXT,
    issued_by TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    used_key_fingerprint TEXT,
    node_id TEXT,
    revoked_at INTEGER,
    refused_count INTEGER NOT NULL,
    certificate_pem TEXT
);
