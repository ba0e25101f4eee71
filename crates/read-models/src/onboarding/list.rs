//! The onboardings in a list, and how another one begins.

use super::{AttemptRow, OnboardingMode, OnboardingStatus, OnboardingStep};
use crate::{
    ids::OnboardingId,
    navigation::Address,
    nodes::ActionItem,
    operation::{LastRun, OperationCard},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// Which machines are being brought in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OnboardingsView {
    /// As of when.
    pub as_of: Timestamp,
    /// What needs a person.
    pub needs_action: Vec<ActionItem>,
    /// Those that somebody has to go on with, newest first.
    pub unfinished: Vec<OnboardingRow>,
    /// Those that landed or were given up lately, newest first.
    pub over: Vec<OnboardingRow>,
    /// The ways in; those that are not ready say what is missing.
    pub modes: Vec<ModeRow>,
    /// The card that begins another one.
    pub begin: OperationCard,
    /// Failed attempts that belong to no onboarding, newest first.
    pub strangers: Vec<AttemptRow>,
    /// Onboardings that were begun or ended lately, as operations.
    pub past_operations: Vec<LastRun>,
    /// What can be ignored, in a sentence.
    pub safe_to_ignore: String,
}

/// An onboarding in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OnboardingRow {
    /// Its id.
    pub id: OnboardingId,
    /// The machine's name, or that it has none yet.
    pub title: String,
    /// How it comes in.
    pub mode: OnboardingMode,
    /// Where the machine stands, in its operator's words.
    pub site: Option<String>,
    /// How it stands.
    pub status: OnboardingStatus,
    /// Who began it.
    pub begun_by: String,
    /// When.
    pub begun_at: Timestamp,
    /// The step that is next.
    pub next: OnboardingStep,
    /// What is next, in words.
    pub next_words: String,
}

impl OnboardingRow {
    /// Where it goes on.
    pub fn address(&self) -> Address {
        Address::Onboarding { id: self.id.clone(), step: None }
    }
}

/// A way in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ModeRow {
    /// Which one.
    pub mode: OnboardingMode,
    /// What it does.
    pub what: String,
    /// What is missing for it, and which page will hold that; none when it is ready.
    pub missing: Option<String>,
}
