//! How pages reach the server: the `Console` traits, given per request, and the way back for the HTTP status.

use leptos::prelude::use_context;
use read_models::{
    account::AccountConsole,
    compute::ComputeConsole,
    error::{ConsoleError, ErrorKind},
    evidence::EvidenceConsole,
    find::FindConsole,
    iam::IamConsole,
    ids::BadId,
    nodes::NodesConsole,
    onboarding::OnboardingConsole,
    operations::OperationsConsole,
    ops::OpsConsole,
    session::SessionConsole,
    workloads::WorkloadsConsole,
};
use std::{str::FromStr, sync::Arc};

/// One Console per family, made for the person who asks. The server provides it for pages and for server functions.
#[derive(Clone)]
pub struct Consoles {
    /// What is one's own.
    pub account: Arc<dyn AccountConsole>,
    /// Who is here.
    pub session: Arc<dyn SessionConsole>,
    /// What runs.
    pub workloads: Arc<dyn WorkloadsConsole>,
    /// What can be launched.
    pub compute: Arc<dyn ComputeConsole>,
    /// The machines.
    pub nodes: Arc<dyn NodesConsole>,
    /// The machines that are being brought in.
    pub onboarding: Arc<dyn OnboardingConsole>,
    /// Find and go.
    pub find: Arc<dyn FindConsole>,
    /// Who may come in.
    pub iam: Arc<dyn IamConsole>,
    /// Plans and operations.
    pub operations: Arc<dyn OperationsConsole>,
    /// What proves what happened.
    pub evidence: Arc<dyn EvidenceConsole>,
    /// The queue of whoever looks after the machines.
    pub ops: Arc<dyn OpsConsole>,
}

/// Sets the HTTP status of the page that is being rendered. The server provides it; in the browser there is none.
#[derive(Clone)]
pub struct ResponseStatus(pub Arc<dyn Fn(u16) + Send + Sync>);

/// The Consoles of this request.
pub fn from_context() -> Result<Consoles, ConsoleError> {
    use_context::<Consoles>().ok_or_else(|| {
        ConsoleError::new(ErrorKind::Internal, "no_console", "The server gave this page nothing to ask.")
            .next("Report this: it is a defect of the server.")
    })
}

/// Reads an id of an address. What does not look like one is no such thing.
pub fn id<T: FromStr<Err = BadId>>(text: &str) -> Result<T, ConsoleError> {
    text.parse().map_err(|bad: BadId| ConsoleError::not_found(bad.kind))
}

/// Reads an id that may be left out of an address. What does not look like one counts as left out.
pub fn optional_id<T: FromStr<Err = BadId>>(text: Option<&str>) -> Option<T> {
    text.and_then(|text| text.parse().ok())
}

/// Tells the server which status the page has.
pub(crate) fn set_status(status: u16) {
    if let Some(ResponseStatus(set)) = use_context() {
        set(status);
    }
}
