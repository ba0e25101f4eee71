-- Between which checkpoints a time lies, for bundles of a thing and a time.
CREATE INDEX checkpoint_by_time ON checkpoint (at, seq);
