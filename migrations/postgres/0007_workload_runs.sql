-- A workload runs more than once, keeps its slot when somebody stopped it, and can be left alone for a while.

ALTER TABLE workload ADD COLUMN run BIGINT NOT NULL DEFAULT 1;
-- Stopped on purpose: its slot and its files stay its own until it is started, released or drained.
ALTER TABLE workload ADD COLUMN keeps_slot BIGINT NOT NULL DEFAULT 0;
-- Somebody took note of how it ended. It counts until then, and only for the state it was said about.
ALTER TABLE workload ADD COLUMN acknowledged_at BIGINT;
ALTER TABLE workload ADD COLUMN acknowledged_until BIGINT;
ALTER TABLE workload ADD COLUMN acknowledged_reason TEXT;
