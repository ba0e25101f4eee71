//! Enrolment: a machine shows a token and a key, and becomes a node. One transaction, or nothing changes.
//!
//! The same token with the same key within ten minutes gets the same certificate again, because a lost answer is not a
//! lost node. The same token with another key means that somebody else has it: refused, and recorded as an incident.

use std::net::IpAddr;
use std::time::Duration;

use node_protocol::{EnrolAnswer, EnrolRefusal, EnrolRequest, RefusalCode};
use read_models::ids::{EnrolmentTokenId, NodeId};
use read_models::nodes::NodeRole;
use read_models::time::{Timestamp, spoken};
use serde_json::json;

use super::authority::{AuthorityError, BACKDATED, Issued, NODE_LIFETIME, NodeKey};
use super::incident::{self, Incident, Kind};
use super::{proof, resource, wire};
use crate::state::AppState;
use crate::store::db::{StoreError, Tx};
use crate::store::enrolment_tokens::{self, EnrolmentToken, UsedBy};
use crate::store::events::{self, NewEvent};
use crate::store::nodes::{self, NewNode, NodeRecord};
use crate::store::onboardings;

/// How long an answer can be asked for again.
const REPEATABLE: Duration = Duration::from_mins(10);
/// From here on a difference of the clocks is worth telling.
const NOTABLE_SKEW: Duration = Duration::from_mins(5);

/// Why a machine did not become a node.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// Told to the agent; at most the refusal was recorded.
    #[error("enrolment refused: {}", .0.sentence)]
    Refused(EnrolRefusal),
    #[error("the store did not do its part of an enrolment")]
    Store(#[source] StoreError),
    #[error("the authority did not do its part of an enrolment")]
    Authority(#[source] AuthorityError),
}

/// A request that can be read, before the token is looked at.
struct Asked<'a> {
    request: &'a EnrolRequest,
    token: EnrolmentTokenId,
    key: NodeKey,
    address: IpAddr,
    now: Timestamp,
}

/// What was found at the token.
enum Standing {
    /// It can make a node.
    Good(EnrolmentToken),
    /// It has made this node with this key moments ago.
    Again(UsedBy),
    /// It may not be used (any more), or not by this machine.
    Bad(RefusalCode),
    /// There is none.
    Unknown,
}

/// Lets a machine in. `agents_url` is where it will dial from now on.
pub async fn enrol(
    state: &AppState,
    request: &EnrolRequest,
    address: IpAddr,
    agents_url: &str,
) -> Result<EnrolAnswer, EnrolError> {
    let asked = read(request, address, state.clock.now())?;
    match enrol_once(state, &asked, agents_url).await {
        // Somebody took the name with another token between our look and our write: look again, and say so.
        Err(EnrolError::Store(StoreError::Conflict { .. })) => enrol_once(state, &asked, agents_url).await,
        answer => answer,
    }
}

async fn enrol_once(
    state: &AppState,
    asked: &Asked<'_>,
    agents_url: &str,
) -> Result<EnrolAnswer, EnrolError> {
    // Only what changes something takes a writer's place.
    let found = enrolment_tokens::find(&mut &state.db, &proof(), &asked.token).await;
    match standing(found, asked).map_err(EnrolError::Store)? {
        Standing::Unknown => return Err(refused(RefusalCode::TokenUnknown)),
        Standing::Again(used) => return again(state, used, agents_url).await,
        Standing::Good(_) | Standing::Bad(_) => {}
    }
    let mut tx = state.db.begin().await.map_err(EnrolError::Store)?;
    let held = enrolment_tokens::hold(&mut tx, &proof(), &asked.token).await;
    match standing(held, asked).map_err(EnrolError::Store)? {
        Standing::Good(token) => let_in(tx, state, asked, &token, agents_url).await,
        Standing::Again(used) => {
            drop(tx);
            again(state, used, agents_url).await
        }
        Standing::Bad(code) => {
            count(&mut tx, state, asked, code).await.map_err(EnrolError::Store)?;
            tx.commit().await.map_err(EnrolError::Store)?;
            Err(refused(code))
        }
        Standing::Unknown => Err(refused(RefusalCode::TokenUnknown)),
    }
}

/// The same answer once more.
async fn again(state: &AppState, used: UsedBy, agents_url: &str) -> Result<EnrolAnswer, EnrolError> {
    let node = nodes::find(&mut &state.db, &proof(), &used.node_id).await.map_err(EnrolError::Store)?;
    if node.may_not_speak() {
        return Err(refused(RefusalCode::TokenUsed));
    }
    Ok(answer(state, &node, used.certificate_pem, agents_url))
}

