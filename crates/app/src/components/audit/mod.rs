//! The audit, on the platform's pages and on a project's: what is searched for, what happened, and the same as a bundle.

pub(crate) mod bundle;
pub(crate) mod bundle_form;
pub(crate) mod rows;
pub(crate) mod search_form;

use read_models::{audit::AuditSearch, navigation::Address, session::ProjectRef};

/// Where a search leads: on the platform, or in the one project.
pub(crate) fn address(scope: Option<&ProjectRef>, search: AuditSearch) -> Address {
    match scope {
        None => Address::EvidenceAudit(search),
        Some(project) => {
            // Another project is another page of the same kind.
            Address::AccessAudit { project: Some(project.id.clone()), search: search.with("project", None) }
        }
    }
}
