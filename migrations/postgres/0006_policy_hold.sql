-- Who wants a node's policy, and why: the operation that set it, so that each hold has its one way back.

-- None for a node in service, and for a policy that was set before there was a column for it.
ALTER TABLE node ADD COLUMN policy_hold TEXT;
