-- What lists and counts are read by, so that they cost the same however much is over.

-- Whether a workload belongs on the default view: 'always' while something of it runs or it keeps its slot, 'for_now' while
-- its window is open, 'never' any more. `projections::workload_standing` judges the same; a test holds the two together.
ALTER TABLE workload ADD COLUMN on_view TEXT GENERATED ALWAYS AS (CASE
    WHEN state IN ('requested', 'provisioning', 'running', 'paused', 'stopping') THEN 'always'
    WHEN archived_at IS NOT NULL THEN 'never'
    WHEN state = 'stopped' AND keeps_slot = 1 THEN 'always'
    WHEN actionable_until IS NULL THEN 'never'
    ELSE 'for_now' END) VIRTUAL;

DROP INDEX workload_of_project;
CREATE INDEX workload_of_project ON workload (project_id, id);
CREATE INDEX workload_of_project_by_view ON workload (project_id, on_view, id);
CREATE INDEX workload_by_view ON workload (on_view, id);
CREATE INDEX workload_of_project_counted ON workload (project_id, state, on_view, actionable_until);
CREATE INDEX workload_of_project_window ON workload (project_id, actionable_until, id) WHERE on_view = 'for_now';
CREATE INDEX workload_window ON workload (actionable_until, id) WHERE on_view = 'for_now';
CREATE INDEX workload_acknowledged ON workload (project_id, acknowledged_until) WHERE on_view = 'for_now';
CREATE INDEX workload_named ON workload (project_id, name) WHERE on_view = 'always';
CREATE INDEX workload_of_sku ON workload (project_id, sku_id, state) WHERE on_view = 'always';

-- What is under way is little beside what ever was.
CREATE INDEX operation_under_way ON operation (id) WHERE finished_at IS NULL;
CREATE INDEX operation_under_way_of_project ON operation (project_id, id) WHERE finished_at IS NULL;
CREATE INDEX operation_under_way_of_target ON operation (target_kind, target_id, id) WHERE finished_at IS NULL;
CREATE INDEX operation_asks ON operation (id) WHERE finished_at IS NULL AND attention IS NOT NULL;
CREATE INDEX operation_stuck ON operation (state_since, id) WHERE state = 'stuck';
CREATE INDEX operation_succeeded ON operation (operation, id) WHERE state = 'succeeded';
CREATE INDEX operation_of_kind ON operation (target_kind, id);
CREATE INDEX operation_of_target_and_name ON operation (target_kind, target_id, operation, id);

-- Nodes that may need a person, without reading the others.
CREATE INDEX node_silent ON node (name) WHERE state = 'unreachable';
CREATE INDEX node_worked_on ON node (name) WHERE policy = 'maintenance';
CREATE INDEX node_by_end_of_certificate ON node (certificate_not_after, id) WHERE policy <> 'retired';
CREATE INDEX node_skewed ON node (name) WHERE clock_skew_us > 30000000 OR clock_skew_us < -30000000;
CREATE INDEX node_counted ON node (state, policy, simulated);
