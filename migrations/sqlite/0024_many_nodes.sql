-- Who speaks for which node, read once a second for all sessions: from the index alone, without the nodes' last reports.
CREATE INDEX node_speaking ON node (connected_to, id, certificate_serial, policy, state) WHERE connected_to IS NOT NULL;
-- Who has fallen silent, looked for every second.
CREATE INDEX node_heard ON node (state, COALESCE(last_heartbeat_at, state_since));
