//! Plans and operations as lines on a terminal.

use read_models::operation::{
    BulkIncluded, BulkPlan, BulkTarget, Choice, Confirmation, HandOverView, LeftoverView, OperationView,
    PlanView, StepView,
};
use read_models::operations::OperationRow;

/// What would happen, what is in the way, and what has to be confirmed.
pub(super) fn plan(plan: &PlanView) -> Vec<String> {
    let mut lines = vec![format!("{} {} ({})", plan.title, plan.target_view.name, plan.danger.word())];
    for (number, step) in (1..).zip(&plan.steps) {
        let seen = step.observed_by.as_deref().unwrap_or("nobody looks");
        lines.push(format!("  {number}. {} (seen by {seen}; undo: {})", step.title, step.undo));
    }
    lines.extend(plan.bulk.iter().flat_map(included));
    lines.extend(plan.blast_radius.iter().map(|notices| format!("notices: {notices}")));
    lines.push(format!("result: {}", plan.expected));
    lines.push(format!("if it fails: {}", plan.on_failure));
    lines.extend(plan.blockers.iter().map(|blocker| {
        let way_out = blocker.unblocked_by.as_ref().map(|way| format!(" (unblocked by {way})"));
        format!("blocked: {}{}", blocker.sentence, way_out.unwrap_or_default())
    }));
    lines.extend(plan.denied.iter().map(|denied| format!("denied: {denied}")));
    lines.push(format!("hash: {}", plan.hash));
    lines.extend(Some(how_to_confirm(plan)).filter(|how| !how.is_empty()));
    lines
}

/// Of an operation on many: who is included and who is not.
fn included(bulk: &BulkPlan) -> Vec<String> {
    let canary = |one: &BulkIncluded| if one.is_canary { " (canary)" } else { "" };
    let included = bulk.included.iter().map(|one| format!("included: {}{}", one.name, canary(one)));
    let left_out = bulk.left_out.iter().map(|one| format!("left out: {}: {}", one.name, one.why));
    included.chain(left_out).collect()
}

/// What to add to `slipway op run`; empty when it needs nothing.
pub(super) fn how_to_confirm(plan: &PlanView) -> String {
    match &plan.confirmation {
        Confirmation::None => String::new(),
        Confirmation::PlanSeen => "To start it: --confirm confirmed".to_owned(),
        Confirmation::TypeName { name } => format!("To start it: --confirm {name}"),
        Confirmation::TypeNames { names } => format!("To start it: --confirm '{}'", names.join(" ")),
    }
}

/// Where it stands, one line for each thing that can change.
pub(super) fn standing(view: &OperationView) -> Vec<String> {
    let mut lines = vec![format!("{} {}: {}", view.title, view.target_view.name, view.state.word())];
    lines.extend(view.steps.iter().filter(|step| step.started_at.is_some()).map(step));
    lines.extend(view.bulk.iter().flat_map(|bulk| &bulk.targets).map(target));
    lines.extend(view.waiting.iter().map(|waiting| format!("  waits for {}", waiting.on)));
    lines.extend(view.attention.iter().map(|asks| format!("asks: {}", asks.sentence)));
    lines.extend(
        view.choices.iter().map(|choice| {
            format!("  {} ({}): {}{}", choice.id, choice.danger.word(), choice.what, how(choice))
        }),
    );
    lines.extend(view.proposed.as_ref().map(|asked| {
        let until = asked.until.date_and_minute();
        format!(
            "{} asked for {}, which a second person has to choose too until {until} UTC",
            asked.by, asked.choice
        )
    }));
    lines.extend(view.debris.iter().map(left));
    lines.extend(view.handed.as_ref().map(handed));
    lines.extend(view.outcome.clone());
    lines
}

/// What it takes beside the choice.
fn how(choice: &Choice) -> String {
    let confirm = choice.confirm.as_ref().map(|name| format!(" (--confirm {name})")).unwrap_or_default();
    let second = choice.second_person.as_ref().map(|second| format!(" {second}")).unwrap_or_default();
    format!("{second}{confirm}")
}

/// What is left over, and what clears it.
fn left(left: &LeftoverView) -> String {
    let by = left.cleared_by.as_ref();
    let by = by.map(|clears| format!(" Cleared by {} --target {}.", clears.operation, clears.target));
    let by_hand = left.by_hand.as_ref().map(|instead| format!(" {instead}"));
    format!("left over: {}{}", left.sentence, by.or(by_hand).unwrap_or_default())
}

fn handed(handed: &HandOverView) -> String {
    format!("handed to {} by {}, {} UTC: {}", handed.to, handed.by, handed.at.date_and_minute(), handed.note)
}

/// An operation in a list: its id, where it stands, what it asks, who has it.
pub(super) fn row(row: &OperationRow) -> String {
    let asks = row.attention.as_ref().map(|asks| format!(": asks: {asks}")).unwrap_or_default();
    let with = row.handed.as_ref().map(|with| format!(" ({})", handed(with))).unwrap_or_default();
    format!("{} {} {} [{}]{asks}{with}", row.id, row.title, row.target, row.state.word())
}

fn target(one: &BulkTarget) -> String {
    let said = if one.sentence.is_empty() { String::new() } else { format!(": {}", one.sentence) };
    format!("  {} [{}]{said}", one.name, one.outcome.word())
}

fn step(step: &StepView) -> String {
    let seen = step.last_observation.as_ref().map(|seen| format!(": {seen}")).unwrap_or_default();
    format!("  {}. {} [{}]{seen}", step.number, step.title, step.state.word())
}

/// The line to type next.
pub(super) fn how_to_decide(view: &OperationView) -> String {
    let choices: Vec<_> = view.choices.iter().map(|choice| choice.id.as_str()).collect();
    match choices.as_slice() {
        [] => "it waits for somebody who may decide".to_owned(),
        some => format!("decide with `slipway op decide {} {} --reason …`", view.id, some.join("|")),
    }
}
