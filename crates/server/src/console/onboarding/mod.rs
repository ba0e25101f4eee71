//! Which machines are being brought in, how does each stand, and what has the server seen of it?

mod seen;
mod token;

use super::Asking;
use crate::authz::{Account, EnrolmentTokens, Nodes, OperationRecords, Permit, Read, Scope};
use crate::facts::OnboardingFacts;
use crate::projections::onboarding::{
    Known, SetupFacts, has_landed, modes, next, roles, setup, status, steps, title,
};
use crate::store::db::StoreError;
use crate::store::enrolment_attempts::{self, EnrolmentAttempt};
use crate::store::nodes::{self, FirstSigns, NodeRecord};
use crate::store::onboardings;
use crate::store::operations as stored;
use crate::store::ssh_keys;
use read_models::Answer;
use read_models::error::ConsoleError;
use read_models::ids::{DraftId, OnboardingId, OperationId};
use read_models::navigation::Address;
use read_models::onboarding::{
    Landing, NextOperation, OnboardingConsole, OnboardingRow, OnboardingStatus, OnboardingStep,
    OnboardingView, OnboardingsView, SetupRow, StepRow, StepStanding,
};
use read_models::operation::{LastRun, OperationCard, Target, TargetKind};
use read_models::time::Timestamp;

/// Onboardings that are shown, and operations of each.
const SHOWN: i64 = 50;
const RUNS: i64 = 20;

/// What was read of an onboarding.
struct Loaded {
    facts: OnboardingFacts,
    first: FirstSigns,
    attempts: Vec<EnrolmentAttempt>,
}

impl Loaded {
    fn known(&self) -> Known<'_> {
        Known {
            onboarding: &self.facts.onboarding,
            token: self.facts.token.as_ref(),
            node: self.facts.node.as_ref(),
            first: self.first,
            attempts: &self.attempts,
            now: self.facts.now,
        }
    }

    /// Since when it stands as it does.
    fn since(&self) -> Timestamp {
        let onboarding = &self.facts.onboarding;
        let landed = self.facts.node.as_ref().filter(|node| has_landed(node));
        landed
            .map(|node| self.first.usage.max(self.first.capabilities).unwrap_or(node.created_at))
            .or_else(|| onboarding.abandoned.as_ref().map(|abandoned| abandoned.at))
            .unwrap_or(onboarding.begun_at)
    }
}

