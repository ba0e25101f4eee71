//! `ssh_key.add`: a public key to log in with, usable in every launch.
//!
//! When it fails there is no such key.

use super::super::token::{NAME_NEEDED, is_name};
use super::super::world::{World, cannot_look, commit, no_facts, operation_of, surely_nothing};
use super::public_key;
use crate::facts::{Asked, PersonFacts};
use crate::store::db::StoreError;
use crate::store::ssh_keys::{self, SshKey};
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, InputError, Intent, Lock, Observation,
    Operation, Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::{SshKeyId, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The declaration.
pub(crate) struct Add;

type Facts = Asked<Wanted>;

#[async_trait]
impl Operation<World> for Add {
    const DECLARATION: Declaration = Declaration {
        id: "ssh_key.add",
        version: 1,
        target: "user",
        intent: Intent::SetUp,
        title: "Add SSH key",
        danger: Danger::Safe,
        steps: &["Write the key down"],
        expected: "The key stands in your account.",
        verified_by: "The key is read again, by its fingerprint.",
        on_failure: "The key does not stand in your account.",
        progress: "On the security page.",
        evidence: "Who added it, its name and its fingerprint.",
        audit: "asked to add an SSH key for",
    };
    const RULES: &'static [Rule<Facts>] = &[
        Rule { code: "name_is_free", holds: "No key of yours has this name.", check: name_is_free },
        Rule { code: "key_is_new", holds: "You do not have this key yet.", check: key_is_new },
    ];
    const LETS_IN: bool = true;
    type Facts = Facts;
    type Input = AddInput;
    type Step = AddStep;

    fn usual_input() -> Option<AddInput> {
        None
    }

    fn check_input(input: &AddInput) -> Result<(), Vec<InputError>> {
        let mut errors = Vec::new();
        if !is_name(&input.name) {
            errors.push(InputError::at("/name", NAME_NEEDED));
        }
        if let Err(sentence) = public_key::read(&input.public_key) {
            errors.push(InputError::at("/public_key", sentence));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    async fn facts(world: &World, target: &str, input: Option<&AddInput>) -> Result<Facts, FactsError> {
        let person = PersonFacts::load(world, target).await.map_err(no_facts)?;
        let wanted = input.and_then(|input| {
            let read = public_key::read(&input.public_key).ok()?;
            Some(Wanted { name: input.name.trim().to_owned(), fingerprint: read.fingerprint })
        });
        Ok(person.about(wanted))
    }

    fn locks(target: &str, _: &Facts) -> Vec<Lock> {
        vec![Lock::exclusive(PersonFacts::lock(target, "ssh_keys"))]
    }

    fn plan(facts: &Facts, input: &AddInput) -> Plan<AddStep> {
        let plan = Plan::new().noticed_by("Nobody; your next launch can let this key in.");
        // Checked before: what cannot be read never gets here.
        let Ok(read) = public_key::read(&input.public_key) else { return plan };
        plan.step(AddStep::Write {
            user: facts.person.account.id.clone(),
            name: input.name.trim().to_owned(),
            algorithm: read.algorithm,
            public_key: read.text,
            fingerprint: read.fingerprint,
        })
    }
}

fn name_is_free(facts: &Facts) -> Result<(), Blocker> {
    let Some(wanted) = &facts.about else { return Ok(()) };
    if facts.person.keys.iter().any(|key| key.name == wanted.name) {
        return Err(Blocker::new(format!("A key of yours is named {}: choose another name.", wanted.name)));
    }
    Ok(())
}

fn key_is_new(facts: &Facts) -> Result<(), Blocker> {
    let Some(wanted) = &facts.about else { return Ok(()) };
    match facts.person.keys.iter().find(|key| key.fingerprint == wanted.fingerprint) {
        Some(key) => Err(Blocker::new(format!("You have this key already: it is named {}.", key.name))),
        None => Ok(()),
    }
}

/// What has to be new.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    name: String,
    fingerprint: String,
}

/// The key.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddInput {
    /// What you call it: the machine it is on.
    name: String,
    /// The line of the file that ends in .pub. It begins with ssh-ed25519, ecdsa-sha2-… or ssh-rsa.
    public_key: String,
}

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum AddStep {
    Write { user: UserId, name: String, algorithm: String, public_key: String, fingerprint: String },
}

#[async_trait]
impl Step<World> for AddStep {
    fn title(&self) -> String {
        let Self::Write { name, fingerprint, .. } = self;
        format!("Write down the key {name}: {fingerprint}")
    }

    fn observed_by(&self) -> Option<String> {
        Some("the key, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::TakesBack("The key is taken away again.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by("ssh_key.remove"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Write { user, name, algorithm, public_key, fingerprint } = self;
        let id = key_of(attempt)?;
        let mut tx = world.effect(attempt).await?;
        match ssh_keys::find(&mut tx, &world.proof, &id).await {
            Ok(_) => return Ok(Performed::Acknowledged("It is written down already.".to_owned())),
            Err(StoreError::NotFound) => {}
            Err(error) => return Err(surely_nothing(error)),
        }
        let key = SshKey {
            id,
            user: user.clone(),
            name: name.clone(),
            algorithm: algorithm.clone(),
            public_key: public_key.clone(),
            fingerprint: fingerprint.clone(),
            added_at: world.now(),
        };
        ssh_keys::add(&mut tx, &world.proof, &key).await.map_err(surely_nothing)?;
        commit(tx).await?;
        Ok(Performed::Acknowledged("It is written down.".to_owned()))
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        let Self::Write { fingerprint, .. } = self;
        let Ok(id) = key_of(attempt) else {
            return Observation::Contrary("Its id cannot be read.".to_owned());
        };
        match ssh_keys::find(&mut &world.db, &world.proof, &id).await {
            Ok(key) if key.fingerprint == *fingerprint => Observation::seen(
                "The key stands in the account.",
                json!({ "id": id, "fingerprint": fingerprint }),
            ),
            Ok(_) => Observation::Contrary("Another key stands in its place.".to_owned()),
            Err(StoreError::NotFound) => Observation::Absent("There is no such key.".to_owned()),
            Err(error) => cannot_look(&error),
        }
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Write { user, .. } = self;
        let id = key_of(attempt)?;
        let mut tx = world.effect(attempt).await?;
        match ssh_keys::remove(&mut tx, &world.proof, user, &id).await {
            Ok(()) | Err(StoreError::NotFound) => commit(tx).await?,
            Err(error) => return Err(surely_nothing(error)),
        }
        Ok(Performed::Acknowledged("It is taken away.".to_owned()))
    }

    async fn observe_undone(&self, world: &World, attempt: &Attempt) -> Observation {
        let Ok(id) = key_of(attempt) else {
            return Observation::Contrary("Its id cannot be read.".to_owned());
        };
        match ssh_keys::find(&mut &world.db, &world.proof, &id).await {
            Ok(_) => Observation::Absent("The key is still there.".to_owned()),
            Err(StoreError::NotFound) => Observation::seen("There is no such key.", json!(null)),
            Err(error) => cannot_look(&error),
        }
    }
}

/// The key of an operation has its digits: written again it is the same one.
fn key_of(attempt: &Attempt) -> Result<SshKeyId, Trouble> {
    let id = operation_of(attempt)?;
    Ok(SshKeyId::from_uuid(id.digits()))
}
