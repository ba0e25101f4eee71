-- What a person keeps for themselves: where they land, and the public keys they log in with.

-- The key of a workflow family; none where the role decides.
ALTER TABLE user_account ADD COLUMN landing TEXT;

-- Public by nature. The key is kept without its comment, which often names a machine.
CREATE TABLE ssh_key (
    id TEXT PRIMARY KEY NOT NULL,
    user_id TEXT NOT NULL REFERENCES user_account (id),
    name TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    public_key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    UNIQUE (user_id, name),
    UNIQUE (user_id, fingerprint)
);
