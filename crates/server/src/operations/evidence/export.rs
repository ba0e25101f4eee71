//! `evidence.export`: what a search of the audit finds becomes a file, whose content is written down by its digest.
//!
//! When it fails there is no file. The file itself is kept nowhere: it is written anew from the chain whenever somebody takes
//! it, and compared with the digest on the way.

use super::super::world::{World, cannot_look, commit, no_facts, operation_of, surely_nothing};
use super::writing::Writing;
use crate::projections::audit_file::Format;
use crate::store::exports::{self, Export};
use crate::store::{events, operations as stored_operations};
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, InputError, Intent, Lock, Observation,
    Operation, Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::audit::AuditSearch;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// No file holds more events.
const MOST: i64 = 1_000_000;
/// Between two parts of a file, others are served.
const PAUSE: Duration = Duration::from_millis(20);

/// The declaration.
pub(crate) struct ExportEvidence;

#[async_trait]
impl Operation<World> for ExportEvidence {
    const DECLARATION: Declaration = Declaration {
        id: "evidence.export",
        version: 1,
        target: "platform",
        intent: Intent::Inspect,
        title: "Export evidence",
        danger: Danger::Safe,
        steps: &["Write the file and its digest"],
        expected: "There is a file of every event the search finds up to now, oldest first, at most 1,000,000. Whoever may read the audit can take it, as often as they like, and it is the same each time.",
        verified_by: "Count and digest of the file are read again.",
        on_failure: "There is no file.",
        progress: "On the operation's page, with the events written so far.",
        evidence: "Who exported what, up to which event, how many events and bytes, and the SHA-256 of the file.",
        audit: "asked to export evidence from",
    };
    const RULES: &'static [Rule<ExportFacts>] = &[Rule {
        code: "something_happened",
        holds: "The audit chain has events.",
        check: something_happened,
    }];
    type Facts = ExportFacts;
    type Input = ExportInput;
    type Step = ExportStep;

    fn usual_input() -> Option<ExportInput> {
        Some(ExportInput::default())
    }

    fn check_input(input: &ExportInput) -> Result<(), Vec<InputError>> {
        let wrong = |errors: Vec<read_models::error::FieldError>| {
            errors.into_iter().map(|error| InputError::at(&error.pointer, error.sentence)).collect()
        };
        input.search().read().map(|_| ()).map_err(wrong)
    }

    async fn facts(world: &World, target: &str, _: Option<&ExportInput>) -> Result<ExportFacts, FactsError> {
        if target != "platform" {
            return Err(FactsError::NoTarget);
        }
        let last = events::last(&world.db).await.map_err(no_facts)?;
        Ok(ExportFacts { is_empty: last == 0 })
    }

    fn locks(_: &str, _: &ExportFacts) -> Vec<Lock> {
        Vec::new()
    }

    fn plan(_: &ExportFacts, input: &ExportInput) -> Plan<ExportStep> {
        let step = ExportStep::Write { format: input.format, search: input.search() };
        Plan::new().step(step).noticed_by("Nobody. Whoever reads the audit sees that it was exported.")
    }
}

/// Whether there is anything.
pub(crate) struct ExportFacts {
    is_empty: bool,
}

fn something_happened(facts: &ExportFacts) -> Result<(), Blocker> {
    if facts.is_empty {
        Err(Blocker::new("Nothing has happened yet that could be exported."))
    } else {
        Ok(())
    }
}

/// How the file is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum FileFormat {
    #[default]
    Ndjson,
    Csv,
}

impl FileFormat {
    const fn written(self) -> Format {
        match self {
            Self::Ndjson => Format::Ndjson,
            Self::Csv => Format::Csv,
        }
    }
}

/// What is exported, and how. What is left out does not narrow it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportInput {
    /// NDJSON has an event with its hashes on each line; CSV is for tables.
    format: FileFormat,
    /// Who did it, as events name them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    /// What it is, as in audit.intent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// The operation it belongs to, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    /// What it happened to, as in node:node_….
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resource: Option<String>,
    /// The project it belongs to, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    project: Option<String>,
    /// Words in its sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Not before, in UTC, as in 2026-11-22T14:02.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// Not after; a minute is meant to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