async fn let_in(
    mut tx: Tx,
    state: &AppState,
    asked: &Asked<'_>,
    token: &EnrolmentToken,
    agents_url: &str,
) -> Result<EnrolAnswer, EnrolError> {
    if asked.request.simulated && !state.config.admit_simulated {
        return Err(refused(RefusalCode::SimulatedNotAdmitted));
    }
    check_clock(asked)?;
    let name = name(token, asked.request)?;
    if nodes::find_named(&mut tx, &proof(), &name).await.map_err(EnrolError::Store)?.is_some() {
        return Err(name_taken(&name));
    }
    let id = NodeId::from_uuid(&state.ids.uuid());
    let issued =
        state.authority.issue(&id, &asked.key, asked.now, &*state.ids).map_err(EnrolError::Authority)?;
    let role = role(&mut tx, asked).await.map_err(EnrolError::Store)?;
    write(&mut tx, state, asked, (&id, &name, role), &issued).await.map_err(EnrolError::Store)?;
    let node = nodes::find(&mut tx, &proof(), &id).await.map_err(EnrolError::Store)?;
    tx.commit().await.map_err(EnrolError::Store)?;
    tracing::info!(node.id = %id, "node {name} has enrolled from {}", asked.address);
    Ok(answer(state, &node, issued.chain_pem, agents_url))
}

/// Everything that can be wrong without asking the database.
fn read(request: &EnrolRequest, address: IpAddr, now: Timestamp) -> Result<Asked<'_>, EnrolError> {
    let token =
        EnrolmentTokenId::parse(request.token.id()).map_err(|_| refused(RefusalCode::TokenUnknown))?;
    if ![&request.hostname, &request.agent_version, &request.boot_id]
        .into_iter()
        .all(|text| wire::is_plain(text))
    {
        return Err(refused(RefusalCode::BadRequest));
    }
    let key = NodeKey::from_request(&request.csr_pem)
        .map_err(|bad| EnrolError::Refused(EnrolRefusal::because(RefusalCode::BadCsr, bad.to_string())))?;
    if request.identity_key_fingerprint.as_ref().is_some_and(|theirs| *theirs != key.fingerprint) {
        let sentence = "The certificate request is not signed by the identity key the agent names.";
        return Err(EnrolError::Refused(EnrolRefusal::because(RefusalCode::BadCsr, sentence)));
    }
    Ok(Asked { request, token, key, address, now })
}

/// Judges the token; changes nothing.
fn standing(found: Result<EnrolmentToken, StoreError>, asked: &Asked<'_>) -> Result<Standing, StoreError> {
    let token = match found {
        Ok(token) => token,
        Err(StoreError::NotFound) => return Ok(Standing::Unknown),
        Err(error) => return Err(error),
    };
    let shown = hex::encode(asked.request.token.secret_hash());
    if !is_same(shown.as_bytes(), token.secret_hash.as_bytes()) {
        return Ok(Standing::Bad(RefusalCode::TokenUnknown));
    }
    if token.revoked_at.is_some() {
        return Ok(Standing::Bad(RefusalCode::TokenRevoked));
    }
    let Some(used) = token.used.clone() else {
        let is_over = asked.now >= token.expires_at;
        return Ok(if is_over { Standing::Bad(RefusalCode::TokenExpired) } else { Standing::Good(token) });
    };
    if used.key_fingerprint != asked.key.fingerprint {
        return Ok(Standing::Bad(RefusalCode::TokenOtherKey));
    }
    if asked.now.since(used.at) > REPEATABLE {
        return Ok(Standing::Bad(RefusalCode::TokenUsed));
    }
    Ok(Standing::Again(used))
}

/// Counts a refusal at the token; one with another key is an incident as well.
async fn count(
    tx: &mut Tx,
    state: &AppState,
    asked: &Asked<'_>,
    code: RefusalCode,
) -> Result<(), StoreError> {
    enrolment_tokens::count_refusal(tx, &proof(), &asked.token).await?;
    if code != RefusalCode::TokenOtherKey {
        return Ok(());
    }
    let sentence = format!(
        "The used enrolment token {} was shown again from {} with another identity key. It was refused.",
        asked.token, asked.address
    );
    tracing::warn!(token = %asked.token, "a used enrolment token was shown with another key from {}", asked.address);
    let met = Incident {
        kind: Kind::EnrolmentKeyMismatch,
        sentence,
        address: asked.address,
        enrolment_token: Some(&asked.token),
        node: None,
    };
    incident::record(tx, state, &met).await
}

/// What the machine is for: as its onboarding says, where there is one.
async fn role(tx: &mut Tx, asked: &Asked<'_>) -> Result<NodeRole, StoreError> {
    let onboarding = onboardings::of_token(tx, &proof(), &asked.token).await?;
    Ok(onboarding.and_then(|onboarding| onboarding.role).unwrap_or(NodeRole::SliceHost))
}

async fn write(
    tx: &mut Tx,
    state: &AppState,
    asked: &Asked<'_>,
    (id, name, role): (&NodeId, &str, NodeRole),
    issued: &Issued,
) -> Result<(), StoreError> {
    let request = asked.request;
    let new = NewNode {
        id,
        name,
        role,
        identity_fingerprint: &asked.key.fingerprint,
        certificate: &issued.certificate,
        agent_version: &request.agent_version,
        hostname: &request.hostname,
        boot_id: &request.boot_id,
        clock_skew_us: skew_us(asked),
        simulated: request.simulated,
    };
    nodes::enrol(tx, &proof(), &new, asked.now).await?;
    let used = UsedBy {
        at: asked.now,
        key_fingerprint: asked.key.fingerprint.clone(),
        node_id: id.clone(),
        certificate_pem: issued.chain_pem.clone(),
    };
    enrolment_tokens::use_up(tx, &proof(), &asked.token, &used).await?;
    events::append(tx, &*state.ids, enrolled(asked, (id, name), issued)).await
}

