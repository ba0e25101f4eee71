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
use crate::store::enrolment_tokens::{self, NewEnrolmentToken};

/// How long a token is good that a person types in.
const LIFETIME: Duration = Duration::from_hours(1);

#[derive(Args)]
pub(in crate::cli) struct NewEnrolment {
    /// The name the machine has to take
    #[arg(long)]
    node_name: Option<String>,
}

pub(super) async fn issue(state: &AppState, new: NewEnrolment) -> Result<(), CliError> {
    if let Some(name) = new.node_name.as_ref().filter(|name| !enrolment::is_name(name)) {
        let fix = "write a host name: letters, digits and hyphens".to_owned();
        return Err(CliError::Option { name: "--node-name", value: name.clone(), fix });
    }
    let (id, now) = (EnrolmentTokenId::from_uuid(&state.ids.uuid()), state.clock.now());
    let secret = enrolment_secret_of(&state.sealing, &id);
    let row = NewEnrolmentToken {
        id: &id,
        secret_hash: &hex::encode(Sha256::digest(secret.as_bytes())),
        node_name: new.node_name.as_deref(),
        issued_at: now,
        expires_at: now.plus(LIFETIME),
    };
    let mut tx = state.db.begin().await.map_err(CliError::Store)?;
    enrolment_tokens::issue(&mut tx, &proof(), row).await.map_err(CliError::Store)?;
    let act = Act {
        kind: "admin.issue_enrolment_token",
        sentence: "Issued an enrolment token, good once within an hour.".to_owned(),
        project: None,
        resource: format!("enrolment_token:{id}"),
    };
    record(&mut tx, state, act).await.map_err(CliError::Store)?;
    tx.commit().await.map_err(CliError::Store)?;
    answer(&format!("{id}.{secret}.{}", state.authority.ca_pin()))
}
