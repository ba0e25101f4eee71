//! What the server has seen of a machine, what was refused, and whether that needs a person.

use super::Loaded;
use crate::authz::{EnrolmentTokens, Permit, Read, Scope};
use crate::console::Asking;
use crate::projections::onboarding::{Known, attempt_row, hints, lamps, status};
use crate::store::enrolment_attempts::{self, EnrolmentAttempt};
use crate::store::onboardings;
use read_models::error::ConsoleError;
use read_models::navigation::Address;
use read_models::nodes::ActionItem;
use read_models::onboarding::{AttemptRow, OnboardingRow, OnboardingStatus, OnboardingStep, SignsView};
use read_models::time::Timestamp;
use std::time::Duration;

/// Attempts that belong to no onboarding are of interest for so long.
const RECENT: Duration = Duration::from_hours(24);
const STRANGERS: i64 = 40;

impl Asking {
    pub(super) async fn signs(&self, loaded: &Loaded) -> Result<SignsView, ConsoleError> {
        let known = loaded.known();
        let perhaps = match (&known.onboarding.token, known.node) {
            (Some(taken), None) => self.perhaps(&known, taken.at).await?,
            (_, _) => Vec::new(),
        };
        Ok(SignsView {
            lamps: lamps(&known),
            attempts: loaded.attempts.iter().map(attempt_row).collect(),
            perhaps: perhaps.iter().map(attempt_row).collect(),
            hints: hints(&known, &self.state().agents_url()),
        })
    }

    /// Attempts that may have been this machine's: with no token that could be told, or under its name with another one.
    async fn perhaps(
        &self,
        known: &Known<'_>,
        since: Timestamp,
    ) -> Result<Vec<EnrolmentAttempt>, ConsoleError> {
        let permit: Permit<Read, EnrolmentTokens> = self.permit(&Scope::Platform)?;
        let newest = enrolment_attempts::newest(&self.state().db, &permit, since, STRANGERS).await;
        let own = known.token.map(|token| &token.id);
        let wanted = known.onboarding.node_name.as_ref();
        let may_be = |attempt: &EnrolmentAttempt| match &attempt.token {
            None => true,
            Some(token) => Some(token) != own && wanted.is_some() && attempt.machine.as_ref() == wanted,
        };
        Ok(newest.map_err(|error| self.broken(error))?.into_iter().filter(may_be).collect())
    }

    pub(super) async fn strangers(&self) -> Result<Vec<AttemptRow>, ConsoleError> {
        let permit: Permit<Read, EnrolmentTokens> = self.permit(&Scope::Platform)?;
        let since = self.now().minus(RECENT);
        let newest = enrolment_attempts::newest(&self.state().db, &permit, since, STRANGERS).await;
        let mut strangers = Vec::new();
        for attempt in newest.map_err(|error| self.broken(error))? {
            if let Some(token) = &attempt.token {
                let holder = onboardings::of_token(&mut &self.state().db, &permit, token).await;
                if holder.map_err(|error| self.broken(error))?.is_some() {
                    continue;
                }
            }
            strangers.push(attempt_row(&attempt));
        }
        Ok(strangers)
    }

    /// What is wrong, and since when; none when nothing is.
    pub(super) fn trouble(&self, loaded: &Loaded) -> Option<Trouble> {
        let known = loaded.known();
        if status(&known) != OnboardingStatus::Unfinished {
            return None;
        }
        if let Some(attempt) = loaded.attempts.first().filter(|_| known.node.is_none()) {
            let sentence = attempt.sentence.clone();
            return Some(Trouble { word: "was refused", since: attempt.at, sentence });
        }
        let hints = hints(&known, &self.state().agents_url())?;
        Some(Trouble { word: "is quiet", since: hints.quiet_since, sentence: hints.sentence })
    }

    pub(super) fn action(&self, loaded: &Loaded, row: &OnboardingRow) -> Option<ActionItem> {
        let trouble = self.trouble(loaded)?;
        Some(ActionItem {
            title: format!("{} {}", row.title, trouble.word),
            reason: trouble.sentence,
            since: trouble.since,
            next_operation: None,
            address: Address::Onboarding { id: row.id.clone(), step: Some(OnboardingStep::Signs) },
            label: "See what happened".to_owned(),
            key: None,
            acknowledged: None,
            handed: None,
            simulated: loaded.known().node.is_some_and(|node| node.simulated),
        })
    }

    /// What needs a person, in a sentence.
    pub(super) fn needed(&self, loaded: &Loaded, next: OnboardingStep) -> Option<String> {
        if status(&loaded.known()) == OnboardingStatus::Abandoned {
            return None;
        }
        match self.trouble(loaded) {
            Some(trouble) => Some(format!("The machine {}: {}", trouble.word, trouble.sentence)),
            None => words_of(next).map(str::to_owned),
        }
    }
}

/// What is wrong with an onboarding.
pub(super) struct Trouble {
    word: &'static str,
    since: Timestamp,
    sentence: String,
}

/// What is next, for a person; none while it is only waited for.
const fn words_of(next: OnboardingStep) -> Option<&'static str> {
    match next {
        OnboardingStep::Site => Some("Say where the machine stands and how it comes in."),
        OnboardingStep::Role => Some("Choose what the machine is for."),
        OnboardingStep::Setup => Some("Set up what is needed and not there."),
        OnboardingStep::Token => Some("Issue a token that lets the machine in."),
        OnboardingStep::Command => Some("Run the command on the machine."),
        OnboardingStep::Signs | OnboardingStep::Land => None,
    }
}