fn enrolled(asked: &Asked<'_>, (id, name): (&NodeId, &str), issued: &Issued) -> NewEvent {
    let skew = Duration::from_micros(skew_us(asked).unsigned_abs());
    let clock = if skew > NOTABLE_SKEW {
        format!(
            " Its clock is {} off; set it, or its certificate will not work when it should.",
            spoken(skew)
        )
    } else {
        String::new()
    };
    let simulated = if asked.request.simulated { " It is simulated: no machine is behind it." } else { "" };
    NewEvent {
        at: asked.now,
        kind: "node.enrolled",
        actor: format!("enrolment token {}", asked.token),
        sentence: format!("{name} has enrolled from {}.{clock}{simulated}", asked.address),
        operation: None,
        step: None,
        project: None,
        resource: Some(resource(id)),
        body: json!({
            "node": id,
            "name": name,
            "enrolment_token": asked.token,
            "identity_key": asked.key.fingerprint,
            "certificate_serial": issued.certificate.serial,
            "certificate_not_after": issued.certificate.not_after,
            "clock_skew_us": skew_us(asked),
            "simulated": asked.request.simulated,
        }),
    }
}

fn answer(state: &AppState, node: &NodeRecord, certificate_pem: String, agents_url: &str) -> EnrolAnswer {
    EnrolAnswer {
        node_id: wire::to_node(&node.id),
        node_name: node.name.clone(),
        certificate_pem,
        ca_pem: state.authority.root_pem(),
        agents_url: agents_url.to_owned(),
        expires_at_us: node.certificate.not_after.as_micros(),
        server_time_us: state.clock.now().as_micros(),
    }
}

/// A clock that is off is noted; one for which the certificate would not be good now is refused, because nothing the agent
/// does with it could work.
fn check_clock(asked: &Asked<'_>) -> Result<(), EnrolError> {
    let theirs = Timestamp::from_micros(asked.request.agent_time_us);
    if theirs < asked.now.minus(BACKDATED) || theirs >= asked.now.plus(NODE_LIFETIME) {
        return Err(refused(RefusalCode::ClockSkew));
    }
    Ok(())
}

fn skew_us(asked: &Asked<'_>) -> i64 {
    asked.request.agent_time_us.saturating_sub(asked.now.as_micros())
}

/// The token's name, else the wished one, else the host's.
fn name(token: &EnrolmentToken, request: &EnrolRequest) -> Result<String, EnrolError> {
    let name = match (&token.node_name, &request.node_name) {
        (Some(fixed), Some(wished)) if fixed != wished => {
            let sentence = format!("This enrolment token is for a node named `{fixed}`.");
            let refusal = EnrolRefusal::because(RefusalCode::BadName, sentence);
            let next_step = format!("Enrol with `--name {fixed}`, or make a token for another name.");
            return Err(EnrolError::Refused(EnrolRefusal { next_step, ..refusal }));
        }
        (Some(fixed), _) => fixed.clone(),
        (None, Some(wished)) => wished.clone(),
        (None, None) => name_of_host(&request.hostname),
    };
    if is_name(&name) { Ok(name) } else { Err(refused(RefusalCode::BadName)) }
}

/// The first part of a host name, in the letters a node's name may have.
fn name_of_host(hostname: &str) -> String {
    let first = hostname.split('.').next().unwrap_or_default().to_ascii_lowercase();
    first.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(63).collect()
}

/// Whether a text can be a node's name.
pub fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&name.len()) && name.bytes().all(allowed) && !name.starts_with('-')
}

fn name_taken(name: &str) -> EnrolError {
    EnrolError::Refused(EnrolRefusal::because(
        RefusalCode::NameTaken,
        format!("Another node is named `{name}` already."),
    ))
}

fn refused(code: RefusalCode) -> EnrolError {
    EnrolError::Refused(EnrolRefusal::of(code))
}

/// Takes the same time wherever the two differ.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hosts_name_becomes_a_nodes_name() {
        for (host, name) in [("Worker-7.lab.example", "worker-7"), ("gpu_01", "gpu-01"), ("", "")] {
            assert_eq!(name_of_host(host), name);
        }
    }

    #[test]
    fn a_name_is_one_label() {
        for (name, good) in [
            ("a", true),
            ("worker-1", true),
            ("", false),
            ("-a", false),
            ("A", false),
            ("a.b", false),
            ("ä", false),
        ] {
            assert_eq!(is_name(name), good, "{name}");
        }
        assert!(!is_name(&"a".repeat(64)));
    }

    #[test]
    fn secrets_are_compared_to_their_end() {
        assert!(is_same(b"abc", b"abc") && !is_same(b"abc", b"abd") && !is_same(b"abc", b"ab"));
    }
}
