//! `issue-enrolment-token`: lets one machine in, once, within an hour. The same token the console would issue.

use std::time::Duration;

use clap::Args;
use read_models::ids::EnrolmentTokenId;
use sha2::{Digest, Sha256};

use super::super::{CliError, answer};
use super::{Act, proof, record};
use crate::nodes::enrolment;
use crate::operations::enrolment_secret_of;
use crate::state::AppState;
use crate::store::db::{StoreError, Tx};
use crate::store::enrolment_tokens::{self, NewEnrolmentToken};

/// How long a token is good that a person types in.
const LIFETIME: Duration = Duration::from_hours(1);

#[derive(Args)]
pub(in crate::cli) struct NewEnrolment {
    /// The name the machine has to take
    #[arg(long, conflicts_with = "count")]
    node_name: Option<String>,
    /// How many tokens, one in each line: for as many machines
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    count: u32,
}

pub(super) async fn issue(state: &AppState, new: NewEnrolment) -> Result<(), CliError> {
    if let Some(name) = new.node_name.as_ref().filter(|name| !enrolment::is_name(name)) {
        let fix = "write a host name: letters, digits and hyphens".to_owned();
        return Err(CliError::Option { name: "--node-name", value: name.clone(), fix });
    }
    let mut tx = state.db.begin().await.map_err(CliError::Store)?;
    let mut tokens = Vec::new();
    for _ in 0..new.count {
        tokens.push(issue_one(&mut tx, state, new.node_name.as_deref()).await.map_err(CliError::Store)?);
    }
    tx.commit().await.map_err(CliError::Store)?;
    answer(&tokens.join("\n"))
}

async fn issue_one(tx: &mut Tx, state: &AppState, node_name: Option<&str>) -> Result<String, StoreError> {
    let (id, now) = (EnrolmentTokenId::from_uuid(&state.ids.uuid()), state.clock.now());
    let secret = enrolment_secret_of(&state.sealing, &id);
    let row = NewEnrolmentToken {
        id: &id,
        secret_hash: &hex::encode(Sha256::digest(secret.as_bytes())),
        node_name,
        issued_at: now,
        expires_at: now.plus(LIFETIME),
    };
    enrolment_tokens::issue(tx, &proof(), row).await?;
    let act = Act {
        kind: "admin.issue_enrolment_token",
        sentence: "Issued an enrolment token, good once within an hour.".to_owned(),
        project: None,
        resource: format!("enrolment_token:{id}"),
    };
    record(tx, state, act).await?;
    Ok(format!("{id}.{secret}.{}", state.authority.ca_pin()))
}
