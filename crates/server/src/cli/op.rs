//! `slipway op …`: plan, start, follow and decide operations from a terminal, for the night the console is down. It is the
//! same path as a page's: the same Console, the same plan, the same permission, with an API token saying who asks.
//!
//! It writes to the database; a server, now or once one runs again, carries the operation out.

mod words;

use std::time::Duration;

use clap::{Args, Subcommand};
use read_models::error::{ConsoleError, ErrorKind};
use read_models::ids::OperationId;
use read_models::operation::{
    Confirmation, Decision, OperationState, OperationView, PlanRequest, PlanView, StartRequest, Target,
};
use read_models::operations::{OperationsConsole as _, OperationsFilter, Started};
use read_models::paging::PageRequest;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde_json::{Value, json};

use super::{CliError, answer, opening};
use crate::config::{Config, environment, options};
use crate::console::Asking;
use crate::state::AppState;

/// Who asks is said by the token in here: on the command line everybody on the machine could read it.
const TOKEN: &str = options::TOKEN.variable;
/// How often `watch` looks.
const LOOK_EVERY: Duration = Duration::from_millis(500);

#[derive(Subcommand)]
pub(super) enum Command {
    /// Show what an operation would do; changes nothing.
    Plan(Asked),
    /// Plan an operation and start it.
    Run {
        #[command(flatten)]
        asked: Asked,
        /// What the plan asks for: `confirmed`, or the target's name
        #[arg(long, value_name = "TEXT")]
        confirm: Option<String>,
        /// The same key with the same plan starts one operation, however often it is sent
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
        /// Follow it until it is over or asks
        #[arg(long)]
        watch: bool,
    },
    /// Follow an operation until it is over or asks; exit code 4 when it asks, 1 when it did not succeed.
    Watch(Known),
    /// Decide what an operation asks.
    Decide {
        #[command(flatten)]
        known: Known,
        /// One of the choices it offers
        choice: String,
        /// Why; kept in the audit
        #[arg(long, default_value = "")]
        reason: String,
        /// To approve: the hash of the plan that is approved
        #[arg(long)]
        plan_hash: Option<String>,
        /// For a choice that destroys something: the target's name
        #[arg(long, value_name = "TEXT")]
        confirm: Option<String>,
    },
    /// Hand an operation that asks for a person, or left something over, to somebody who may act on it.
    HandOver {
        #[command(flatten)]
        known: Known,
        /// The email of their account; your own to take it yourself
        #[arg(long, value_name = "EMAIL")]
        to: String,
        /// What they have to know
        #[arg(long)]
        note: String,
    },
    /// Say that an operation which was handed over is with nobody in particular any more.
    TakeBack(Known),
    /// List operations, the newest first.
    List {
        /// Only those that were handed to you
        #[arg(long)]
        mine: bool,
        /// Only those that are not over
        #[arg(long)]
        open: bool,
        /// Answer with JSON
        #[arg(long)]
        json: bool,
    },
    /// Ask that an operation be cancelled.
    Cancel {
        #[command(flatten)]
        known: Known,
        /// Why; kept in the audit
        #[arg(long, default_value = "")]
        reason: String,
    },
}

/// An operation that is wanted.
#[derive(Args)]
pub(super) struct Asked {
    /// Which operation: node.drain; `slipway operations --json` lists them
    operation: String,
    /// On what: node:node_…
    #[arg(long, value_name = "KIND:ID")]
    target: String,
    /// What it is asked with, as JSON; its schema is in the list
    #[arg(long, value_name = "JSON", default_value = "{}")]
    input: String,
    /// Answer with JSON
    #[arg(long)]
    json: bool,
}

/// An operation there is.
#[derive(Args)]
pub(super) struct Known {
    /// Its id: op_…
    id: String,
    /// Answer with JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(command: Command, config: Config) -> Result<(), CliError> {
    let token = token()?;
    let state = opening::open(config).await?;
    let done = carry_out(&state, command, &token).await;
    state.db.close().await;
    done
}

/// Who asks, as the environment says it.
pub(super) fn token() -> Result<SecretString, CliError> {
    environment(TOKEN).map(SecretString::from).ok_or_else(|| {
        let fix =
            "say who asks: `slipway admin issue-token --email E --expires 1h --scope operate` makes one";
        CliError::Option { name: TOKEN, value: String::new(), fix: fix.to_owned() }
    })
}

/// Asks as whoever's token it is.
pub(super) async fn asking(state: &AppState, token: &SecretString) -> Result<Asking, CliError> {
    let who = state.authn.by_token(token.expose_secret()).await.map_err(CliError::Store)?;
    let who = who.ok_or_else(|| {
        let fix = "the token is unknown, expired or revoked; nothing was changed";
        CliError::Option { name: TOKEN, value: "…".to_owned(), fix: fix.to_owned() }
    })?;
    Ok(Asking::new(state, Some(who), None))
}

