//! The token of an onboarding: the one that was chosen, those that could be, and how another one is issued.

use super::{Loaded, SHOWN, fill};
use crate::authz::{EnrolmentTokens, Permit, Read, Scope};
use crate::console::Asking;
use crate::store::enrolment_tokens::{self, EnrolmentToken};
use crate::store::onboardings;
use read_models::error::ConsoleError;
use read_models::onboarding::{ChosenToken, OpenToken, TokenStep};
use read_models::operation::{Target, TargetKind};
use read_models::time::{Timestamp, spoken};

impl Asking {
    pub(super) async fn token_step(
        &self,
        loaded: &Loaded,
        target: &Target,
    ) -> Result<TokenStep, ConsoleError> {
        let platform = Target { kind: TargetKind::Platform, id: "platform".to_owned() };
        let mut issue = self.card_of("enrolment_token.issue", &platform).await?;
        fill(&mut issue, "node_name", loaded.facts.onboarding.node_name.as_deref());
        let why_not = loaded.facts.goes_on().and_then(|()| loaded.facts.has_a_role());
        let why_not = why_not.and_then(|()| loaded.facts.is_waited_for());
        if let Err(blocker) = why_not.and_then(|()| loaded.facts.has_no_good_token()) {
            issue.button.enabled = false;
            issue.button.reason.get_or_insert(format!("Blocked: {}", blocker.sentence));
        }
        let chosen = match &loaded.facts.token {
            Some(token) => Some(self.chosen_token(token).await?),
            None => None,
        };
        Ok(TokenStep {
            chosen,
            issue,
            use_token: self.card_of("onboarding.use_token", target).await?,
            open: self.open_tokens(loaded).await?,
        })
    }

    async fn chosen_token(&self, token: &EnrolmentToken) -> Result<ChosenToken, ConsoleError> {
        let target = Target { kind: TargetKind::EnrolmentToken, id: token.id.to_string() };
        let (now, is_good) = (self.now(), token.is_good(self.now()));
        let command = self.enrol_command(token).filter(|_| is_good);
        let no_command = (command.is_none() && is_good).then(|| {
            format!("Its command is shown only to {}, who issued it. Ask for it, or revoke it and issue one of your own.", token.issued_by)
        });
        let machine = token.node_name.as_ref().map_or_else(
            || "It lets one machine in, once, under the name the machine brings.".to_owned(),
            |name| format!("It lets one machine in, once, as {name}."),
        );
        Ok(ChosenToken {
            id: token.id.clone(),
            is_good,
            standing: standing(token, now),
            issued_by: token.issued_by.clone(),
            expires_at: token.expires_at,
            allows: machine,
            command,
            no_command,
            revoke: self.card_of("enrolment_token.revoke", &target).await?,
        })
    }

    /// Those that are good, fit the name, and are no other onboarding's.
    async fn open_tokens(&self, loaded: &Loaded) -> Result<Vec<OpenToken>, ConsoleError> {
        let permit: Permit<Read, EnrolmentTokens> = self.permit(&Scope::Platform)?;
        let onboarding = &loaded.facts.onboarding;
        let latest = enrolment_tokens::latest(&self.state().db, &permit, SHOWN).await;
        let mut open = Vec::new();
        for token in latest.map_err(|error| self.broken(error))? {
            if !token.is_good(self.now()) || token.node_name != onboarding.node_name {
                continue;
            }
            let holder = onboardings::of_token(&mut &self.state().db, &permit, &token.id).await;
            if holder.map_err(|error| self.broken(error))?.is_some() {
                continue;
            }
            open.push(OpenToken {
                id: token.id,
                node_name: token.node_name,
                issued_by: token.issued_by,
                expires_at: token.expires_at,
            });
        }
        Ok(open)
    }
}

fn standing(token: &EnrolmentToken, now: Timestamp) -> String {
    match (&token.used, token.revoked_at) {
        (Some(used), _) => format!("used {} ago", spoken(now.since(used.at))),
        (None, Some(at)) => format!("revoked {} ago", spoken(now.since(at))),
        (None, None) if token.is_good(now) => {
            format!("good for one machine, {} left", spoken(token.expires_at.since(now)))
        }
        (None, None) => format!("its time was over {} ago", spoken(now.since(token.expires_at))),
    }
}
