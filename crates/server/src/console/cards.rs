//! Cards: an operation on a target, judged on today's facts.

use super::Asking;
use super::targets::Found;
use crate::operations::World;
use crate::projections::{operation_view, operation_words};
use crate::store::form_drafts;
use crate::store::operations::{self as stored, StoredOperation};
use operations::{AnyOperation, EvaluateError, Evaluated};
use read_models::error::{ConsoleError, ErrorKind, FieldError};
use read_models::ids::DraftId;
use read_models::operation::{
    Button, FieldChoice, FieldKind, FormField, IntentGroup, OperationCard, Precondition, Target, Usually,
};
use read_models::workloads::RunNext;
use serde_json::Value;
use std::sync::Arc;

impl Asking {
    /// The cards of a kind of target, by intent.
    pub(super) async fn cards(
        &self,
        target: &Target,
        found: &Found,
        past: &[StoredOperation],
    ) -> Result<Vec<IntentGroup>, ConsoleError> {
        let mut groups: Vec<IntentGroup> = Vec::new();
        for operation in self.state().register.all() {
            if operation.declaration().target != target.kind.word() {
                continue;
            }
            let card = self.card(operation, target, found, past).await?;
            match groups.iter_mut().find(|group| group.intent == card.intent) {
                Some(group) => group.cards.push(card),
                None => groups.push(IntentGroup { intent: card.intent, cards: vec![card] }),
            }
        }
        groups.sort_by_key(|group: &IntentGroup| group.intent);
        Ok(groups)
    }

    /// One card.
    pub(super) async fn card(
        &self,
        operation: &Arc<dyn AnyOperation<World>>,
        target: &Target,
        found: &Found,
        past: &[StoredOperation],
    ) -> Result<OperationCard, ConsoleError> {
        let declared = operation.declaration();
        let evaluated = operation
            .evaluate(self.world(), &target.id, None)
            .await
            .map_err(|error| self.not_evaluated(error))?;
        let denied = self.may_operate(declared, found).err();
        let blocked = evaluated.blockers().next().map(|(_, blocker)| blocker.sentence.clone());
        let reason = match (denied, blocked) {
            (Some(denied), _) => {
                Some(format!("{} is not yours to do. {}", declared.title, denied.next_step()))
            }
            (None, Some(blocked)) => Some(format!("Blocked: {blocked}")),
            (None, None) => None,
        };
        let usually = self.usually(declared.id).await?;
        Ok(OperationCard {
            operation: declared.id.to_owned(),
            target: target.clone(),
            intent: operation_words::intent(declared.intent),
            title: declared.title.to_owned(),
            danger: operation_words::danger(declared.danger),
            preconditions: preconditions(&evaluated),
            expected: declared.expected.to_owned(),
            verified_by: declared.verified_by.to_owned(),
            steps: evaluated.steps.iter().map(operation_view::planned).collect(),
            sla: operation_view::sla(usually.as_ref()),
            usually,
            progress: declared.progress.to_owned(),
            on_failure: declared.on_failure.to_owned(),
            evidence: declared.evidence.to_owned(),
            never_held_back: operation.never_held_back().map(str::to_owned),
            last_run: past
                .iter()
                .find(|run| run.operation == declared.id)
                .map(|run| operation_view::last_run(run, declared.title)),
            fields: fields(&operation.input_schema(), evaluated.input.as_ref()),
            button: Button { enabled: reason.is_none(), reason },
        })
    }

    /// A form that came back: what was typed stands in its card again, with what is wrong beside each field.
    pub(super) async fn bring_back(
        &self,
        draft: Option<&DraftId>,
        cards: impl IntoIterator<Item = &mut OperationCard>,
    ) -> Result<(), ConsoleError> {
        let Some(id) = draft else { return Ok(()) };
        let kept = form_drafts::find(&self.state().db, &self.who()?.user_id, id)
            .await
            .map_err(|e| self.broken(e))?;
        let Some(kept) = kept else { return Ok(()) };
        for card in cards.into_iter().filter(|card| card.operation == kept.operation) {
            for field in &mut card.fields {
                if let Some(typed) = kept.fields.get(&field.name) {
                    field.value.clone_from(typed);
                }
                let pointer = format!("/{}", field.name);
                field.error = kept.errors.iter().find(|e| e.pointer == pointer).map(|e| e.sentence.clone());
            }
        }
        Ok(())
    }

    /// How long an operation usually takes here.
    pub(super) async fn usually(&self, operation: &str) -> Result<Option<Usually>, ConsoleError> {
        let durations =
            stored::durations(&self.state().db, &self.proof(), operation, operation_view::RUNS).await;
        Ok(operation_view::usually(&durations.map_err(|error| self.broken(error))?))
    }

