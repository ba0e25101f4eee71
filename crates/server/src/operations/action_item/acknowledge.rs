//! `action_item.acknowledge`: somebody knows, and nobody else need look until then, or until it changes.
//!
//! When it fails everything needs action as before.

use super::super::leaving_alone::check_reason;
use super::super::world::{World, cannot_look, commit, surely_nothing, who_asked};
use super::{Facts, keep};
use crate::facts::ItemKey;
use crate::store::acknowledgements::{self, Acknowledgement};
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, InputError, Intent, Lock, Observation,
    Operation, Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::OperationId;
use read_models::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// A month: what needs nobody for longer is a rule to change.
const MOST_HOURS: u32 = 720;
/// So many names stand in the plan.
const NAMED: usize = 6;

/// The declaration.
pub(crate) struct Acknowledge;

#[async_trait]
impl Operation<World> for Acknowledge {
    const DECLARATION: Declaration = Declaration {
        id: "action_item.acknowledge",
        version: 1,
        target: "platform",
        intent: Intent::Recover,
        title: "Acknowledge item",
        danger: Danger::Safe,
        steps: &["Leave it alone for a while"],
        expected: "It leaves Needs action for every operator until the time you say, or until it changes; then it comes back. What begins later is shown.",
        verified_by: "What is written down about it is read again.",
        on_failure: "It needs action as before.",
        progress: "On the operation's page, and under Needs action.",
        evidence: "Who took note of which items, why, and until when.",
        audit: "asked to acknowledge what needs action on",
    };
    const RULES: &'static [Rule<Facts>] = &[Rule {
        code: "needs_action",
        holds: "It needs action, and nobody has acknowledged it.",
        check: needs_action,
    }];
    type Facts = Facts;
    type Input = AcknowledgeInput;
    type Step = AcknowledgeStep;

    fn usual_input() -> Option<AcknowledgeInput> {
        Some(AcknowledgeInput {
            item: String::new(),
            reason: String::new(),
            scope: Wide::OnlyThis,
            hours: usual_hours(),
        })
    }

    fn check_input(input: &AcknowledgeInput) -> Result<(), Vec<InputError>> {
        let mut errors = Vec::new();
        if ItemKey::parse(&input.item).is_none() {
            errors.push(InputError::at("/item", "Choose one of the items that need action."));
        }
        check_reason(&input.reason, &mut errors);
        if !(1..=MOST_HOURS).contains(&input.hours) {
            let sentence = format!("Leave it alone for 1 to {MOST_HOURS} hours.");
            errors.push(InputError::at("/hours", sentence));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    async fn facts(
        world: &World,
        target: &str,
        input: Option<&AcknowledgeInput>,
    ) -> Result<Facts, FactsError> {
        Facts::load(world, target, input.map(|input| input.item.as_str())).await
    }

    fn locks(_: &str, _: &Facts) -> Vec<Lock> {
        Facts::lock()
    }

    fn plan(facts: &Facts, input: &AcknowledgeInput) -> Plan<AcknowledgeStep> {
        let plan = Plan::new().noticed_by("Every operator: it does not ask for them now.");
        let Some(about) = &facts.about else { return plan };
        let is_meant = |key: &ItemKey| match input.scope {
            Wide::OnlyThis => key == about,
            Wide::EverythingAboutIt => key.is_about_the_same(about),
            Wide::EverythingOfThisKind => key.is_of_the_same_kind(about),
        };
        let open = facts.items.open();
        let meant = open.iter().filter(|item| is_meant(&item.key));
        let items: Vec<_> = meant
            .map(|item| Meant { item: item.key.to_string(), since: item.since, name: item.name() })
            .collect();
        let (reason, hours) = (input.reason.trim().to_owned(), input.hours);
        plan.step(AcknowledgeStep::LeaveAlone { items, reason, hours })
    }
}

fn needs_action(facts: &Facts) -> Result<(), Blocker> {
    let all = facts.items.all();
    let Some(about) = &facts.about else {
        if all.iter().any(|item| item.acknowledged.is_none()) {
            return Ok(());
        }
        return Err(Blocker::new("Nothing needs action that nobody has acknowledged."));
    };
    match all.iter().find(|item| item.key == *about) {
        None => Err(Blocker::new("It does not need action any more.")),
        Some(item) => match item.acknowledged {
            None => Ok(()),
            Some(known) => {
                let sentence = format!("{} has acknowledged it; it comes back when that expires.", known.by);
                Err(Blocker::new(sentence).unblocked_by("action_item.reopen"))
            }
        },
    }
}

/// What, how much of it, why, and for how long.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcknowledgeInput {
    /// The item that needs action.
    item: String,
    /// Why it can be left alone, for whoever reads it next.
    reason: String,
    /// Only this item, everything about the same thing, or everything of this kind that needs action now.
    #[serde(default)]
    scope: Wide,
    /// Hours until it comes back, 1 to 720.
    #[serde(default = "usual_hours")]
    hours: u32,
}