impl OnboardingConsole for Asking {
    fn onboardings(&self, draft: Option<DraftId>) -> Answer<'_, OnboardingsView> {
        Box::pin(async move {
            let permit: Permit<Read, EnrolmentTokens> = self.permit(&Scope::Platform)?;
            let found = onboardings::latest(&self.state().db, &permit, SHOWN).await;
            let (mut unfinished, mut over, mut needs_action) = (Vec::new(), Vec::new(), Vec::new());
            let set_up = self.set_up(0);
            for onboarding in found.map_err(|error| self.broken(error))? {
                let loaded = self.load(&onboarding.id).await?;
                let known = loaded.known();
                let steps = steps(&known, &set_up);
                let row = row(&known, &steps);
                if row.status != OnboardingStatus::Unfinished {
                    over.push(row);
                    continue;
                }
                needs_action.extend(self.action(&loaded, &row));
                unfinished.push(row);
            }
            needs_action.sort_by_key(|item| item.since);
            let platform = Target { kind: TargetKind::Platform, id: "platform".to_owned() };
            let mut begin = self.card_of("onboarding.begin", &platform).await?;
            self.bring_back(draft.as_ref(), [&mut begin]).await?;
            Ok(OnboardingsView {
                as_of: self.now(),
                safe_to_ignore: ignorable(over.len()),
                needs_action,
                unfinished,
                over,
                modes: modes(),
                begin,
                strangers: self.strangers().await?,
                past_operations: self.runs(&platform).await?,
            })
        })
    }

    fn onboarding(
        &self,
        id: OnboardingId,
        step: Option<OnboardingStep>,
        draft: Option<DraftId>,
    ) -> Answer<'_, OnboardingView> {
        Box::pin(async move {
            let target = Target { kind: TargetKind::Onboarding, id: id.to_string() };
            self.target(&target).await?;
            let loaded = self.load(&id).await?;
            let known = loaded.known();
            let onboarding = known.onboarding;
            let own_keys = self.own_keys().await?;
            let set_up = self.set_up(own_keys);
            let steps = steps(&known, &set_up);
            let next = next(&steps);
            let mut choose = self.card_of("onboarding.choose", &target).await?;
            fill(&mut choose, "role", onboarding.role.map(read_models::nodes::NodeRole::key));
            fill(&mut choose, "node_name", onboarding.node_name.as_deref());
            let mut token = self.token_step(&loaded, &target).await?;
            let mut abandon = self.card_of("onboarding.abandon", &target).await?;
            let mut add_ssh_key = self.add_ssh_key(own_keys).await?;
            let cards = [&mut choose, &mut token.issue, &mut token.use_token, &mut abandon];
            self.bring_back(draft.as_ref(), cards.into_iter().chain(add_ssh_key.as_mut())).await?;
            Ok(OnboardingView {
                as_of: self.now(),
                title: title(onboarding, known.node),
                status: status(&known),
                since: loaded.since(),
                begun_by: onboarding.begun_by.clone(),
                begun_at: onboarding.begun_at,
                mode: onboarding.mode,
                site: onboarding.site.clone(),
                role: known.node.map(|node| node.role).or(onboarding.role),
                node_name: onboarding.node_name.clone(),
                step: step.unwrap_or(next),
                next,
                needs_action: self.needed(&loaded, next),
                is_in_trouble: self.trouble(&loaded).is_some(),
                safe_to_ignore: safe_to_ignore(&known),
                steps,
                modes: modes(),
                roles: roles(),
                choose,
                setup: set_up,
                add_ssh_key,
                token,
                signs: self.signs(&loaded).await?,
                landing: known.node.filter(|node| has_landed(node)).map(landing),
                abandon,
                past_operations: self.whole_history(&loaded, &target).await?,
                id,
            })
        })
    }
}

impl Asking {
    async fn load(&self, id: &OnboardingId) -> Result<Loaded, ConsoleError> {
        let facts = OnboardingFacts::load(self.world(), id.as_str()).await;
        let facts = facts.map_err(|error| self.missing("onboarding", error))?;
        let (db, read_nodes): (_, Permit<Read, Nodes>) = (&self.state().db, self.permit(&Scope::Platform)?);
        let first = match &facts.node {
            Some(node) => {
                nodes::first_signs(&mut &*db, &read_nodes, &node.id).await.map_err(|e| self.broken(e))?
            }
            None => FirstSigns::default(),
        };
        let permit: Permit<Read, EnrolmentTokens> = self.permit(&Scope::Platform)?;
        let attempts = match &facts.token {
            Some(token) => {
                enrolment_attempts::of_token(db, &permit, &token.id).await.map_err(|e| self.broken(e))?
            }
            None => Vec::new(),
        };
        Ok(Loaded { facts, first, attempts })
    }

    async fn card_of(&self, operation: &str, target: &Target) -> Result<OperationCard, ConsoleError> {
        let found = self.target(target).await?;
        let Some(known) = self.state().register.find(operation) else {
            return Err(ConsoleError::not_found("operation"));
        };
        self.card(known, target, &found, &[]).await
    }

    async fn runs(&self, target: &Target) -> Result<Vec<LastRun>, ConsoleError> {
        let permit: Permit<Read, OperationRecords> = self.permit(&Scope::Platform)?;
        let past = stored::newest_of_target(&self.state().db, &permit, target, false, None, RUNS).await;
        Ok(self.past_runs(&past.map_err(|error| self.broken(error))?))
    }

    /// What was done to it, and what began it and issued its token, each of which has the digits of its operation.
    async fn whole_history(&self, loaded: &Loaded, target: &Target) -> Result<Vec<LastRun>, ConsoleError> {
        let permit: Permit<Read, OperationRecords> = self.permit(&Scope::Platform)?;
        let mut runs = self.runs(target).await?;
        let token = loaded.facts.onboarding.token.as_ref().map(|taken| taken.id.digits());
        for digits in [Some(loaded.facts.onboarding.id.digits()), token].into_iter().flatten() {
            match stored::find(&mut &self.state().db, &permit, &OperationId::from_uuid(digits)).await {
                Ok(operation) => runs.extend(self.past_runs(&[operation])),
                // A token that was made on the command line has no operation.
                Err(StoreError::NotFound) => {}
                Err(error) => return Err(self.broken(error)),
            }
        }
        runs.sort_by_key(|run| std::cmp::Reverse(run.requested_at));
        Ok(runs)
    }

