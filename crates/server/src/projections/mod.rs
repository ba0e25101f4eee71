//! Projections: pure functions from facts and `now` to judged read models.

pub mod account;
pub mod approved;
pub mod audit_file;
pub mod device;
pub mod event_view;
pub mod evidence_bundle;
pub mod find;
pub mod node_awaited;
pub mod node_facts;
pub mod node_row;
pub mod node_state;
pub mod onboarding;
pub mod operation_view;
pub mod operation_words;
pub mod placement;
pub mod workload_metrics;
pub mod workload_row;
pub mod workload_standing;
pub mod workload_state;