fn usual_hours() -> u32 {
    24
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum Wide {
    #[default]
    OnlyThis,
    EverythingAboutIt,
    EverythingOfThisKind,
}

/// An item, as it is now: one that begins later is not meant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Meant {
    item: String,
    since: Timestamp,
    name: String,
}

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum AcknowledgeStep {
    LeaveAlone { items: Vec<Meant>, reason: String, hours: u32 },
}

#[async_trait]
impl Step<World> for AcknowledgeStep {
    fn title(&self) -> String {
        let Self::LeaveAlone { items, hours, .. } = self;
        let names: Vec<_> = items.iter().take(NAMED).map(|item| item.name.as_str()).collect();
        let more = items.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("Leave alone for {hours} h: {}{more}", names.join("; "))
    }

    fn observed_by(&self) -> Option<String> {
        Some("what is written down about it, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::TakesBack("It needs action again.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by("action_item.reopen"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::LeaveAlone { items, reason, hours } = self;
        let (operation, by) = who_asked(world, attempt).await?;
        let at = Timestamp::from_micros(attempt.begun_at);
        let until = at.plus(Duration::from_hours(u64::from(*hours)));
        let one = |meant: &Meant| Acknowledgement {
            item: meant.item.clone(),
            item_since: meant.since,
            reason: reason.clone(),
            by: by.clone(),
            at,
            until,
            operation: operation.clone(),
        };
        keep(world, attempt, &items.iter().map(one).collect::<Vec<_>>()).await
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        let Self::LeaveAlone { items, .. } = self;
        match written(world, attempt).await {
            Err(observation) => observation,
            Ok(written) if items.iter().all(|meant| written.iter().any(|one| one.item == meant.item)) => {
                let until = written.first().map(|one| one.until);
                let evidence = json!({ "items": items, "until": until });
                Observation::seen("It is left alone, and comes back when that expires.", evidence)
            }
            Ok(_) => Observation::Absent("It is not acknowledged yet.".to_owned()),
        }
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let (operation, _) = who_asked(world, attempt).await?;
        let mut tx = world.effect(attempt).await?;
        acknowledgements::withdraw_all_of(&mut tx, &world.proof, &operation).await.map_err(surely_nothing)?;
        commit(tx).await?;
        Ok(Performed::Acknowledged("It is taken back.".to_owned()))
    }

    async fn observe_undone(&self, world: &World, attempt: &Attempt) -> Observation {
        match written(world, attempt).await {
            Err(observation) => observation,
            Ok(written) if written.is_empty() => Observation::seen("It needs action again.", json!(null)),
            Ok(_) => Observation::Absent("It is still acknowledged.".to_owned()),
        }
    }
}

/// What this operation has written down.
async fn written(world: &World, attempt: &Attempt) -> Result<Vec<Acknowledgement>, Observation> {
    let id = OperationId::parse(&attempt.operation)
        .map_err(|_| Observation::Contrary("Its id cannot be read.".to_owned()))?;
    let found = acknowledgements::of_operation(&mut &world.db, &world.proof, &id).await;
    found.map_err(|error| cannot_look(&error))
}
