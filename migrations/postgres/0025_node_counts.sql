-- How many nodes are in which state, told on the list of nodes: from the index alone, without their last reports.
CREATE INDEX node_counted ON node (state, policy, simulated);
