//! `onboarding.choose`: what the machine is for, and the name its node will have.
//!
//! When it fails role and name are as they were.

use super::super::world::{World, no_facts};
use super::act::{Act, Choice};
use crate::facts::OnboardingFacts;
use crate::nodes::enrolment::is_name;
use crate::projections::onboarding::missing_for_role;
use crate::store::nodes;
use async_trait::async_trait;
use operations::{Blocker, Danger, Declaration, FactsError, InputError, Intent, Lock, Operation, Plan, Rule};
use read_models::nodes::NodeRole;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The declaration.
pub(crate) struct Choose;

#[async_trait]
impl Operation<World> for Choose {
    const DECLARATION: Declaration = Declaration {
        id: "onboarding.choose",
        version: 1,
        target: "onboarding",
        intent: Intent::SetUp,
        title: "Choose role and name",
        danger: Danger::Safe,
        steps: &["Write role and name down"],
        expected: "The machine gets this role and this name when it comes in.",
        verified_by: "The onboarding is read again.",
        on_failure: "Role and name are as they were.",
        progress: "On the onboarding's page, step by step.",
        evidence: "Role and name, before and after.",
        audit: "asked to choose role and name for",
    };
    const RULES: &'static [Rule<ChooseFacts>] = &[
        Rule { code: "goes_on", holds: "Nobody has given it up.", check: |facts| facts.of.goes_on() },
        Rule {
            code: "is_waited_for",
            holds: "The machine has not come in yet.",
            check: |facts| facts.of.is_waited_for(),
        },
        Rule {
            code: "role_is_served",
            holds: "Machines of this role have work here.",
            check: role_is_served,
        },
        Rule { code: "name_is_free", holds: "No node has this name.", check: name_is_free },
        Rule { code: "name_fits_the_token", holds: "No token keeps it to another name.", check: name_fits },
    ];
    type Facts = ChooseFacts;
    type Input = ChooseInput;
    type Step = Act;

    fn usual_input() -> Option<ChooseInput> {
        Some(ChooseInput { role: AskedRole::SliceHost, node_name: None })
    }

    fn check_input(input: &ChooseInput) -> Result<(), Vec<InputError>> {
        if input.node_name.as_deref().is_none_or(is_name) {
            return Ok(());
        }
        let sentence = "Use 1 to 63 lower-case letters, digits and hyphens, beginning with a letter or digit; or leave it empty.";
        Err(vec![InputError::at("/node_name", sentence)])
    }

    async fn facts(
        world: &World,
        target: &str,
        input: Option<&ChooseInput>,
    ) -> Result<ChooseFacts, FactsError> {
        let of = OnboardingFacts::load(world, target).await.map_err(no_facts)?;
        let asked = input.map(|input| (input.role.role(), input.node_name.clone()));
        let taken = match asked.as_ref().and_then(|(_, name)| name.as_deref()) {
            Some(name) => {
                let found = nodes::find_named(&mut &world.db, &world.proof, name).await.map_err(no_facts)?;
                found.map(|node| node.name)
            }
            None => None,
        };
        Ok(ChooseFacts { of, asked, taken })
    }

    fn locks(target: &str, _: &ChooseFacts) -> Vec<Lock> {
        vec![Lock::exclusive(OnboardingFacts::lock(target))]
    }

    fn plan(facts: &ChooseFacts, input: &ChooseInput) -> Plan<Act> {
        let now = &facts.of.onboarding;
        let step = Act::Choose {
            onboarding: now.id.clone(),
            before: Choice { role: now.role, node_name: now.node_name.clone() },
            after: Choice { role: Some(input.role.role()), node_name: input.node_name.clone() },
        };
        Plan::new().step(step).noticed_by("Whoever goes on with this onboarding.")
    }
}

/// An onboarding, and what is asked for it; nothing on a card.
pub(crate) struct ChooseFacts {
    of: OnboardingFacts,
    asked: Option<(NodeRole, Option<String>)>,
    taken: Option<String>,
}

fn role_is_served(facts: &ChooseFacts) -> Result<(), Blocker> {
    let missing = facts.asked.as_ref().and_then(|(role, _)| missing_for_role(*role));
    missing.map_or(Ok(()), |missing| Err(Blocker::new(missing)))
}

fn name_is_free(facts: &ChooseFacts) -> Result<(), Blocker> {
    match &facts.taken {
        None => Ok(()),
        Some(name) => Err(Blocker::new(format!("A node named {name} exists: choose another name."))),
    }
}

fn name_fits(facts: &ChooseFacts) -> Result<(), Blocker> {
    facts.asked.as_ref().map_or(Ok(()), |(_, name)| facts.of.name_fits_the_token(name.as_deref()))
}

/// What it is to be.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChooseInput {
    /// What the machine is for.
    role: AskedRole,
    /// The name its node will have; without one the machine brings its host name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    node_name: Option<String>,
}

/// The roles.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum AskedRole {
    BareMetal,
    SliceHost,
    SchedulerController,
    SchedulerWorker,
    StorageAdjacent,
}

impl AskedRole {
    const fn role(self) -> NodeRole {
        match self {
            Self::BareMetal => NodeRole::BareMetal,
            Self::SliceHost => NodeRole::SliceHost,
            Self::SchedulerController => NodeRole::SchedulerController,
            Self::SchedulerWorker => NodeRole::SchedulerWorker,
            Self::StorageAdjacent => NodeRole::StorageAdjacent,
        }
    }
}
