//! `slipway admin …`: what is done before anyone can sign in, or without a browser. It writes to the database, so that it
//! works with the server running or stopped; each act is recorded in the audit.

mod accounts;
mod enrolment;
mod second_factor;
mod starter;
mod tokens;

use clap::Subcommand;
use read_models::ids::ProjectId;

use super::{CliError, opening};
use crate::authz::{SystemProof, system};
use crate::config::Config;
use crate::state::AppState;
use crate::store::db::{StoreError, Tx};
use crate::store::events::{self, NewEvent};

/// Who acts, in the audit.
const WHO: &str = "command-line";

#[derive(Subcommand)]
pub(super) enum Command {
    /// A one-time link that makes the first administrator; exit code 3 when there is one.
    BootstrapLink,
    /// Make a person with a role; the password comes on stdin.
    CreateUser(accounts::NewUser),
    /// An API token for a person; it is shown once.
    IssueToken(tokens::NewToken),
    /// A token that lets one machine in, once, within an hour.
    IssueEnrolmentToken(enrolment::NewEnrolment),
    /// Forget the second factor of a person who has lost it; every session of theirs ends.
    ResetSecondFactor(second_factor::Whose),
    /// One project and one SKU to begin with, where there are none.
    Starter(starter::Starter),
}

pub(super) async fn run(command: Command, config: Config) -> Result<(), CliError> {
    let state = opening::open(config).await?;
    let done = match command {
        Command::BootstrapLink => accounts::bootstrap_link(&state).await,
        Command::CreateUser(new) => accounts::create(&state, new).await,
        Command::IssueToken(new) => tokens::issue(&state, new).await,
        Command::IssueEnrolmentToken(new) => enrolment::issue(&state, new).await,
        Command::ResetSecondFactor(whose) => second_factor::reset(&state, whose).await,
        Command::Starter(starter) => starter::make(&state, starter).await,
    };
    state.db.close().await;
    done
}

fn proof() -> SystemProof {
    system::for_worker(WHO)
}

/// What was done, for the audit.
struct Act<'a> {
    kind: &'static str,
    sentence: String,
    project: Option<&'a ProjectId>,
    resource: String,
}

/// Writes the act down in the transaction that makes it true.
async fn record(tx: &mut Tx, state: &AppState, act: Act<'_>) -> Result<(), StoreError> {
    let event = NewEvent {
        at: state.clock.now(),
        kind: act.kind,
        actor: proof().who(),
        sentence: act.sentence,
        operation: None,
        step: None,
        project: act.project.cloned(),
        resource: Some(act.resource),
        body: serde_json::json!({}),
    };
    events::append(tx, &*state.ids, event).await
}
