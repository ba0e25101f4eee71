-- What a person proves themselves with, beside the password: and what they hand in to change it.

-- Sealed, used by one operation of the person who handed it in, and empty from then on. The session is none for a program.
CREATE TABLE kept_secret (
    id TEXT PRIMARY KEY NOT NULL,
    user_id TEXT NOT NULL REFERENCES user_account (id),
    session_id TEXT,
    purpose TEXT NOT NULL,
    sealed TEXT,
    digest TEXT NOT NULL,
    kept_at BIGINT NOT NULL,
    good_until BIGINT NOT NULL,
    used_by TEXT
);
CREATE INDEX kept_secret_of_person ON kept_secret (user_id, kept_at);

-- None for a password that is as old as this column or older.
ALTER TABLE user_account ADD COLUMN password_set_at BIGINT;
