//! `bulk.run` and `bulk.run_in_project`: one operation on many, some first, so many at one time, until too many did not
//! succeed.
//!
//! When it stops a person chooses: go on, try the failed ones again, or end it. What is done stays done.

use super::super::world::World;
use super::input::BulkInput;
use super::over::{Many, Whose};
use super::selection::Selection;
use super::step::{BulkStep, Run};
use async_trait::async_trait;
use operations::{Blocker, Declaration, FactsError, InputError, Lock, Operation, Plan, Rule};
use std::marker::PhantomData;

/// The operation, over one kind of thing.
pub(crate) struct RunMany<M>(PhantomData<M>);

/// A selection, judged; none on a card, where nothing is selected.
pub(crate) struct BulkFacts {
    selection: Option<Selection>,
}

#[async_trait]
impl<M: Many> Operation<World> for RunMany<M> {
    const DECLARATION: Declaration = M::DECLARATION;
    const RULES: &'static [Rule<BulkFacts>] = &[Rule {
        code: "somebody_is_included",
        holds: "At least one of them can be included.",
        check: somebody_is_included,
    }];
    type Facts = BulkFacts;
    type Input = BulkInput;
    type Step = BulkStep;

    fn usual_input() -> Option<BulkInput> {
        None
    }

    fn check_input(input: &BulkInput) -> Result<(), Vec<InputError>> {
        input.check(M::OVER)
    }

    async fn facts(world: &World, target: &str, input: Option<&BulkInput>) -> Result<BulkFacts, FactsError> {
        let whose = Whose::of(M::OVER, target).ok_or(FactsError::NoTarget)?;
        let Some(input) = input else { return Ok(BulkFacts { selection: None }) };
        Ok(BulkFacts { selection: Some(Selection::judge(world, &whose, input).await?) })
    }

    /// Each of its operations has its own.
    fn locks(_: &str, _: &BulkFacts) -> Vec<Lock> {
        Vec::new()
    }

    fn plan(facts: &BulkFacts, input: &BulkInput) -> Plan<BulkStep> {
        let Some(selection) = facts.selection.clone() else { return Plan::new() };
        let all = u32::try_from(selection.included.len()).unwrap_or(u32::MAX);
        let canary = input.canary.min(all);
        let run = |until: u32, stop_after: u32, names: String| Run {
            operation: input.operation.clone(),
            title: selection.title.clone(),
            with: input.of_each(),
            whom: names,
            until,
            parallelism: input.parallelism,
            stop_after,
            is_last: until == all,
        };
        let mut plan = Plan::new();
        for included in &selection.included {
            for notice in &included.looked.noticed_by {
                plan = plan.noticed_by(format!("{}: {notice}", included.name));
            }
        }
        if selection.included.is_empty() {
            plan = plan.noticed_by("Nobody: none of them can be included.");
        }
        let first: Vec<_> =
            selection.included.iter().take(canary as usize).map(|one| one.name.as_str()).collect();
        let first = format!("first on {}", first.join(", "));
        plan = plan.step(BulkStep::Select(selection.clone()));
        if canary > 0 {
            plan = plan.step(BulkStep::Run(run(canary, 1, first)));
        }
        if canary < all {
            let many = if input.parallelism == 1 { "one".to_owned() } else { input.parallelism.to_string() };
            let whom = match (canary, all - canary) {
                (0, 1) => "on the only one".to_owned(),
                (0, rest) => format!("on {rest}, {many} at one time"),
                (_, 1) => "on the other one".to_owned(),
                (_, rest) => format!("on the other {rest}, {many} at one time"),
            };
            plan = plan.step(BulkStep::Run(run(all, input.stop_after_failures, whom)));
        }
        plan
    }
}

fn somebody_is_included(facts: &BulkFacts) -> Result<(), Blocker> {
    match &facts.selection {
        Some(selection) if selection.included.is_empty() => {
            let way = selection.left_out.iter().find_map(|one| one.unblocked_by.as_deref());
            let blocker = Blocker::new("None of them can be included: see why beside each.");
            Err(way.map_or(blocker.clone(), |way| blocker.unblocked_by(way)))
        }
        Some(_) | None => Ok(()),
    }
}
