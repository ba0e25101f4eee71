//! Onboarding: how a machine is brought in, step by step. Who began it, what is next, and what the server has seen of it.

mod attempt;
mod list;
mod wizard;
mod words;

pub use attempt::{AttemptReason, AttemptRow};
pub use list::{ModeRow, OnboardingRow, OnboardingsView};
pub use wizard::{
    Cause, ChosenToken, Hints, Lamp, Landing, NextOperation, OnboardingView, OpenToken, RoleRow, SetupRow,
    SignsView, StepRow, TokenStep,
};
pub use words::{LampState, OnboardingMode, OnboardingStatus, OnboardingStep, Posture, Sign, StepStanding};

use crate::{
    Answer,
    ids::{DraftId, OnboardingId},
};

/// What the onboarding pages ask.
pub trait OnboardingConsole: Send + Sync {
    /// Which machines are being brought in, by whom, what is next, and how does another one begin?
    fn onboardings(&self, draft: Option<DraftId>) -> Answer<'_, OnboardingsView>;
    /// How does this one stand? Without a step it is the one that is next. A draft is a form that came back with errors.
    fn onboarding(
        &self,
        id: OnboardingId,
        step: Option<OnboardingStep>,
        draft: Option<DraftId>,
    ) -> Answer<'_, OnboardingView>;
}
