-- What things are found by, and the addresses of lists that people keep.
-- A beginning of a name, the last six digits of an id (as pages show them), and what a node is reached by have an index.

ALTER TABLE node ADD COLUMN find_name TEXT GENERATED ALWAYS AS (LOWER(name)) VIRTUAL;
ALTER TABLE node ADD COLUMN find_tail TEXT GENERATED ALWAYS AS (SUBSTR(id, LENGTH(id) - 5)) VIRTUAL;
CREATE INDEX node_by_find_name ON node (find_name);
CREATE INDEX node_by_find_tail ON node (find_tail);

ALTER TABLE workload ADD COLUMN find_name TEXT GENERATED ALWAYS AS (LOWER(name)) VIRTUAL;
ALTER TABLE workload ADD COLUMN find_tail TEXT GENERATED ALWAYS AS (SUBSTR(id, LENGTH(id) - 5)) VIRTUAL;
CREATE INDEX workload_by_find_name ON workload (find_name);
CREATE INDEX workload_by_project_and_find_name ON workload (project_id, find_name);
CREATE INDEX workload_by_find_tail ON workload (find_tail);

ALTER TABLE operation ADD COLUMN find_tail TEXT GENERATED ALWAYS AS (SUBSTR(id, LENGTH(id) - 5)) VIRTUAL;
CREATE INDEX operation_by_find_tail ON operation (find_tail);

-- Host names, IP addresses and hardware addresses of nodes, as their agents report them: in lower case, hardware
-- addresses as digits without separators. `kind` is 'host', 'ip' or 'mac'.
CREATE TABLE node_address (
    node_id TEXT NOT NULL REFERENCES node (id),
    kind TEXT NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (node_id, kind, address)
);
CREATE INDEX node_address_by_address ON node_address (address);

-- `address` has the filters of the list as they were, and nothing else.
CREATE TABLE saved_view (
    id TEXT PRIMARY KEY NOT NULL,
    user_id TEXT NOT NULL REFERENCES user_account (id),
    route TEXT NOT NULL,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    saved_at INTEGER NOT NULL,
    UNIQUE (user_id, route, name)
);
