-- Whether a node's agent ever said that there is no machine behind it. Never taken back.
ALTER TABLE node ADD COLUMN simulated INTEGER NOT NULL DEFAULT 0;