async fn carry_out(state: &AppState, command: Command, token: &SecretString) -> Result<(), CliError> {
    let asking = asking(state, token).await?;
    match command {
        Command::Plan(asked) => {
            let plan = plan(&asking, &asked).await?;
            tell(asked.json, &plan, || words::plan(&plan))
        }
        Command::Run { asked, confirm, key, watch } => {
            let key = key.unwrap_or_else(|| state.ids.uuid());
            let id = start(&asking, &asked, confirm, key).await?;
            if watch {
                return follow(&asking, id, asked.json).await;
            }
            answer(id.as_str())
        }
        Command::Watch(known) => follow(&asking, id_of(&known)?, known.json).await,
        Command::Decide { known, choice, reason, plan_hash, confirm } => {
            let decision = Decision { choice, reason, questions: None, plan_hash, confirmation: confirm };
            let decided = asking.decide(id_of(&known)?, decision).await;
            let view = decided.map_err(refused)?;
            tell(known.json, &view, || words::standing(&view))
        }
        Command::HandOver { known, to, note } => {
            let input = json!({ "to": to, "note": note }).to_string();
            care(state, &asking, "operation.hand_over", &known, input).await
        }
        Command::TakeBack(known) => {
            care(state, &asking, "operation.take_back", &known, "{}".to_owned()).await
        }
        Command::List { mine, open, json } => {
            let filter = OperationsFilter { target: None, only_open: open, handed_to_me: mine };
            let found = asking.operations(filter, PageRequest::default()).await.map_err(refused)?;
            tell(json, &found, || found.items.iter().map(words::row).collect())
        }
        Command::Cancel { known, reason } => {
            let view = asking.cancel(id_of(&known)?, reason).await.map_err(refused)?;
            tell(known.json, &view, || words::standing(&view))
        }
    }
}

/// Says who looks after an operation: by an operation of its own, whose id is told.
async fn care(
    state: &AppState,
    asking: &Asking,
    operation: &str,
    known: &Known,
    input: String,
) -> Result<(), CliError> {
    let target = format!("operation:{}", id_of(known)?);
    let asked = Asked { operation: operation.to_owned(), target, input, json: known.json };
    let id = start(asking, &asked, None, state.ids.uuid()).await?;
    answer(id.as_str())
}

async fn plan(asking: &Asking, asked: &Asked) -> Result<PlanView, CliError> {
    let wrong = |name, value: &str, fix: String| CliError::Option { name, value: value.to_owned(), fix };
    let target: Target =
        asked.target.parse().map_err(|fix: &str| wrong("--target", &asked.target, fix.to_owned()))?;
    let input: Value = serde_json::from_str(&asked.input)
        .map_err(|bad| wrong("--input", &asked.input, format!("write JSON: {bad}")))?;
    let request = PlanRequest { operation: asked.operation.clone(), target, input };
    asking.plan(request).await.map_err(refused)
}

/// Starts what was planned this moment. Without the confirmation it asks for, the plan is told and nothing is started.
async fn start(
    asking: &Asking,
    asked: &Asked,
    confirm: Option<String>,
    key: String,
) -> Result<OperationId, CliError> {
    let plan = plan(asking, asked).await?;
    if confirm.is_none() && !matches!(plan.confirmation, Confirmation::None) {
        tell(asked.json, &plan, || words::plan(&plan))?;
        let sentence = format!("{} has to be confirmed. Nothing was started.", plan.title);
        let error = ConsoleError::new(ErrorKind::Invalid, "not_confirmed", sentence);
        return Err(refused(error.next(words::how_to_confirm(&plan))));
    }
    let request = StartRequest { plan_hash: plan.hash, confirmation: confirm, undo_window: false };
    match asking.start(request, key).await.map_err(refused)? {
        Started::Accepted { id, .. } => Ok(id),
        Started::Changed { error, .. } => Err(refused(error)),
    }
}

/// Tells what changes until it is over or asks somebody.
async fn follow(asking: &Asking, id: OperationId, json: bool) -> Result<(), CliError> {
    let mut told = Vec::new();
    loop {
        let view = asking.operation(id.clone()).await.map_err(refused)?;
        let rests = view.state.is_over() || view.attention.is_some();
        if json {
            if rests {
                print(&view)?;
            }
        } else {
            let lines = words::standing(&view);
            for line in lines.iter().filter(|line| !told.contains(*line)) {
                answer(line)?;
            }
            told = lines;
        }
        if rests {
            return ended(&view);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn ended(view: &OperationView) -> Result<(), CliError> {
    match view.state {
        OperationState::Succeeded => Ok(()),
        OperationState::Failed | OperationState::Stuck | OperationState::Cancelled => {
            Err(CliError::NotSucceeded(view.outcome.clone().unwrap_or_default()))
        }
        OperationState::Planned | OperationState::Queued | OperationState::Running => {
            Err(CliError::Asks(words::how_to_decide(view)))
        }
    }
}

fn id_of(known: &Known) -> Result<OperationId, CliError> {
    OperationId::parse(&known.id).map_err(|bad| CliError::Option {
        name: "ID",
        value: known.id.clone(),
        fix: bad.to_string(),
    })
}

fn tell<T: Serialize>(json: bool, what: &T, lines: impl Fn() -> Vec<String>) -> Result<(), CliError> {
    if json { print(what) } else { lines().iter().try_for_each(|line| answer(line)) }
}

fn print<T: Serialize>(what: &T) -> Result<(), CliError> {
    let text = serde_json::to_string_pretty(what).map_err(|bad| CliError::Answer(bad.into()))?;
    answer(&text)
}

pub(super) fn refused(error: ConsoleError) -> CliError {
    CliError::Refused(Box::new(error))
}
