//! Operations on an operation that asks for a person or left something over: who looks after it. They change nobody's
//! permission and nothing about the operation itself; that they happened stands among its events.

pub(crate) mod hand_over;
pub(super) mod take_back;

use super::world::{World, cannot_look, commit, no_facts, surely_nothing};
use crate::facts::may_carry_out;
use crate::store::db::Tx;
use crate::store::events::{self, NewEvent};
use crate::store::hand_overs::{self, HandOver};
use crate::store::operations::{self as stored, StoredOperation};
use crate::store::users::{self, Person};
use operations::{Attempt, Blocker, FactsError, Lock, Observation, Performed, Trouble};
use read_models::ids::{OperationId, ProjectId};
use read_models::operation::{OperationState, TargetKind};
use read_models::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// People who are looked at for those who may.
const PEOPLE: i64 = 1_000;

/// The operation, who has it, and who may act on it.
pub(crate) struct Facts {
    about: StoredOperation,
    handed: Option<HandOver>,
    who_may: Vec<Person>,
    /// The account that is named, as it was typed.
    asked: Option<String>,
}

impl Facts {
    async fn load(world: &World, target: &str, asked: Option<&str>) -> Result<Self, FactsError> {
        let id = OperationId::parse(target).map_err(|_| FactsError::NoTarget)?;
        let (db, proof) = (&mut &world.db, &world.proof);
        let about = stored::find_system(db, proof, &id).await.map_err(no_facts)?;
        let handed = hand_overs::find(db, proof, &id).await.map_err(no_facts)?;
        let who_may = who_may(world, &about).await.map_err(no_facts)?;
        Ok(Self { about, handed, who_may, asked: asked.map(|asked| asked.trim().to_owned()) })
    }

    /// Two that hand one over at one time do so one after the other.
    fn lock(target: &str) -> Vec<Lock> {
        vec![Lock::exclusive(format!("operation/{target}/hand_over"))]
    }

    /// Whom the input names, when that is somebody who may act on it.
    fn named(&self) -> Option<&Person> {
        let asked = self.asked.as_deref()?;
        self.who_may.iter().find(|person| is_called(person, asked))
    }

    fn place(&self) -> Place {
        Place {
            about: self.about.id.clone(),
            project: self.about.project.clone(),
            resource: self.about.target.to_string(),
        }
    }
}

/// Whether somebody is meant: by email, or by the account's id.
pub(crate) fn is_called(person: &Person, asked: &str) -> bool {
    person.id.as_str() == asked || person.email == users::canonical_email(asked)
}

/// Who may act on an operation, whoever asked for it: nobody's permission depends on whom it was handed to.
pub(crate) async fn who_may(
    world: &World,
    about: &StoredOperation,
) -> Result<Vec<Person>, crate::store::db::StoreError> {
    let register = super::register();
    let Some(known) = register.find(&about.operation) else { return Ok(Vec::new()) };
    let mut people = users::list(&world.db, &world.proof, PEOPLE).await?;
    people.retain(|person| may_carry_out(person, known.declaration(), &about.target, about.project.as_ref()));
    Ok(people)
}

/// Whether somebody has to look after it.
pub(crate) fn needs_somebody(about: &StoredOperation) -> bool {
    let asks = !about.state.is_over() && about.record.attention.is_some();
    asks || about.state == OperationState::Stuck || !about.record.debris.is_empty()
}

fn somebody_has_to(facts: &Facts) -> Result<(), Blocker> {
    if needs_somebody(&facts.about) {
        return Ok(());
    }
    Err(Blocker::new(if facts.about.state.is_over() {
        "It is over, and nothing of it is left over: nobody has to look after it."
    } else {
        "It asks nobody and is not stuck: it goes on by itself."
    }))
}

fn is_not_of_an_account(facts: &Facts) -> Result<(), Blocker> {
    if facts.about.target.kind == TargetKind::User {
        return Err(Blocker::new("It is about somebody's own account: only they may act on it."));
    }
    Ok(())
}

/// Whose event it is that an operation changes hands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Place {
    about: OperationId,
    project: Option<ProjectId>,
    resource: String,
}

/// Writes down who has it now, and what is to stand among the operation's own events; once, however often it is tried.
async fn write(
    world: &World,
    attempt: &Attempt,
    place: &Place,
    to: Option<&HandOver>,
    happened: Happened<'_>,
) -> Result<Performed, Trouble> {
    let mut tx = world.effect(attempt).await?;
    let now = hand_overs::find(&mut tx, &world.proof, &place.about).await.map_err(surely_nothing)?;
    if now.as_ref() == to {
        return Ok(Performed::Acknowledged("It is so already.".to_owned()));
    }
    hand_overs::set(&mut tx, &world.proof, &place.about, to).await.map_err(surely_nothing)?;
    note(world, &mut tx, attempt, place, happened).await?;
    commit(tx).await?;
    Ok(Performed::Acknowledged("It is written down.".to_owned()))
}

/// What stands among the events of the operation that changes hands.
struct Happened<'a> {
    kind: &'static str,
    by: &'a str,
    sentence: String,
    to: Option<&'a str>,
    note: &'a str,
}

async fn note(
    world: &World,
    tx: &mut Tx,
    attempt: &Attempt,
    place: &Place,
    happened: Happened<'_>,
) -> Result<(), Trouble> {
    let event = NewEvent {
        at: Timestamp::from_micros(attempt.now),
        kind: happened.kind,
        actor: happened.by.to_owned(),
        sentence: happened.sentence,
        operation: Some(place.about.clone()),
        step: None,
        project: place.project.clone(),
        resource: Some(place.resource.clone()),
        body: json!({ "by_operation": attempt.operation, "to": happened.to, "note": happened.note }),
    };
    events::append(tx, &*world.ids, event).await.map_err(surely_nothing)
}

/// Looks who has it.
async fn seen(world: &World, about: &OperationId, wanted: Option<&HandOver>, sentence: &str) -> Observation {
    match hand_overs::find(&mut &world.db, &world.proof, about).await {
        Ok(now) if now.as_ref() == wanted => {
            let to = now.as_ref().map(|now| &now.to_name);
            Observation::seen(sentence, json!({ "about": about, "to": to }))
        }
        Ok(_) => Observation::Absent("Somebody else has it, or nobody.".to_owned()),
        Err(error) => cannot_look(&error),
    }
}