    fn set_up(&self, own_keys: usize) -> Vec<SetupRow> {
        let state = self.state();
        setup(&SetupFacts {
            agents_listen: state.config.agents_listen,
            agents_names: &state.config.agents_names,
            agents_url: &state.agents_url(),
            ca_pin: state.authority.ca_pin(),
            issuing_ends: state.authority.issuing_ends(),
            heartbeat_every: state.config.heartbeat_every,
            version: env!("CARGO_PKG_VERSION"),
            own_keys,
            now: self.now(),
        })
    }

    async fn own_keys(&self) -> Result<usize, ConsoleError> {
        let who = self.who()?;
        let permit: Permit<Read, Account> = self.permit(&Scope::Person(who.user_id.clone()))?;
        let keys = ssh_keys::of_person(&mut &self.state().db, &permit, &who.user_id).await;
        keys.map(|keys| keys.len()).map_err(|error| self.broken(error))
    }

    /// Offered where there is none; a token for programs has no account to put it in.
    async fn add_ssh_key(&self, own_keys: usize) -> Result<Option<OperationCard>, ConsoleError> {
        if own_keys > 0 {
            return Ok(None);
        }
        let target = Target { kind: TargetKind::User, id: self.who()?.user_id.to_string() };
        self.card_of("ssh_key.add", &target).await.map(Some)
    }
}

fn row(known: &Known<'_>, steps: &[StepRow]) -> OnboardingRow {
    let next = next(steps);
    let summary = steps.iter().find(|row| row.step == next && row.standing == StepStanding::Next);
    OnboardingRow {
        id: known.onboarding.id.clone(),
        title: title(known.onboarding, known.node),
        mode: known.onboarding.mode,
        site: known.onboarding.site.clone(),
        status: status(known),
        begun_by: known.onboarding.begun_by.clone(),
        begun_at: known.onboarding.begun_at,
        next,
        next_words: summary.map(|row| row.summary.clone()).unwrap_or_default(),
    }
}

fn ignorable(over: usize) -> String {
    match over {
        0 => "Nothing here can be ignored.".to_owned(),
        1 => "1 onboarding is over and needs nothing.".to_owned(),
        n => format!("{n} onboardings are over and need nothing."),
    }
}

fn safe_to_ignore(known: &Known<'_>) -> String {
    match status(known) {
        OnboardingStatus::Landed => "It has landed: this page needs nothing more.".to_owned(),
        OnboardingStatus::Abandoned => "It was given up: nothing here needs anybody.".to_owned(),
        OnboardingStatus::Unfinished => {
            "It goes on without you: this page may be closed, nothing is lost. Whoever may bring machines in can go on with it."
                .to_owned()
        }
    }
}

fn landing(node: &NodeRecord) -> Landing {
    let operations = Address::NodeOperations(node.id.clone());
    let next = |title: &str, reason: &str, address: Address| NextOperation {
        title: title.to_owned(),
        reason: reason.to_owned(),
        address,
    };
    Landing {
        node: node.id.clone(),
        name: node.name.clone(),
        sentence: format!(
            "{} is {} and {}.",
            node.name,
            node.state.word().to_lowercase(),
            node.policy.word().to_lowercase()
        ),
        simulated: node.simulated,
        next: vec![
            next("Probe node", "See whether what it says is so.", operations.clone()),
            next("Disable scheduling", "When it shall not take workloads yet.", operations),
            next("Launch compute", "Its slots can be launched on.", Address::LaunchCompute { sku: None }),
        ],
    }
}

/// What stands in a card's field at first.
fn fill(card: &mut OperationCard, name: &str, value: Option<&str>) {
    let field = card.fields.iter_mut().find(|field| field.name == name);
    if let (Some(field), Some(value)) = (field, value) {
        value.clone_into(&mut field.value);
    }
}
