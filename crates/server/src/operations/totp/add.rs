//! `totp.add`: from now on a code of this app is asked for beside the password.
//!
//! The app's secret was made at the door and confirmed there with a code; the input is its reference (see decision 0014).
//! When it fails no more is asked for than before.

use super::super::kept::{place_of, reference};
use super::super::world::{World, cannot_look, commit, no_facts, operation_of, surely_nothing};
use crate::authn::{recovery, totp_place};
use crate::facts::{Asked, PersonFacts};
use crate::store::db::{StoreError, Tx};
use crate::store::kept_secrets::{self, KeptSecret, Purpose};
use crate::store::{passkeys, recovery_codes, sessions, totps};
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, Intent, Lock, Observation, Operation,
    Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::{KeptSecretId, OperationId, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The declaration.
pub(crate) struct Add;

/// The secret that was asked about: none inside when there is none of this reference.
type Facts = Asked<Option<KeptSecret>>;

#[async_trait]
impl Operation<World> for Add {
    const DECLARATION: Declaration = Declaration {
        id: "totp.add",
        version: 1,
        target: "user",
        intent: Intent::SetUp,
        title: "Add authenticator app",
        danger: Danger::Disruptive,
        steps: &[
            "Ask for the app's code from now on, and issue 10 recovery codes with the first second factor",
        ],
        expected: "Signing in, and whatever destroys something or lets somebody in, takes a code of the app, or another second factor, beside the password. With the first one, ten recovery codes are shown on the security page for ten minutes.",
        verified_by: "The account's second factor is read again.",
        on_failure: "No code of an app is asked for, as before.",
        progress: "On the security page.",
        evidence: "Who added it, and when. Never the app's secret, nor a code.",
        audit: "asked to add an authenticator app to the account of",
    };
    const RULES: &'static [Rule<Facts>] = &[
        Rule { code: "has_none", holds: "You have no authenticator app yet.", check: has_none },
        Rule {
            code: "is_confirmed",
            holds: "Only an app that has shown a right code is added.",
            check: is_confirmed,
        },
    ];
    const LETS_IN: bool = true;
    const NEVER_HELD_BACK: Option<&'static str> = Some("It protects people.");
    type Facts = Facts;
    type Input = AddInput;
    type Step = AddStep;

    fn usual_input() -> Option<AddInput> {
        None
    }

    async fn facts(world: &World, target: &str, input: Option<&AddInput>) -> Result<Facts, FactsError> {
        let person = PersonFacts::load(world, target).await.map_err(no_facts)?;
        let Some(AddInput { secret }) = input else { return Ok(person.about(None)) };
        let kept = kept_secrets::find(&mut &world.db, &world.proof, secret).await.map_err(no_facts)?;
        Ok(person.about(Some(kept)))
    }

    fn locks(target: &str, _: &Facts) -> Vec<Lock> {
        vec![Lock::exclusive(PersonFacts::lock(target, "second-factor"))]
    }

    fn plan(facts: &Facts, input: &AddInput) -> Plan<AddStep> {
        let user = facts.person.account.id.clone();
        let plan = Plan::new().step(AddStep::Ask { user, secret: input.secret.clone() });
        if facts.person.has_second_factor() {
            return plan.noticed_by("Nobody at once: your passkeys stay good, and so do the recovery codes.");
        }
        plan.noticed_by("You, at every sign-in: keep the recovery codes where you find them without the app.")
            .noticed_by("Other browsers stay signed in, and are asked for a code before they destroy something. API tokens stay as they are.")
    }
}

fn has_none(facts: &Facts) -> Result<(), Blocker> {
    match &facts.person.totp {
        None => Ok(()),
        Some(_) => Err(Blocker::new("You have an authenticator app already: remove it first.")
            .unblocked_by("totp.remove")),
    }
}

fn is_confirmed(facts: &Facts) -> Result<(), Blocker> {
    let (account, now) = (&facts.person.account, facts.person.now);
    let Some(asked) = &facts.about else { return Ok(()) };
    let sentence = match asked {
        None => "There is no such secret: begin again.",
        Some(kept) if !kept.is_good(&account.id, Purpose::Totp, now) => {
            "This app's secret is not kept any more: it was used, or 30 minutes are over."
        }
        Some(kept) if kept.confirmed_step.is_none() => "No right code of the app was given yet.",
        Some(_) => return Ok(()),
    };
    Err(Blocker::new(sentence).unblocked_by("/account/security"))
}

/// The app's secret, by its reference.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddInput {
    /// The reference you got when you began (`POST /api/v1/account/totp`) and confirmed with a code, never the secret.
    #[serde(deserialize_with = "reference")]
    #[schemars(with = "String", extend("x-secret" = true))]
    secret: KeptSecretId,
}

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum AddStep {
    Ask { user: UserId, secret: KeptSecretId },
}

