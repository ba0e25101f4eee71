//! The step that has a node take new workloads again, for every way back into service.

use super::super::world::World;
use super::policy;
use crate::store::nodes::PolicyHold;
use async_trait::async_trait;
use operations::{Attempt, Clearing, Observation, Performed, Repeat, Step, Trouble, Undo};
use read_models::ids::NodeId;
use read_models::nodes::NodePolicy;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What it does.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum InServiceStep {
    PutInService {
        node: NodeId,
        before: NodePolicy,
        /// Who wanted that.
        #[serde(default)]
        hold: Option<PolicyHold>,
    },
}

#[async_trait]
impl Step<World> for InServiceStep {
    fn title(&self) -> String {
        "Take new workloads".to_owned()
    }

    fn observed_by(&self) -> Option<String> {
        Some("the policy that placement decides by".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        let Self::PutInService { before, .. } = self;
        Undo::TakesBack(format!("The policy is set back to {}.", before.word()))
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by("node.disable_scheduling"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_mins(1)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::PutInService { node, .. } = self;
        policy::set(world, attempt, node, NodePolicy::InService, None).await
    }

    async fn observe(&self, world: &World, _: &Attempt) -> Observation {
        let Self::PutInService { node, .. } = self;
        policy::seen(world, node, NodePolicy::InService).await
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::PutInService { node, before, hold } = self;
        policy::set(world, attempt, node, *before, hold.as_ref()).await
    }

    async fn observe_undone(&self, world: &World, _: &Attempt) -> Observation {
        let Self::PutInService { node, before, .. } = self;
        policy::seen(world, node, *before).await
    }
}
