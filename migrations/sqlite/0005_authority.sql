-- What the server itself made and must not lie readable: the certificate authority's keys, sealed with the key that is
-- kept outside the database. They are here and not in a file so that every replica has the same.

CREATE TABLE sealed_secret (
    name TEXT PRIMARY KEY NOT NULL,
    sealed TEXT NOT NULL,
    made_at INTEGER NOT NULL
);
