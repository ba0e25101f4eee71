//! What holds an operation back: words that are stored with it.

use crate::{Danger, Micros};
use serde::{Deserialize, Serialize};

/// Something that holds an operation back from what it would begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// What kind.
    pub kind: HoldKind,
    /// For what it waits, in words that go on after "waits for".
    pub on: String,
    /// Until when; none when it is woken.
    pub until: Option<Micros>,
}

/// The kinds of hold that are waited out. An approval is asked for instead, as something a person decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldKind {
    /// The time in which it can be undone with nothing done.
    UndoWindow,
    /// Nothing begins anywhere until somebody lifts that.
    Standstill,
}

/// That a second person has to approve what was planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// What was looked at and is approved: the plan's hash.
    pub plan_hash: String,
    /// Who asked, in words.
    pub asked_by: String,
    /// What it can cost: whoever approves needs as much as whoever asked.
    pub danger: Danger,
    /// Until when it can be approved.
    pub until: Micros,
    /// Who approved it.
    pub given: Option<Given>,
    /// Whether the plan was compared with what is so since its locks were taken.
    pub compared: bool,
}

/// A second person's approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Micros,
}
