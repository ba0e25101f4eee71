-- Who was asked to come in, and when people last did.

-- The link's secret is nowhere: only its hash is here. `scope` is 'platform' or the id of a project.
CREATE TABLE invitation (
    id TEXT PRIMARY KEY NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    scope TEXT NOT NULL,
    invited_by TEXT NOT NULL REFERENCES user_account (id),
    invited_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    used_by TEXT REFERENCES user_account (id),
    revoked_at BIGINT
);
CREATE INDEX invitation_of_scope ON invitation (scope, id);

-- None for who has not signed in since this is written down.
ALTER TABLE user_account ADD COLUMN signed_in_at BIGINT;
