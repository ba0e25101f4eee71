-- What a person proves themselves with, beside the password: and what they hand in to change it.

-- Sealed, used by one operation of the person who handed it in, and empty from then on. The session is none for a program.
CREATE TABLE kept_secret (
    id TEXT PRIMARY KEY NOT NULL,
    user_id TEXT NOT NULL REFERENCES user_account (id),
    session_id TEXT,
    purpose TEXT NOT NULL,
    sealed TEXT,
    digest TEXT NOT NULL,
    kept_at INTEGER NOT NULL,
    good_until INTEGER NOT NULL,
    used_by TEXT
);
CREATE INDEX kept_secret_of_person ON kept_secret (user_id, kept_at);

-- None for a password that is as old as this column or older.
ALTER TABLE user_account ADD COLUMN password_set_at INTEGER;

-- Of a secret for an authenticator app: the time step of the code that showed that the app has it.
ALTER TABLE kept_secret ADD COLUMN confirmed_step INTEGER;

-- The authenticator app of a person. A code counts once: the time step of the last one is here.
CREATE TABLE totp (
    user_id TEXT PRIMARY KEY NOT NULL REFERENCES user_account (id),
    sealed TEXT NOT NULL,
    last_step INTEGER NOT NULL,
    added_at INTEGER NOT NULL,
    added_by TEXT NOT NULL,
    last_used_at INTEGER
);

-- Codes for who has lost the app, one use each. They are made again from the sealing key and the operation while they are shown.
CREATE TABLE recovery_code (
    user_id TEXT NOT NULL REFERENCES user_account (id),
    hash TEXT NOT NULL,
    issued_by TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    used_at INTEGER,
    PRIMARY KEY (user_id, hash)
);

-- The password was right and the second factor is still to come: nobody is signed in by it.
CREATE TABLE half_sign_in (
    key_hash TEXT PRIMARY KEY NOT NULL,
    user_id TEXT NOT NULL REFERENCES user_account (id),
    began_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
);
