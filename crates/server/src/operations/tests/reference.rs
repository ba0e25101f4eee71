//! What clears what a step leaves, for every step there is; and the reference of retry policies and deadlines, written from
//! the steps themselves.

use std::fmt::Write as _;

use operations::{Clearing, On, StepRecord, StoredAtDeadline, StoredChoice, StoredEffect, Undo};
use read_models::operation::Target;

use super::super::{World, register};
use super::support::{Scene, Site, scene};
use crate::projections::operation_view::{self, KNOWN_RUNS, RUNS};
use crate::store::testing::on_both;

/// A step, and whatever a person may have put in front of it.
fn with_choices(step: &StepRecord) -> Vec<&StepRecord> {
    let at_deadline = match &step.at_deadline {
        StoredAtDeadline::Ask { choices, .. } => choices.as_slice(),
        StoredAtDeadline::Fail | StoredAtDeadline::GoOn => &[],
    };
    let firsts = at_deadline.iter().chain(&step.asks).chain(&step.offers).filter_map(first);
    let mut all = vec![step];
    for first in firsts {
        all.extend(with_choices(first));
    }
    all
}

fn first(choice: &StoredChoice) -> Option<&StepRecord> {
    match &choice.effect {
        StoredEffect::First { step } => Some(step),
        StoredEffect::Wait { .. }
        | StoredEffect::Retry
        | StoredEffect::Undo
        | StoredEffect::Approve
        | StoredEffect::Decline
        | StoredEffect::GoOn => None,
    }
}

/// What is wrong with what a step says of its leftover.
fn complaint(step: &StepRecord, of: &Scene) -> Option<String> {
    let register = register();
    let wrong = |what: &str| Some(format!("{}: “{}”: {what}", of.operation, step.title));
    match (&step.undo, &step.clearing) {
        (Undo::Nothing, None) => None,
        (Undo::Nothing, Some(_)) => wrong("has nothing to undo, and something that clears it"),
        (Undo::TakesBack(_) | Undo::Cannot(_), None) => {
            wrong("nothing clears what it leaves, and it does not say so")
        }
        (_, Some(Clearing::Hand { sentence })) => {
            (!operations::kit::is_sentence(sentence)).then(|| sentence.clone())
        }
        (_, Some(Clearing::Operation { operation, on })) => {
            let Some(known) = register.find(operation) else {
                return wrong("is cleared by what there is not");
            };
            let wanted = known.declaration().target;
            let kind = match on {
                On::Its => Some(of.target.kind),
                // What it is is found out from what clears it.
                On::Made => None,
                On::Target(text) => match text.parse::<Target>() {
                    Ok(target) => Some(target.kind),
                    Err(why) => return wrong(why),
                },
            };
            kind.filter(|kind| kind.word() != wanted).and_then(|kind| {
                wrong(&format!("{operation} is carried out on a {wanted}, not on a {}", kind.word()))
            })
        }
    }
}

#[tokio::test]
async fn every_step_says_what_clears_what_it_leaves_and_the_reference_says_how_long_and_how_often() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let (mut wrong, mut reference) = (Vec::new(), head());
        for operation in register().all() {
            site.begins_anew().await;
            let scene = scene(&mut site, operation.declaration().id).await;
            let world = World::of(&site.state);
            let made = operation.evaluate(&world, &scene.target.id, Some(&scene.input)).await.unwrap();
            let steps: Vec<_> = made.steps.iter().flat_map(with_choices).collect();
            wrong.extend(steps.iter().filter_map(|step| complaint(step, &scene)));
            let declared = operation.declaration();
            writeln!(reference, "\n## `{}` – {}\n\n{TABLE}", declared.id, declared.title).unwrap();
            let rows: Vec<_> = steps.iter().map(|step| row(step)).collect();
            let mut told: Vec<&String> = Vec::new();
            for row in &rows {
                if !told.contains(&row) {
                    told.push(row);
                    reference.push_str(row);
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/steps.md");
        if std::env::var_os("SLIPWAY_WRITE_GOLDENS").is_some() {
            std::fs::write(path, &reference).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(kept == reference, "write docs/reference/steps.md anew with SLIPWAY_WRITE_GOLDENS=1");
    })
    .await;
}

fn head() -> String {
    format!(
        "# Steps: deadlines, tries, and what clears what is left\n
Written by a test from the steps themselves, each as a plan has it on an example: a name or a number that belongs to the example
is written as …. What a plan has on your target, with its own numbers, stands on the plan, on the operation's card and at
`POST /api/v1/operations/plan`.\n
**SLA.** An operation is above its SLA when it takes longer than nine in ten of its last {RUNS} runs that succeeded here, once
{KNOWN_RUNS} are known; the card, the plan and the page of a running one say how long that is. The time a second person takes to
approve does not count.\n"
    )
}

const TABLE: &str =
    "| Step | Time, tries, then | When it is taken back | What is left is cleared by |\n|---|---|---|---|";

fn row(step: &StepRecord) -> String {
    let cleared_by = match &step.clearing {
        None => "nothing is left".to_owned(),
        Some(Clearing::Hand { sentence }) => sentence.clone(),
        Some(Clearing::Operation { operation, on }) => match on {
            On::Its => format!("`{operation}` on the same"),
            On::Made => format!("`{operation}` on what it made"),
            On::Target(text) => {
                format!("`{operation}` on the {}", text.split(':').next().unwrap_or_default())
            }
        },
    };
    let (limits, undo) = (operation_view::planned(step).limits(), step.undo.sentence());
    format!("| {} | {} | {} | {cleared_by} |\n", neutral(&step.title), neutral(&limits), neutral(undo))
}

/// Without what belongs to the example: a word with a digit that is not a number.
fn neutral(text: &str) -> String {
    let word = |word: &str| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let has_digit = bare.chars().any(|c| c.is_ascii_digit());
        let is_number = bare.chars().all(|c| c.is_ascii_digit());
        if has_digit && !is_number { word.replace(bare, "…") } else { word.to_owned() }
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ").replace('|', "/")
}
