//! Lifecycle: the machines, how they stand, how they come in.

mod calls;
mod enrolment;
mod node;
mod nodes;
mod onboard;

pub(crate) use node::{
    NodeActivityPage, NodeCapabilitiesPage, NodeCertificatePage, NodeOperationsPage, NodePosturePage,
};
pub(crate) use nodes::NodesPage;
pub(crate) use onboard::{OnboardingPage, OnboardingsPage};
