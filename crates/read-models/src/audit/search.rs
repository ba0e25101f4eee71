//! A search of the audit: as it is written, and as it is meant.

use crate::{
    error::FieldError,
    ids::{OperationId, ProjectId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest text that is searched with.
pub const LONGEST: usize = 200;

/// A search as it is written: in an address, in a form, in the input of an operation. What is left out, or empty, does not
/// narrow it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AuditSearch {
    /// Who did it, as events name them: `ada@example.org`, `system:sequencer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// What it is: `audit.intent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The operation it belongs to, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// What it happened to: `node:node_…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The project it belongs to, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Words in its sentence, capital letters or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Not before: `2026-11-22T14:02` in UTC, or with seconds and offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Not after; a minute is meant to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// The same, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// See [`AuditSearch::actor`].
    pub actor: Option<String>,
    /// See [`AuditSearch::kind`].
    pub kind: Option<String>,
    /// See [`AuditSearch::operation`].
    pub operation: Option<OperationId>,
    /// See [`AuditSearch::resource`].
    pub resource: Option<String>,
    /// See [`AuditSearch::project`].
    pub project: Option<ProjectId>,
    /// See [`AuditSearch::text`].
    pub text: Option<String>,
    /// See [`AuditSearch::from`].
    pub from: Option<Timestamp>,
    /// See [`AuditSearch::until`].
    pub until: Option<Timestamp>,
}

impl AuditSearch {
    /// Its parts by their names.
    pub fn parts(&self) -> [(&'static str, Option<&str>); 8] {
        let Self { actor, kind, operation, resource, project, text, from, until } = self;
        let said = |part| Option::as_deref(part).map(str::trim).filter(|part: &&str| !part.is_empty());
        [
            ("actor", said(actor)),
            ("kind", said(kind)),
            ("operation", said(operation)),
            ("resource", said(resource)),
            ("project", said(project)),
            ("text", said(text)),
            ("from", said(from)),
            ("until", said(until)),
        ]
    }

    /// The same with one part said, or left out.
    #[must_use]
    pub fn with(mut self, name: &str, value: Option<String>) -> Self {
        let place = match name {
            "actor" => &mut self.actor,
            "kind" => &mut self.kind,
            "operation" => &mut self.operation,
            "resource" => &mut self.resource,
            "project" => &mut self.project,
            "text" => &mut self.text,
            "from" => &mut self.from,
            "until" => &mut self.until,
            _ => return self,
        };
        *place = value.filter(|value| !value.trim().is_empty());
        self
    }

    /// From the pairs of an address; what it does not know is left out.
    pub fn of_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        pairs.into_iter().fold(Self::default(), |all, (name, value)| all.with(&name, Some(value)))
    }

    /// Whether everything is shown.
    pub fn is_everything(&self) -> bool {
        self.parts().iter().all(|(_, part)| part.is_none())
    }

    /// What is searched for, or what to write instead.
    pub fn read(&self) -> Result<AuditFilter, Vec<FieldError>> {
        let mut wrong = Vec::new();
        let mut refuse = |name: &str, sentence: &str| {
            wrong.push(FieldError { pointer: format!("/{name}"), sentence: sentence.to_owned() });
        };
        let parts = self.parts();
        for (name, part) in parts {
            if part.is_some_and(|part| part.len() > LONGEST || part.contains('\0')) {
                refuse(name, "Use at most 200 letters.");
            }
        }
        let of = |wanted: &str| parts.iter().find(|(name, _)| *name == wanted).and_then(|(_, part)| *part);
        let owned = |name| of(name).map(str::to_owned);
        let operation = of("operation").and_then(|id| OperationId::parse(id).ok());
        if operation.is_none() && of("operation").is_some() {
            refuse("operation", "Use the id of an operation: `op_…`.");
        }
        let project = of("project").and_then(|id| ProjectId::parse(id).ok());
        if project.is_none() && of("project").is_some() {
            refuse("project", "Choose a project, or use its id: `prj_…`.");
        }
        let (from, until) = (of("from").map(|t| moment(t, false)), of("until").map(|t| moment(t, true)));
        for (name, read) in [("from", from), ("until", until)] {
            if read == Some(None) {
                refuse(name, "Write a time in UTC, as in 2026-11-22T14:02.");
            }
        }
        let (from, until) = (from.flatten(), until.flatten());
        if from.zip(until).is_some_and(|(from, until)| from > until) {
            refuse("until", "Choose an end that is after the beginning.");
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let (actor, kind, resource, text) = (owned("actor"), owned("kind"), owned("resource"), owned("text"));
        Ok(AuditFilter { actor, kind, operation, resource, project, text, from, until })
    }
}

/// A time as people and browsers write it; a minute begins, or is over.
fn moment(text: &str, to_its_end: bool) -> Option<Timestamp> {
    if let Ok(moment) = Timestamp::parse(text) {
        return Some(moment);
    }
    let seconds = if to_its_end { ":59.999999Z" } else { ":00Z" };
    let whole = match text.len() {
        10 if to_its_end => format!("{text}T23:59{seconds}"),
        10 => format!("{text}T00:00{seconds}"),
        16 => format!("{}{seconds}", text.replace(' ', "T")),
        _ => format!("{text}Z"),
    };
    Timestamp::parse(&whole).ok()
}

/// As it stands after the question mark of an address; nothing when everything is shown.
impl fmt::Display for AuditSearch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = self.parts().into_iter().filter_map(|(name, part)| Some((name, part?)));
        for (number, (name, part)) in said.enumerate() {
            let before = if number == 0 { "" } else { "&" };
            write!(f, "{before}{name}={}", crate::navigation::escaped(part))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &str, value: &str) -> AuditSearch {
        AuditSearch::default().with(name, Some(value.to_owned()))
    }

    #[test]
    fn a_minute_is_meant_from_its_beginning_to_its_end() {
        let read = |name: &str, value: &str| said(name, value).read().unwrap();
        let at = |text: &str| Some(Timestamp::parse(text).unwrap());
        assert_eq!(read("from", "2026-11-22T14:02").from, at("2026-11-22T14:02:00Z"));
        assert_eq!(read("until", "2026-11-22 14:02").until, at("2026-11-22T14:02:59.999999Z"));
        assert_eq!(read("until", "2026-11-22").until, at("2026-11-22T23:59:59.999999Z"));
        assert_eq!(read("until", "2026-11-22T14:02:03").until, at("2026-11-22T14:02:03Z"));
        assert_eq!(read("from", "2026-11-22T14:02:00+02:00").from, at("2026-11-22T12:02:00Z"));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_at_its_field() {
        for (name, value) in [
            ("from", "yesterday"),
            ("until", "2026-13-40T99:99"),
            ("operation", "op_x"),
            ("project", "ours"),
            ("text", &"x".repeat(201)),
            ("actor", "a\0b"),
        ] {
            let wrong = said(name, value).read().unwrap_err();
            assert_eq!(wrong[0].pointer, format!("/{name}"), "{value}");
        }
        let turned = said("from", "2026-11-22").with("until", Some("2026-11-21".to_owned()));
        assert_eq!(turned.read().unwrap_err()[0].pointer, "/until");
        assert_eq!(said("text", "   ").read(), Ok(AuditFilter::default()));
    }
}