impl ExportInput {
    fn search(&self) -> AuditSearch {
        let Self { format: _, actor, kind, operation, resource, project, text, from, until } = self.clone();
        AuditSearch { actor, kind, operation, resource, project, text, from, until }
    }
}

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum ExportStep {
    Write { format: FileFormat, search: AuditSearch },
}

#[async_trait]
impl Step<World> for ExportStep {
    fn title(&self) -> String {
        let Self::Write { format, search } = self;
        let written = match format {
            FileFormat::Ndjson => "NDJSON",
            FileFormat::Csv => "CSV",
        };
        let said: Vec<String> =
            search.parts().into_iter().filter_map(|(name, part)| Some(format!("{name} {}", part?))).collect();
        let what = if said.is_empty() { "every event".to_owned() } else { said.join(", ") };
        format!("Write {what} as {written}")
    }

    fn observed_by(&self) -> Option<String> {
        Some("count and digest of the file, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::TakesBack("The file is not given out any more.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by_hand(
            "No operation takes the file away: it is not given out any more once its time is over.",
        ))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_hours(1)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Write { format, search } = self;
        let id = operation_of(attempt)?;
        let filter = search.read().map_err(|_| Trouble::Refused("The search cannot be read.".to_owned()))?;
        let known = exports::find(&mut &world.db, &world.proof, &id).await.map_err(surely_nothing)?;
        if known.is_some() {
            return Ok(Performed::Acknowledged("It is written down already.".to_owned()));
        }
        let last = events::last(&world.db).await.map_err(surely_nothing)?;
        let written = format.written();
        let mut writing = Writing::of(id.as_str(), written, last);
        let is_whole = writing.part(world, &filter, written).await.map_err(surely_nothing)?;
        if writing.events > MOST {
            let sentence =
                format!("More than {MOST} events are found. Narrow the time, and export it in parts.");
            return Err(Trouble::Refused(sentence));
        }
        if !is_whole {
            let on =
                format!("{} events are written, up to event {} at the most", writing.events, writing.upto);
            writing.keep(id.as_str());
            return Ok(Performed::Pending { on, look_again: PAUSE });
        }
        let mut tx = world.effect(attempt).await?;
        let asked =
            stored_operations::find_system(&mut tx, &world.proof, &id).await.map_err(surely_nothing)?;
        let made = Export {
            operation: id,
            made_by: asked.requested_by,
            made_at: world.now(),
            format: written.key().to_owned(),
            search: search.clone(),
            upto: writing.upto,
            events: writing.events,
            bytes: writing.bytes,
            sha256: writing.sha256(),
        };
        exports::put(&mut tx, &world.proof, &made).await.map_err(surely_nothing)?;
        commit(tx).await?;
        Ok(Performed::Acknowledged(format!("{} events are written.", made.events)))
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        let Ok(id) = operation_of(attempt) else {
            return Observation::Contrary("Its id cannot be read.".to_owned());
        };
        match exports::find(&mut &world.db, &world.proof, &id).await {
            Ok(Some(made)) => {
                let sentence = format!(
                    "The file has {} events and {} bytes, up to event {}; its SHA-256 is {}.",
                    made.events, made.bytes, made.upto, made.sha256
                );
                let evidence = json!({ "format": made.format, "search": made.search, "up_to": made.upto,
                    "events": made.events, "bytes": made.bytes, "sha256": made.sha256 });
                Observation::seen(sentence, evidence)
            }
            Ok(None) => Observation::Absent("There is no file.".to_owned()),
            Err(error) => cannot_look(&error),
        }
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let id = operation_of(attempt)?;
        let mut tx = world.effect(attempt).await?;
        exports::delete(&mut tx, &world.proof, &id).await.map_err(surely_nothing)?;
        commit(tx).await?;
        Ok(Performed::Acknowledged("The file is not given out any more.".to_owned()))
    }

    async fn observe_undone(&self, world: &World, attempt: &Attempt) -> Observation {
        let Ok(id) = operation_of(attempt) else {
            return Observation::Contrary("Its id cannot be read.".to_owned());
        };
        match exports::find(&mut &world.db, &world.proof, &id).await {
            Ok(Some(_)) => Observation::Absent("The file is still given out.".to_owned()),
            Ok(None) => Observation::seen("There is no file.", json!(null)),
            Err(error) => cannot_look(&error),
        }
    }
}
