//! What the lifecycle pages ask.

use read_models::{
    error::ConsoleError,
    nodes::{NodeDetail, NodesView},
    onboarding::{OnboardingView, OnboardingsView},
};

/// Which nodes are there, which need action, how does one come in?
pub(crate) async fn load_nodes(
    cursor: Option<String>,
    draft: Option<String>,
) -> Result<NodesView, ConsoleError> {
    use crate::console::{from_context, optional_id};
    let page = read_models::paging::PageRequest { limit: None, cursor };
    from_context()?.nodes.nodes_view(page, optional_id(draft.as_deref())).await
}

/// What is this node, how is it, and what can be done with it?
pub(crate) async fn load_node(id: String, draft: Option<String>) -> Result<NodeDetail, ConsoleError> {
    use crate::console;
    console::from_context()?.nodes.node(console::id(&id)?, console::optional_id(draft.as_deref())).await
}

/// Which machines are being brought in, and how does another one begin?
pub(crate) async fn load_onboardings(draft: Option<String>) -> Result<OnboardingsView, ConsoleError> {
    use crate::console;
    console::from_context()?.onboarding.onboardings(console::optional_id(draft.as_deref())).await
}

/// How does this onboarding stand, and what does one of its steps show?
pub(crate) async fn load_onboarding(
    id: String,
    step: Option<String>,
    draft: Option<String>,
) -> Result<OnboardingView, ConsoleError> {
    use crate::console;
    use read_models::onboarding::OnboardingStep;
    let step = step.as_deref().and_then(OnboardingStep::parse);
    let draft = console::optional_id(draft.as_deref());
    console::from_context()?.onboarding.onboarding(console::id(&id)?, step, draft).await
}
