//! Plans and operations, of both planes.

mod bulk_plan;
mod calls;
mod confirm;
mod evidence;
mod operation;
mod plan;

pub(crate) use evidence::OperationEvidencePage;
pub(crate) use operation::OperationPage;
pub(crate) use plan::PlanPage;
