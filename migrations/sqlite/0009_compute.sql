-- What a node has room for, what a workload was promised at its launch, and who may log in to it.

-- As the newest heartbeat says; none until it does, or when its agent cannot tell.
ALTER TABLE node ADD COLUMN cpus INTEGER;
ALTER TABLE node ADD COLUMN memory_bytes INTEGER;
-- The model of its GPUs and how many there are of it; a count of 0 is a machine that has none.
ALTER TABLE node ADD COLUMN gpu_model TEXT;
ALTER TABLE node ADD COLUMN gpu_count INTEGER;

-- The price at its launch: a SKU that changes its price does not change what was agreed.
ALTER TABLE workload ADD COLUMN price_microcents_per_hour INTEGER NOT NULL DEFAULT 0;
UPDATE workload SET price_microcents_per_hour = (SELECT price_microcents_per_hour FROM sku WHERE sku.id = workload.sku_id);
-- Public keys, a JSON list of lines as in authorized_keys.
ALTER TABLE workload ADD COLUMN ssh_keys TEXT NOT NULL DEFAULT '[]';

-- Counts the changes: a plan that stands on one revision is void after the next.
ALTER TABLE sku ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;

-- One placement at a time decides by what is held, so that none overlooks another.
INSERT INTO lock_gate (id, turns) VALUES (2, 0);
