//! Plans and operations, of both planes.

mod calls;
mod confirm;
mod operation;
mod plan;

pub(crate) use operation::OperationPage;
pub(crate) use plan::PlanPage;
