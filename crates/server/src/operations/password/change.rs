//! `password.change`: another password of one's own, and every other session ends.
//!
//! The new password never comes here. It was checked and hashed where it was handed in, its hash is kept sealed, and the
//! input is a reference that only its person can use, once and for half an hour (see decision 0014). When it fails the
//! password stays as it is.

use super::super::kept::{place_of, reference};
use super::super::world::{World, cannot_look, commit, no_facts, operation_of, surely_nothing};
use crate::facts::{Asked, PersonFacts};
use crate::projections::device;
use crate::store::db::{StoreError, Tx};
use crate::store::kept_secrets::{self, KeptSecret, Purpose};
use crate::store::{half_sign_ins, sessions, users};
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, Intent, Lock, Observation, Operation,
    Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::{KeptSecretId, OperationId, UserId};
use read_models::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The declaration.
pub(crate) struct Change;

/// The secret that was asked about: none inside when there is none of this reference.
type Facts = Asked<Option<KeptSecret>>;

#[async_trait]
impl Operation<World> for Change {
    const DECLARATION: Declaration = Declaration {
        id: "password.change",
        version: 1,
        target: "user",
        intent: Intent::Maintain,
        title: "Change password",
        danger: Danger::Disruptive,
        steps: &["Replace the password, and end every other session"],
        expected: "You sign in with the new password, and whoever is signed in elsewhere as you has to sign in again.",
        verified_by: "The account is read again, and the other sessions are looked for.",
        on_failure: "The password stays as it is, and so do the sessions.",
        progress: "On the operation's page, live.",
        evidence: "Who changed it, from which session, and when. Never the password, nor anything made from it.",
        audit: "asked to change the password of",
    };
    const RULES: &'static [Rule<Facts>] = &[Rule {
        code: "is_kept",
        holds: "The new password is taken once, within 30 minutes of being handed in.",
        check: is_kept,
    }];
    const LETS_IN: bool = true;
    const NEVER_HELD_BACK: Option<&'static str> = Some("It protects people.");
    type Facts = Facts;
    type Input = ChangeInput;
    type Step = ChangeStep;

    fn usual_input() -> Option<ChangeInput> {
        None
    }

    async fn facts(world: &World, target: &str, input: Option<&ChangeInput>) -> Result<Facts, FactsError> {
        let person = PersonFacts::load(world, target).await.map_err(no_facts)?;
        let Some(ChangeInput { password }) = input else { return Ok(person.about(None)) };
        let kept = kept_secrets::find(&mut &world.db, &world.proof, password).await.map_err(no_facts)?;
        Ok(person.about(Some(kept)))
    }

    fn locks(target: &str, _: &Facts) -> Vec<Lock> {
        vec![
            Lock::exclusive(PersonFacts::lock(target, "password")),
            Lock::exclusive(PersonFacts::lock(target, "sessions")),
        ]
    }

    fn plan(facts: &Facts, input: &ChangeInput) -> Plan<ChangeStep> {
        let user = facts.person.account.id.clone();
        let step = ChangeStep::Replace { user, password: input.password.clone() };
        let stays = facts.about.as_ref().and_then(Option::as_ref).and_then(|kept| kept.session.as_ref());
        let others = facts.person.sessions.iter().filter(|session| Some(&session.id) != stays);
        let mut plan = Plan::new().step(step);
        for session in others {
            let device = device::words(&session.device);
            plan = plan.noticed_by(format!("Whoever uses {device}: that session ends."));
        }
        plan.noticed_by("SSH keys and API tokens stay good: remove those you do not know.")
    }
}

fn is_kept(facts: &Facts) -> Result<(), Blocker> {
    let (account, now) = (&facts.person.account, facts.person.now);
    let sentence = match &facts.about {
        None => return Ok(()),
        Some(Some(kept)) if kept.is_good(&account.id, Purpose::Password, now) => return Ok(()),
        Some(Some(kept)) if kept.user == account.id && kept.used_by.is_some() => {
            "This new password was set already."
        }
        // Somebody else's is not there, as one that was forgotten.
        Some(_) => "The new password is not kept any more: 30 minutes are over, or it was never handed in.",
    };
    Err(Blocker::new(sentence).unblocked_by("/account/security"))
}

