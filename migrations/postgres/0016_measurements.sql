-- What agents measured of workloads. NULL is unknown, never zero.
-- Times are microseconds since the Unix epoch.

-- Each measurement, kept for two hours. `measured_at` is the agent's clock and says which one it is when it comes again;
-- `at` is the same moment by the server's clock. What is per time is the mean over the `over_us` before.
CREATE TABLE workload_measurement (
    workload_id TEXT NOT NULL,
    measured_at BIGINT NOT NULL,
    at BIGINT NOT NULL,
    over_us BIGINT NOT NULL,
    cpu_millis BIGINT,
    memory_bytes BIGINT,
    processes BIGINT,
    disk_read BIGINT,
    disk_written BIGINT,
    gpu_millis BIGINT,
    gpu_memory BIGINT,
    PRIMARY KEY (workload_id, measured_at)
);
CREATE INDEX workload_measurement_by_time ON workload_measurement (at);

-- The same by five minutes, kept for two weeks.
CREATE TABLE workload_measurement_bucket (
    workload_id TEXT NOT NULL,
    begins_at BIGINT NOT NULL,
    samples BIGINT NOT NULL,
    covered_us BIGINT NOT NULL,
    cpu_millis_avg BIGINT,
    cpu_millis_min BIGINT,
    cpu_millis_max BIGINT,
    memory_bytes_avg BIGINT,
    memory_bytes_min BIGINT,
    memory_bytes_max BIGINT,
    processes_avg BIGINT,
    processes_min BIGINT,
    processes_max BIGINT,
    disk_read_avg BIGINT,
    disk_read_min BIGINT,
    disk_read_max BIGINT,
    disk_written_avg BIGINT,
    disk_written_min BIGINT,
    disk_written_max BIGINT,
    gpu_millis_avg BIGINT,
    gpu_millis_min BIGINT,
    gpu_millis_max BIGINT,
    gpu_memory_avg BIGINT,
    gpu_memory_min BIGINT,
    gpu_memory_max BIGINT,
    PRIMARY KEY (workload_id, begins_at)
);
CREATE INDEX workload_measurement_bucket_by_time ON workload_measurement_bucket (begins_at);

-- Up to where measurements are in buckets. Who moves it on has made the bucket, and nobody else.
CREATE TABLE workload_measurement_mark (
    id BIGINT PRIMARY KEY NOT NULL,
    done_until BIGINT NOT NULL
);
INSERT INTO workload_measurement_mark (id, done_until) VALUES (1, 0);
