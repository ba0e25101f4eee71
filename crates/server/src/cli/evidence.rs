//! `slipway evidence verify`: checks a bundle with nothing but the file and the public key.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use evidence::{PublicKey, Verdict, verify_bundle};
use read_models::time::Timestamp;
use serde_json::{Value, json};

use super::{CliError, answer};

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
}

pub(super) fn run(command: &Command) -> Result<(), CliError> {
    let Command::Verify { file, key, json } = command;
    let key = read_key(key)?;
    let bundle = read("FILE", file)?;
    let verdict = verify_bundle(&bundle, &key).map_err(CliError::Misfit)?;
    if *json { answer(&document(&verdict, &key).to_string()) } else { told(&verdict, &key) }
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
    let Verdict { operation, events, range, covered_at, is_over, skipped, left_out } = verdict;
    json!({ "fits": true, "operation": operation, "events": events, "first": range.0, "last": range.1,
        "covered_at": covered_at, "is_over": is_over, "not_in_it": skipped, "left_out": left_out,
        "key": key.id() })
}

fn told(verdict: &Verdict, key: &PublicKey) -> Result<(), CliError> {
    let Verdict { operation, events, range, covered_at, is_over, skipped, left_out } = verdict;
    answer(&format!("It fits: everything in the bundle is as it was sealed with the key {}.", key.id()))?;
    let over = if *is_over { "it is over" } else { "it was under way, and may have gone on since" };
    answer(&format!("Operation {operation}: {events} events, {over}."))?;
    let signed = Timestamp::from_micros(*covered_at).date_and_minute();
    answer(&format!("Events {} to {} of the chain, under a checkpoint of {signed} UTC.", range.0, range.1))?;
    for (from, to) in skipped {
        answer(&format!("Not in it: events {from} to {to}, which lie between two checkpoints."))?;
    }
    for sentence in left_out {
        answer(&format!("Left out: {sentence}"))?;
    }
    Ok(())
}
