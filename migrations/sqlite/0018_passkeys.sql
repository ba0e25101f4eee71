-- Passkeys: what is known of a person's, and what a browser was asked and has not answered yet.

-- The public key and its counter, as the library writes them. Doubted: an answer came whose counter had gone back.
CREATE TABLE passkey (
    id TEXT PRIMARY KEY NOT NULL,
    user_id TEXT NOT NULL REFERENCES user_account (id),
    name TEXT NOT NULL,
    credential_id TEXT NOT NULL UNIQUE,
    credential TEXT NOT NULL,
    counter INTEGER NOT NULL,
    added_at INTEGER NOT NULL,
    added_by TEXT NOT NULL,
    last_used_at INTEGER,
    doubted_at INTEGER
);
CREATE INDEX passkey_of_person ON passkey (user_id, added_at);

-- One question, for one browser, for minutes, and answered once: rightly or wrongly it is gone then.
CREATE TABLE passkey_ceremony (
    key_hash TEXT PRIMARY KEY NOT NULL,
    owner TEXT NOT NULL,
    state TEXT NOT NULL,
    began_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
);
CREATE INDEX passkey_ceremony_of_owner ON passkey_ceremony (owner, began_at);
