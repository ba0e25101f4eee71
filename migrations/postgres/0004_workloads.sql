-- What tenants run, the slots it holds, and what it said.
-- Times are microseconds since the Unix epoch.

CREATE TABLE workload (
    id TEXT PRIMARY KEY NOT NULL,
    project_id TEXT NOT NULL REFERENCES project (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    state_since BIGINT NOT NULL,
    sku_id TEXT NOT NULL REFERENCES sku (id),
    command TEXT NOT NULL,
    port BIGINT,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    launch_operation_id TEXT NOT NULL,
    node_id TEXT REFERENCES node (id),
    slot BIGINT,
    -- Somebody asked it to end: an exit after this is not a failure.
    stop_requested_at BIGINT,
    ready_at BIGINT,
    ended_at BIGINT,
    exit_code BIGINT,
    exit_signal BIGINT,
    -- Why it failed, for people.
    failure TEXT,
    -- Until when it stays on the default view after it ended badly.
    actionable_until BIGINT,
    archived_at BIGINT,
    -- The agent's newest report of it.
    report TEXT,
    report_at BIGINT
);
CREATE INDEX workload_of_project ON workload (project_id, archived_at, id);
CREATE INDEX workload_of_node ON workload (node_id, id);

-- A slot is held by one workload. The unique index is what keeps two launches apart.
CREATE TABLE allocation (
    workload_id TEXT PRIMARY KEY NOT NULL REFERENCES workload (id),
    node_id TEXT NOT NULL REFERENCES node (id),
    slot BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (node_id, slot)
);

-- The newest end of a workload's log, in the pieces it arrived in.
CREATE TABLE workload_log (
    workload_id TEXT NOT NULL REFERENCES workload (id),
    start_byte BIGINT NOT NULL,
    end_byte BIGINT NOT NULL,
    text TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (workload_id, start_byte)
);
