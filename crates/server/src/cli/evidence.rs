//! `slipway evidence verify`: checks a bundle with nothing but the file and the public key. `slipway evidence bundle`: takes
//! one from the database, as whoever's API token is in `SLIPWAY_TOKEN`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use evidence::{OfWhat, PublicKey, Verdict, verify_bundle};
use futures::TryStreamExt as _;
use read_models::audit::AuditSearch;
use read_models::time::Timestamp;
use serde_json::{Value, json};

use super::{CliError, answer, op, opening};
use crate::config::Config;
use crate::console::Asking;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Check an evidence bundle. Exit code 0 when everything fits, 5 when something does not (it names the first thing),
    /// 2 when the file or the key cannot be read.
    Verify {
        /// The bundle, as `GET /api/v1/operations/{id}/evidence` gives it
        file: PathBuf,
        /// The public key: PEM, or what `GET /api/v1/evidence/key` answers
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// Answer with JSON
        #[arg(long)]
        json: bool,
    },
    /// Take the bundle of an operation, or of a thing and a time, as whoever's API token is in `SLIPWAY_TOKEN`.
    Bundle(Wanted),
}

/// A bundle that is wanted.
#[derive(Args)]
pub(super) struct Wanted {
    /// Of this operation: op_…
    #[arg(long, value_name = "ID", conflicts_with = "resource", required_unless_present = "resource")]
    operation: Option<String>,
    /// Of this thing, as events name it: node:node_…, workload:wl_…, project:prj_…
    #[arg(long, value_name = "KIND:ID", requires = "from")]
    resource: Option<String>,
    /// From when: 2026-11-22T14:02 in UTC, or RFC 3339
    #[arg(long, value_name = "TIME", requires = "resource")]
    from: Option<String>,
    /// Until when; now, when it is not said
    #[arg(long, value_name = "TIME", requires = "resource")]
    until: Option<String>,
    /// Where the file goes; to stdout, when it is not said
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Checks a file: it must work where there is nothing but the file and the key.
pub(super) fn verify(file: &Path, key: &Path, json: bool) -> Result<(), CliError> {
    let key = read_key(key)?;
    let bundle = read("FILE", file)?;
    let verdict = verify_bundle(&bundle, &key).map_err(CliError::Misfit)?;
    if json { answer(&document(&verdict, &key).to_string()) } else { told(&verdict, &key) }
}

/// Takes a bundle. A file that could not be finished is taken away again.
pub(super) async fn take(wanted: Wanted, config: Config) -> Result<(), CliError> {
    let token = op::token()?;
    let state = opening::open(config).await?;
    let written = async {
        let asking = op::asking(&state, &token).await?;
        let Some(path) = &wanted.output else { return write(&asking, &wanted, &mut io::stdout()).await };
        let unwritable = |error: io::Error| CliError::Option {
            name: "--output",
            value: path.display().to_string(),
            fix: format!("it cannot be written: {error}"),
        };
        let mut file = fs::File::create_new(path).map_err(unwritable)?;
        let whole = write(&asking, &wanted, &mut file).await;
        if whole.is_err() {
            drop(fs::remove_file(path));
        }
        whole
    };
    let done = written.await;
    state.db.close().await;
    done
}

async fn write(asking: &Asking, wanted: &Wanted, into: &mut (impl Write + Send)) -> Result<(), CliError> {
    if let Some(id) = &wanted.operation {
        let id = id.parse().map_err(|_| CliError::Option {
            name: "--operation",
            value: id.clone(),
            fix: "use the id of an operation: op_…".to_owned(),
        })?;
        let bundle = asking.bundle(&id).await.map_err(op::refused)?;
        let text = serde_json::to_vec(&bundle).map_err(|error| CliError::Answer(error.into()))?;
        return into.write_all(&text).map_err(CliError::Answer);
    }
    let Wanted { resource, from, until, .. } = wanted;
    let (resource, from, until) = (resource.clone(), from.clone(), until.clone());
    let search = AuditSearch { resource, from, until, ..AuditSearch::default() };
    let mut file = asking.resource_file(&search).await.map_err(op::refused)?.body;
    while let Some(part) = file.try_next().await.map_err(CliError::Answer)? {
        into.write_all(part.as_bytes()).map_err(CliError::Answer)?;
    }
    into.flush().map_err(CliError::Answer)
}

fn read(name: &'static str, path: &Path) -> Result<Vec<u8>, CliError> {
    fs::read(path).map_err(|error| CliError::Option {
        name,
        value: path.display().to_string(),
        fix: format!("it cannot be read: {error}"),
    })
}

/// The key itself, or the API's answer with the key in it.
fn read_key(path: &Path) -> Result<PublicKey, CliError> {
    let bytes = read("--key", path)?;
    let text = String::from_utf8_lossy(&bytes);
    let answered: Option<Value> = serde_json::from_str(&text).ok();
    let pem = answered.as_ref().and_then(|answer| answer["pem"].as_str()).unwrap_or(&text);
    PublicKey::from_pem(pem).map_err(|error| CliError::Option {
        name: "--key",
        value: path.display().to_string(),
        fix: error.to_string(),
    })
}

fn document(verdict: &Verdict, key: &PublicKey) -> Value {
    let Verdict { of, events, range, covered_at, skipped, left_out } = verdict;
    let mut all = json!({ "fits": true, "events": events, "first": range.0, "last": range.1,
        "covered_at": covered_at, "not_in_it": skipped, "left_out": left_out, "key": key.id() });
    match of {
        OfWhat::Operation { id, is_over } => {
            all["operation"] = json!(id);
            all["is_over"] = json!(is_over);
        }
        OfWhat::Resource { resource, time, operations, proved, not_proved } => {
            all["resource"] = json!(resource);
            all["from"] = json!(time.0);
            all["until"] = json!(time.1);
            all["operations"] = json!(operations);
            all["proved"] = json!(proved);
            all["not_proved"] = json!(not_proved);
        }
    }
    all
}

fn told(verdict: &Verdict, key: &PublicKey) -> Result<(), CliError> {
    let Verdict { of, events, range, covered_at, skipped, left_out } = verdict;
    answer(&format!("It fits: everything in the bundle is as it was sealed with the key {}.", key.id()))?;
    match of {
        OfWhat::Operation { id, is_over } => {
            let over = if *is_over { "it is over" } else { "it was under way, and may have gone on since" };
            answer(&format!("Operation {id}: {events} events, {over}."))?;
        }
        OfWhat::Resource { resource, time, operations, .. } => {
            let [from, until] = [time.0, time.1].map(|at| Timestamp::from_micros(at).rfc3339());
            answer(&format!("{resource} from {from} until {until}: {events} events."))?;
            for id in operations {
                answer(&format!("With operation {id}."))?;
            }
        }
    }
    let signed = Timestamp::from_micros(*covered_at).date_and_minute();
    answer(&format!("Events {} to {} of the chain, under a checkpoint of {signed} UTC.", range.0, range.1))?;
    if let OfWhat::Resource { proved, not_proved, .. } = of {
        for sentence in proved {
            answer(&format!("Proved: {sentence}"))?;
        }
        for sentence in not_proved {
            answer(&format!("Not proved: {sentence}"))?;
        }
    }
    for (from, to) in skipped {
        answer(&format!("Not in it: events {from} to {to}, which lie between two checkpoints."))?;
    }
    for sentence in left_out {
        answer(&format!("Left out: {sentence}"))?;
    }
    Ok(())
}
