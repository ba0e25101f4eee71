//! Operations with their evidence, searched: as a search is written, and as it is meant.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::search::{AuditSearch, LONGEST};
use crate::{
    error::FieldError,
    evidence::Coverage,
    ids::{OperationId, ProjectId},
    navigation::Address,
    operation::{OperationState, Target},
    session::ProjectRef,
    time::Timestamp,
    workloads::RunNext,
};

/// A search of operations as it is written, in an address or a form. What is left out, or empty, does not narrow it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OperationsSearch {
    /// What it is: `node.drain`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// On what it was carried out: `node:node_…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Who asked, as operations name them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<String>,
    /// The project it belongs to, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Not asked for before: `2026-11-22T14:02` in UTC, or with seconds and offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Not asked for after; a minute is meant to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// The same, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperationsFilter {
    /// See [`OperationsSearch::operation`].
    pub operation: Option<String>,
    /// See [`OperationsSearch::target`].
    pub target: Option<Target>,
    /// See [`OperationsSearch::requested_by`].
    pub requested_by: Option<String>,
    /// See [`OperationsSearch::project`].
    pub project: Option<ProjectId>,
    /// See [`OperationsSearch::from`].
    pub from: Option<Timestamp>,
    /// See [`OperationsSearch::until`].
    pub until: Option<Timestamp>,
}

/// An operation and how its evidence stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EvidenceRow {
    /// Which.
    pub id: OperationId,
    /// What it is: `node.drain`.
    pub operation: String,
    /// Verb and noun.
    pub title: String,
    /// On what: `node:node_…`.
    pub target: String,
    /// The page of what it was carried out on, where there is one.
    pub target_page: Option<Address>,
    /// Who asked.
    pub requested_by: String,
    /// When.
    pub requested_at: Timestamp,
    /// Where it stands.
    pub state: OperationState,
    /// Since when.
    pub since: Timestamp,
    /// Events of it that have their number.
    pub events: u32,
    /// Whether its bundle is whole: it is over, and how it ended has its number.
    pub complete: bool,
    /// Whether everything that happened so far is signed.
    pub coverage: Coverage,
    /// Where its bundle is.
    pub download: String,
}

/// Operations with their evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OperationsEvidence {
    /// As of when.
    pub as_of: Timestamp,
    /// What was searched for.
    pub search: OperationsSearch,
    /// What of it cannot be meant; then nothing was searched.
    pub wrong: Vec<FieldError>,
    /// The operations there are, and what each is called.
    pub known: Vec<(String, String)>,
    /// The projects there are.
    pub projects: Vec<ProjectRef>,
    /// What was found, newest first.
    pub operations: Vec<EvidenceRow>,
    /// Where the next page begins. A page may be short and still have a next one: see `looked_back_to`.
    pub next_cursor: Option<String>,
    /// A search looks at so many operations at a time. Said when that was all: so far back it has looked.
    pub looked_back_to: Option<Timestamp>,
    /// What needs somebody, as sentences.
    pub action_required: Vec<String>,
    /// What to run next, and why.
    pub run_next: Option<RunNext>,
    /// What can be left alone.
    pub safe_to_ignore: String,
}

impl OperationsSearch {
    /// Its parts by their names.
    pub fn parts(&self) -> [(&'static str, Option<&str>); 6] {
        let Self { operation, target, requested_by, project, from, until } = self;
        let said = |part| Option::as_deref(part).map(str::trim).filter(|part: &&str| !part.is_empty());
        [
            ("operation", said(operation)),
            ("target", said(target)),
            ("requested_by", said(requested_by)),
            ("project", said(project)),
            ("from", said(from)),
            ("until", said(until)),
        ]
    }

    /// The same with one part said, or left out.
    #[must_use]
    pub fn with(mut self, name: &str, value: Option<String>) -> Self {
        let place = match name {
            "operation" => &mut self.operation,
            "target" => &mut self.target,
            "requested_by" => &mut self.requested_by,
            "project" => &mut self.project,
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

    /// What is searched for, or what to write instead. Times and projects are read as the audit's are.
    pub fn read(&self) -> Result<OperationsFilter, Vec<FieldError>> {
        let of = |name: &str| {
            let part = self.parts().into_iter().find(|(known, _)| *known == name);
            part.and_then(|(_, part)| part).map(str::to_owned)
        };
        let shared = AuditSearch {
            project: of("project"),
            from: of("from"),
            until: of("until"),
            ..AuditSearch::default()
        };
        let mut wrong = Vec::new();
        let mut refuse = |name: &str, sentence: &str| {
            wrong.push(FieldError { pointer: format!("/{name}"), sentence: sentence.to_owned() });
        };
        for name in ["operation", "target", "requested_by"] {
            if of(name).is_some_and(|part| part.len() > LONGEST || part.contains('\0')) {
                refuse(name, "Use at most 200 letters.");
            }
        }
        let target = of("target").map(|text| text.parse::<Target>().ok());
        if target == Some(None) {
            refuse("target", "Use kind and id: `node:node_…`.");
        }
        let read = shared.read().unwrap_or_else(|more| {
            wrong.extend(more);
            super::AuditFilter::default()
        });
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(OperationsFilter {
            operation: of("operation"),
            target: target.flatten(),
            requested_by: of("requested_by"),
            project: read.project,
            from: read.from,
            until: read.until,
        })
    }
}

/// As it stands after the question mark of an address; nothing when everything is shown.
impl fmt::Display for OperationsSearch {
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

    #[test]
    fn what_cannot_be_meant_is_refused_at_its_field() {
        for (name, value) in [("target", "hx-114"), ("project", "ours"), ("from", "yesterday")] {
            let search = OperationsSearch::default().with(name, Some(value.to_owned()));
            assert_eq!(search.read().unwrap_err()[0].pointer, format!("/{name}"), "{value}");
        }
        let said = OperationsSearch::default().with("operation", Some(" node.drain ".to_owned()));
        assert_eq!(said.read().unwrap().operation.as_deref(), Some("node.drain"));
        assert_eq!(said.to_string(), "operation=node.drain");
    }
}
