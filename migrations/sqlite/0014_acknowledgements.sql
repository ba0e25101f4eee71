-- What needs an operator and may be left alone for a while.

-- `item` is what and what about it, `item_since` since when it is so: when that is another time, it is another item.
CREATE TABLE acknowledgement (
    item TEXT PRIMARY KEY NOT NULL,
    item_since INTEGER NOT NULL,
    reason TEXT NOT NULL,
    acknowledged_by TEXT NOT NULL,
    acknowledged_at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    operation_id TEXT NOT NULL REFERENCES operation (id)
);
CREATE INDEX acknowledgement_of_operation ON acknowledgement (operation_id);
