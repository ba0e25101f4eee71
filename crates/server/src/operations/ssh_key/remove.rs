//! `ssh_key.remove`: take a public key out of one's account.
//!
//! When it fails the key stays, or is put back.

use super::super::world::{World, cannot_look, commit, no_facts, surely_nothing};
use crate::facts::{Asked, PersonFacts};
use crate::store::db::StoreError;
use crate::store::ssh_keys::{self, SshKey};
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, Intent, Lock, Observation, Operation,
    Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::{SshKeyId, UserId};
use read_models::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The declaration.
pub(crate) struct Remove;

type Facts = Asked<SshKeyId>;

#[async_trait]
impl Operation<World> for Remove {
    const DECLARATION: Declaration = Declaration {
        id: "ssh_key.remove",
        version: 1,
        target: "user",
        intent: Intent::Retirement,
        title: "Remove SSH key",
        danger: Danger::Safe,
        steps: &["Take the key away"],
        expected: "The key is not in your account any more.",
        verified_by: "The key is looked for again.",
        on_failure: "The key stays in your account, or is put back.",
        progress: "On the security page.",
        evidence: "Who removed it, its name and its fingerprint.",
        audit: "asked to remove an SSH key of",
    };
    const RULES: &'static [Rule<Facts>] =
        &[Rule { code: "is_there", holds: "There is a key to remove.", check: is_there }];
    const NEVER_HELD_BACK: Option<&'static str> = Some("It protects people.");
    type Facts = Facts;
    type Input = RemoveInput;
    type Step = RemoveStep;

    fn usual_input() -> Option<RemoveInput> {
        None
    }

    async fn facts(world: &World, target: &str, input: Option<&RemoveInput>) -> Result<Facts, FactsError> {
        let person = PersonFacts::load(world, target).await.map_err(no_facts)?;
        Ok(person.about(input.map(|input| input.key.clone())))
    }

    fn locks(target: &str, _: &Facts) -> Vec<Lock> {
        vec![Lock::exclusive(PersonFacts::lock(target, "ssh_keys"))]
    }

    fn plan(facts: &Facts, _: &RemoveInput) -> Plan<RemoveStep> {
        let plan = Plan::new().noticed_by(
            "Nobody at once; your next launch cannot let this key in. Machines it is on already keep it.",
        );
        // Without the key there is nothing to do, and the rule says so.
        let Some(key) = asked(facts) else { return plan };
        plan.step(RemoveStep::Remove {
            user: key.user.clone(),
            key: key.id.clone(),
            name: key.name.clone(),
            algorithm: key.algorithm.clone(),
            public_key: key.public_key.clone(),
            fingerprint: key.fingerprint.clone(),
            added_at: key.added_at,
        })
    }
}

fn asked(facts: &Facts) -> Option<&SshKey> {
    let id = facts.about.as_ref()?;
    facts.person.keys.iter().find(|key| key.id == *id)
}

fn is_there(facts: &Facts) -> Result<(), Blocker> {
    match &facts.about {
        None if facts.person.keys.is_empty() => Err(Blocker::new("You have no SSH key.")),
        Some(_) if asked(facts).is_none() => Err(Blocker::new("You have no such SSH key.")),
        None | Some(_) => Ok(()),
    }
}

/// Which one.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RemoveInput {
    /// The key to remove.
    #[schemars(with = "String")]
    key: SshKeyId,
}

/// What it does, with what it takes to put the key back.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum RemoveStep {
    Remove {
        user: UserId,
        key: SshKeyId,
        name: String,
        algorithm: String,
        public_key: String,
        fingerprint: String,
        added_at: Timestamp,
    },
}

impl RemoveStep {
    const fn id(&self) -> &SshKeyId {
        let Self::Remove { key, .. } = self;
        key
    }

    fn as_it_was(&self) -> SshKey {
        let Self::Remove { user, key, name, algorithm, public_key, fingerprint, added_at } = self.clone();
        SshKey { id: key, user, name, algorithm, public_key, fingerprint, added_at }
    }
}

#[async_trait]
impl Step<World> for RemoveStep {
    fn title(&self) -> String {
        let Self::Remove { name, fingerprint, .. } = self;
        format!("Take the key {name} away: {fingerprint}")
    }

    fn observed_by(&self) -> Option<String> {
        Some("the key, looked for again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::TakesBack("The key is put back as it was.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by("ssh_key.add"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Remove { user, key, .. } = self;
        let mut tx = world.effect(attempt).await?;
        match ssh_keys::remove(&mut tx, &world.proof, user, key).await {
            Ok(()) | Err(StoreError::NotFound) => commit(tx).await?,
            Err(error) => return Err(surely_nothing(error)),
        }
        Ok(Performed::Acknowledged("It is taken away.".to_owned()))
    }

    async fn observe(&self, world: &World, _: &Attempt) -> Observation {
        match ssh_keys::find(&mut &world.db, &world.proof, self.id()).await {
            Ok(_) => Observation::Absent("The key is still there.".to_owned()),
            Err(StoreError::NotFound) => {
                Observation::seen("The key is not there.", json!({ "id": self.id() }))
            }
            Err(error) => cannot_look(&error),
        }
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let mut tx = world.effect(attempt).await?;
        match ssh_keys::find(&mut tx, &world.proof, self.id()).await {
            Ok(_) => return Ok(Performed::Acknowledged("It is there.".to_owned())),
            Err(StoreError::NotFound) => {}
            Err(error) => return Err(surely_nothing(error)),
        }
        ssh_keys::add(&mut tx, &world.proof, &self.as_it_was()).await.map_err(surely_nothing)?;
        commit(tx).await?;
        Ok(Performed::Acknowledged("It is put back.".to_owned()))
    }

    async fn observe_undone(&self, world: &World, _: &Attempt) -> Observation {
        match ssh_keys::find(&mut &world.db, &world.proof, self.id()).await {
            Ok(_) => Observation::seen("The key is there.", json!({ "id": self.id() })),
            Err(StoreError::NotFound) => Observation::Absent("The key is not there.".to_owned()),
            Err(error) => cannot_look(&error),
        }
    }
}
