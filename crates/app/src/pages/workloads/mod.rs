//! Workloads: what runs, what needs action, what is safe to ignore.

mod activity;
mod calls;
mod detail;
mod metrics;
mod operations;
mod workbench;
mod workload_log;
mod workload_row;

pub(crate) use activity::WorkloadActivityPage;
pub(crate) use metrics::WorkloadMetricsPage;
pub(crate) use operations::WorkloadOperationsPage;
pub(crate) use workbench::WorkbenchPage;
pub(crate) use workload_log::WorkloadLogPage;