impl AddStep {
    /// In one transaction: nobody is asked for a code without having a way back.
    async fn ask(
        &self,
        world: &World,
        tx: &mut Tx,
        kept: &KeptSecret,
        by: &OperationId,
    ) -> Result<(), Trouble> {
        let Self::Ask { user, secret } = self;
        let cannot =
            || Trouble::Refused("What was handed in cannot be used with this server's key.".to_owned());
        let opened = world.sealing.open(&place_of(secret), kept.sealed.as_deref().unwrap_or_default());
        let opened = opened.map_err(|_| cannot())?;
        let sealed = world.sealing.seal(&totp_place(user), &opened, &*world.ids).map_err(|_| cannot())?;
        let (proof, now) = (&world.proof, world.now());
        let step = kept.confirmed_step.unwrap_or_default();
        kept_secrets::use_up(tx, proof, secret, by).await.map_err(surely_nothing)?;
        match totps::add(tx, proof, user, (&sealed, step), (by, now)).await {
            Ok(()) => {}
            Err(StoreError::Conflict { .. }) => {
                return Err(Trouble::Refused("There is an authenticator app already.".to_owned()));
            }
            Err(error) => return Err(surely_nothing(error)),
        }
        if !passkeys::of(tx, proof, user).await.map_err(surely_nothing)?.is_empty() {
            return Ok(());
        }
        let hashes: Vec<_> = recovery::derived(&world.sealing, by).iter().map(recovery::hash).collect();
        recovery_codes::replace(tx, proof, user, &hashes, (by, now)).await.map_err(surely_nothing)?;
        // Whatever was fresh was so by the password alone.
        sessions::stale(tx, proof, user).await.map_err(surely_nothing)
    }
}

#[async_trait]
impl Step<World> for AddStep {
    fn title(&self) -> String {
        "Ask for the app's code from now on, and issue 10 recovery codes with the first second factor"
            .to_owned()
    }

    fn observed_by(&self) -> Option<String> {
        Some("the account's second factor, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::TakesBack("The app is not asked for any more, and its recovery codes let nobody in.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by("totp.remove"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Ask { user, secret } = self;
        let by = operation_of(attempt)?;
        let mut tx = world.effect(attempt).await?;
        let kept = kept_secrets::find(&mut tx, &world.proof, secret).await.map_err(surely_nothing)?;
        match kept.filter(|kept| kept.user == *user && kept.purpose == Purpose::Totp) {
            Some(kept) if kept.used_by.as_ref() == Some(&by) => {
                return Ok(Performed::Acknowledged("It is asked for already.".to_owned()));
            }
            Some(kept) if kept.used_by.is_none() && kept.confirmed_step.is_some() => {
                self.ask(world, &mut tx, &kept, &by).await?;
            }
            Some(_) | None => {
                return Err(Trouble::Refused("The app's secret is not kept any more.".to_owned()));
            }
        }
        commit(tx).await?;
        Ok(Performed::Acknowledged("It is asked for.".to_owned()))
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        let (Self::Ask { user, .. }, Ok(by)) = (self, operation_of(attempt)) else {
            return Observation::Contrary("Its id cannot be read.".to_owned());
        };
        match totps::of(&mut &world.db, &world.proof, user).await {
            Ok(Some(app)) if app.added_by == by => Observation::seen(
                "A code of the app is asked for at the next sign-in.",
                json!({ "user": user, "added_at": app.added_at }),
            ),
            Ok(Some(_) | None) => Observation::Absent("The app is not asked for.".to_owned()),
            Err(error) => cannot_look(&error),
        }
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Ask { user, .. } = self;
        let by = operation_of(attempt)?;
        let mut tx = world.effect(attempt).await?;
        totps::take_back(&mut tx, &world.proof, user, &by).await.map_err(surely_nothing)?;
        recovery_codes::take_back(&mut tx, &world.proof, user, &by).await.map_err(surely_nothing)?;
        commit(tx).await?;
        Ok(Performed::Acknowledged("It is not asked for any more.".to_owned()))
    }

    async fn observe_undone(&self, world: &World, attempt: &Attempt) -> Observation {
        let (Self::Ask { user, .. }, Ok(by)) = (self, operation_of(attempt)) else {
            return Observation::Contrary("Its id cannot be read.".to_owned());
        };
        match totps::of(&mut &world.db, &world.proof, user).await {
            Ok(Some(app)) if app.added_by == by => {
                Observation::Absent("A code of the app is still asked for.".to_owned())
            }
            Ok(Some(_) | None) => Observation::seen("The app is not asked for.", json!({ "user": user })),
            Err(error) => cannot_look(&error),
        }
    }
}
