//! Onboarding: the machines that are being brought in, and the seven steps of each.

mod attempts;
mod form;
mod list;
mod steps;
mod wizard;

pub(crate) use list::OnboardingsPage;
pub(crate) use wizard::OnboardingPage;

use crate::components::state_badge::{Badge, Tone};
use read_models::onboarding::{LampState, OnboardingStatus, Posture};

impl From<OnboardingStatus> for Badge {
    fn from(status: OnboardingStatus) -> Self {
        let tone = match status {
            OnboardingStatus::Unfinished => Tone::Busy,
            OnboardingStatus::Landed => Tone::Ok,
            OnboardingStatus::Abandoned => Tone::Idle,
        };
        Self::new(status.key(), status.word(), tone)
    }
}

impl From<LampState> for Badge {
    fn from(state: LampState) -> Self {
        let tone = match state {
            LampState::Unknown => Tone::Idle,
            LampState::Waiting => Tone::Busy,
            LampState::There => Tone::Ok,
        };
        Self::new(state.key(), state.word(), tone)
    }
}

/// What is not needed worries nobody.
fn posture_badge(posture: Posture, is_needed: bool) -> Badge {
    let tone = match posture {
        Posture::Configured => Tone::Ok,
        Posture::Missing if is_needed => Tone::Bad,
        Posture::Missing => Tone::Idle,
        Posture::Stale => Tone::Warn,
        Posture::Unsafe => Tone::Bad,
    };
    Badge::new(posture.key(), posture.word(), tone)
}
