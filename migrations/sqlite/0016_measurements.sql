-- What agents measured of workloads. NULL is unknown, never zero.
-- Times are microseconds since the Unix epoch.

-- Each measurement, kept for two hours. `measured_at` is the agent's clock and says which one it is when it comes again;
-- `at` is the same moment by the server's clock. What is per time is the mean over the `over_us` before.
CREATE TABLE workload_measurement (
    workload_id TEXT NOT NULL,
    measured_at INTEGER NOT NULL,
    at INTEGER NOT NULL,
    over_us INTEGER NOT NULL,
    cpu_millis INTEGER,
    memory_bytes INTEGER,
    processes INTEGER,
    disk_read INTEGER,
    disk_written INTEGER,
    gpu_millis INTEGER,
    gpu_memory INTEGER,
    PRIMARY KEY (workload_id, measured_at)
);
CREATE INDEX workload_measurement_by_time ON workload_measurement (at);

-- The same by five minutes, kept for two weeks.
CREATE TABLE workload_measurement_bucket (
    workload_id TEXT NOT NULL,
    begins_at INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    covered_us INTEGER NOT NULL,
    cpu_millis_avg INTEGER,
    cpu_millis_min INTEGER,
    cpu_millis_max INTEGER,
    memory_bytes_avg INTEGER,
    memory_bytes_min INTEGER,
    memory_bytes_max INTEGER,
    processes_avg INTEGER,
    processes_min INTEGER,
    processes_max INTEGER,
    disk_read_avg INTEGER,
    disk_read_min INTEGER,
    disk_read_max INTEGER,
    disk_written_avg INTEGER,
    disk_written_min INTEGER,
    disk_written_max INTEGER,
    gpu_millis_avg INTEGER,
    gpu_millis_min INTEGER,
    gpu_millis_max INTEGER,
    gpu_memory_avg INTEGER,
    gpu_memory_min INTEGER,
    gpu_memory_max INTEGER,
    PRIMARY KEY (workload_id, begins_at)
);
CREATE INDEX workload_measurement_bucket_by_time ON workload_measurement_bucket (begins_at);

-- Up to where measurements are in buckets. Who moves it on has made the bucket, and nobody else.
CREATE TABLE workload_measurement_mark (
    id INTEGER PRIMARY KEY NOT NULL,
    done_until INTEGER NOT NULL
);
INSERT INTO workload_measurement_mark (id, done_until) VALUES (1, 0);
