//! Who may do what in a project, and what was done in it.

mod audit;
mod calls;

pub(crate) use audit::AccessAuditPage;