    /// Why there is no judgement, for whoever asked.
    pub(super) fn not_evaluated(&self, error: EvaluateError) -> ConsoleError {
        match error {
            EvaluateError::NoTarget => ConsoleError::not_found("target"),
            EvaluateError::Unavailable(why) => {
                tracing::error!(request.id = self.0.request_id, why, "facts could not be read: {why}");
                ConsoleError::new(
                    ErrorKind::Unavailable,
                    "facts_unavailable",
                    "The facts could not be read now. Nothing was changed.",
                )
                .next("Try again in a moment.")
            }
            EvaluateError::Input(errors) => {
                let fields: Vec<_> = errors
                    .into_iter()
                    .map(|e| FieldError { pointer: e.pointer, sentence: e.sentence })
                    .collect();
                let sentence = match fields.as_slice() {
                    [only] => only.sentence.clone(),
                    several => {
                        format!("{} parts of the input are wrong. Nothing was changed.", several.len())
                    }
                };
                ConsoleError::new(ErrorKind::Invalid, "invalid_input", sentence)
                    .next("Mend the named parts and ask again.")
                    .with_fields(fields)
            }
        }
    }
}

/// Each rule, as it travels.
pub(super) fn preconditions(evaluated: &Evaluated) -> Vec<Precondition> {
    let view = |rule: &operations::RuleOutcome| Precondition {
        code: rule.code.clone(),
        holds: rule.blocker.is_none(),
        sentence: rule
            .blocker
            .as_ref()
            .map_or_else(|| rule.holds.clone(), |blocker| blocker.sentence.clone()),
        unblocked_by: rule.blocker.as_ref().and_then(|blocker| blocker.unblocked_by.clone()),
    };
    evaluated.rules.iter().map(view).collect()
}

/// The operation to run next: the first that the candidates name and that can be started now.
pub(super) fn run_next(groups: &[IntentGroup], candidates: &[(&str, String)]) -> Option<RunNext> {
    let cards = || groups.iter().flat_map(|group| &group.cards);
    candidates.iter().find_map(|(operation, reason)| {
        let card = cards().find(|card| card.operation == *operation && card.button.enabled)?;
        Some(RunNext { operation: card.operation.clone(), title: card.title.clone(), reason: reason.clone() })
    })
}

/// The fields of a card, from the schema of the operation's input: what has a usual value can be changed there.
pub(super) fn fields(schema: &Value, usual: Option<&Value>) -> Vec<FormField> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let field = |(name, property): (&String, &Value)| {
        let choices = choices(property);
        let kind = match property.get("type") {
            _ if !choices.is_empty() => FieldKind::Choice,
            Some(Value::String(kind)) if kind == "integer" => FieldKind::Number,
            Some(Value::String(kind)) if kind == "boolean" => FieldKind::Flag,
            _ => FieldKind::Text,
        };
        let value = match usual.and_then(|usual| usual.get(name)) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        };
        let help = property.get("description").and_then(Value::as_str).unwrap_or_default().replace('\n', " ");
        FormField { name: name.clone(), label: label(name), help, value, kind, choices, error: None }
    };
    let is_shown =
        |(_, property): &(&String, &Value)| property.get("x-on-cards") != Some(&Value::Bool(false));
    let mut fields: Vec<_> =
        properties.map(|all| all.iter().filter(is_shown).map(field).collect()).unwrap_or_default();
    // What is needed first, as it is declared; the schema lists everything else by the alphabet.
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let place = |field: &FormField| required.iter().position(|name| *name == field.name);
    fields.sort_by_key(|field| place(field).unwrap_or(usize::MAX));
    fields
}

/// The words a field knows, when it knows a few only.
fn choices(property: &Value) -> Vec<FieldChoice> {
    let words =
        property.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    words.map(|word| FieldChoice { value: word.to_owned(), label: label(word) }).collect()
}

/// `grace_s` is written "Grace, seconds", and abbreviations as people write them.
fn label(name: &str) -> String {
    const UNITS: [(&str, &str); 2] = [("_s", ", seconds"), ("_gib", ", GiB")];
    const ABBREVIATIONS: [(&str, &str); 6] = [
        ("cpus", "vCPUs"),
        ("gpu", "GPU"),
        ("ssh", "SSH"),
        ("sku", "SKU"),
        ("ndjson", "NDJSON"),
        ("csv", "CSV"),
    ];
    let unit = UNITS.iter().find_map(|(suffix, unit)| Some((name.strip_suffix(suffix)?, *unit)));
    let (words, unit) = unit.unwrap_or((name, ""));
    let spoken = |word: &str| {
        let known = ABBREVIATIONS.iter().find(|(short, _)| *short == word);
        known.map_or_else(|| word.to_owned(), |(_, spoken)| (*spoken).to_owned())
    };
    let words = words.split('_').map(spoken).collect::<Vec<_>>().join(" ");
    if words.starts_with("vCPU") {
        return format!("{words}{unit}");
    }
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}{unit}", letters.as_str())
}