/// The new password, by its reference.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeInput {
    /// The reference you got when you handed the new password in (`POST /api/v1/account/password`), never the password.
    #[serde(deserialize_with = "reference")]
    #[schemars(with = "String", extend("x-secret" = true))]
    password: KeptSecretId,
}

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum ChangeStep {
    Replace { user: UserId, password: KeptSecretId },
}

impl ChangeStep {
    /// In one transaction: nobody is left signed in with a password that is no more.
    async fn replace(
        &self,
        world: &World,
        tx: &mut Tx,
        kept: &KeptSecret,
        by: &OperationId,
    ) -> Result<(), Trouble> {
        let Self::Replace { user, password } = self;
        let sealed = kept.sealed.as_deref().unwrap_or_default();
        let opened = world.sealing.open(&place_of(password), sealed);
        let hash = opened.ok().and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
        let hash = hash.ok_or_else(|| {
            Trouble::Refused("What was handed in cannot be opened with this server's key.".to_owned())
        })?;
        kept_secrets::use_up(tx, &world.proof, password, by).await.map_err(surely_nothing)?;
        users::set_password(tx, &world.proof, user, &hash, world.now()).await.map_err(surely_nothing)?;
        half_sign_ins::end_all(tx, &world.proof, user).await.map_err(surely_nothing)?;
        sessions::end_others(tx, &world.proof, user, kept.session.as_ref()).await.map_err(surely_nothing)
    }
}

#[async_trait]
impl Step<World> for ChangeStep {
    fn title(&self) -> String {
        "Replace the password, and end every other session".to_owned()
    }

    fn observed_by(&self) -> Option<String> {
        Some("the account, read again, and the sessions from before, looked for".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::Cannot("The password from before is kept nowhere: change it again.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by("password.change"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Replace { user, password } = self;
        let by = operation_of(attempt)?;
        let mut tx = world.effect(attempt).await?;
        let kept = kept_secrets::find(&mut tx, &world.proof, password).await.map_err(surely_nothing)?;
        match kept.filter(|kept| kept.user == *user && kept.purpose == Purpose::Password) {
            Some(kept) if kept.used_by.as_ref() == Some(&by) => {
                return Ok(Performed::Acknowledged("It is replaced already.".to_owned()));
            }
            Some(kept) if kept.used_by.is_none() => self.replace(world, &mut tx, &kept, &by).await?,
            Some(_) | None => {
                return Err(Trouble::Refused("The new password is not kept any more.".to_owned()));
            }
        }
        commit(tx).await?;
        Ok(Performed::Acknowledged("It is replaced.".to_owned()))
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        match self.look(world, Timestamp::from_micros(attempt.begun_at)).await {
            Ok(seen) => seen,
            Err(error) => cannot_look(&error),
        }
    }

    async fn undo(&self, _: &World, _: &Attempt) -> Result<Performed, Trouble> {
        Err(Trouble::Refused("The password from before is kept nowhere.".to_owned()))
    }

    async fn observe_undone(&self, _: &World, _: &Attempt) -> Observation {
        Observation::Contrary("The password from before is kept nowhere.".to_owned())
    }
}

impl ChangeStep {
    async fn look(&self, world: &World, begun: Timestamp) -> Result<Observation, StoreError> {
        let Self::Replace { user, password } = self;
        let (db, proof) = (&mut &world.db, &world.proof);
        let kept = kept_secrets::find(db, proof, password).await?;
        let account = users::by_id(db, proof, user).await?;
        let is_set = |kept: &KeptSecret| crate::authn::stored_hash(&account.password_hash) == kept.digest;
        let Some(kept) = kept.filter(is_set) else {
            return Ok(Observation::Absent("The account has another password.".to_owned()));
        };
        let times = (begun, world.now());
        if sessions::others_from_before(db, proof, user, kept.session.as_ref(), times).await? {
            return Ok(Observation::Absent("Another session from before is still open.".to_owned()));
        }
        Ok(Observation::seen(
            "The account has the new password, and no other session from before is open.",
            json!({ "user": user, "session": kept.session }),
        ))
    }
}
