//! `issue-token`: an API token that can do no more than its person, and no more than its scope.

use std::time::Duration;

use clap::Args;
use read_models::ids::TokenId;
use secrecy::ExposeSecret as _;

use super::super::{CliError, answer};
use super::{Act, proof, record};
use crate::authn::token;
use crate::authz::TokenScope;
use crate::state::AppState;
use crate::store::tokens::{self, NewApiToken};
use crate::store::users;

/// The longest life of a token.
const LONGEST: Duration = Duration::from_hours(366 * 24);

#[derive(Args)]
pub(in crate::cli) struct NewToken {
    /// Whose token it is
    #[arg(long)]
    email: String,
    /// How long it is good: 90m, 12h, 30d
    #[arg(long)]
    expires: String,
    /// The most it may do: read, operate, destructive
    #[arg(long, default_value = "read")]
    scope: String,
    /// What it is for
    #[arg(long, default_value = "command line")]
    name: String,
}

pub(super) async fn issue(state: &AppState, new: NewToken) -> Result<(), CliError> {
    let wrong = |name, value: &str, fix: &str| CliError::Option {
        name,
        value: value.to_owned(),
        fix: fix.to_owned(),
    };
    let life =
        duration(&new.expires).filter(|life| (Duration::from_mins(1)..=LONGEST).contains(life)).ok_or_else(
            || wrong("--expires", &new.expires, "write minutes, hours or days, as in 30d; at most 366d"),
        )?;
    let scope = TokenScope::from_word(&new.scope)
        .ok_or_else(|| wrong("--scope", &new.scope, "write read, operate or destructive"))?;
    let proof = proof();
    let account = users::by_email(&mut &state.db, &proof, &new.email).await.map_err(CliError::Store)?;
    let account =
        account.ok_or_else(|| wrong("--email", &new.email, "there is no account with this address"))?;
    let (secret, id, now) =
        (token::generate(&*state.ids), TokenId::from_uuid(&state.ids.uuid()), state.clock.now());
    let row = NewApiToken {
        id: &id,
        user_id: &account.id,
        hash: &token::hash(&secret),
        scope,
        name: &new.name,
        expires_at: now.plus(life),
    };
    let mut tx = state.db.begin().await.map_err(CliError::Store)?;
    tokens::issue(&mut tx, &proof, row, now).await.map_err(CliError::Store)?;
    let act = Act {
        kind: "admin.issue_token",
        sentence: format!("Issued an API token for {} with the scope {}.", account.email, scope.word()),
        project: None,
        resource: format!("token:{id}"),
    };
    record(&mut tx, state, act).await.map_err(CliError::Store)?;
    tx.commit().await.map_err(CliError::Store)?;
    answer(secret.expose_secret())
}

fn duration(text: &str) -> Option<Duration> {
    let unit = text.chars().last()?;
    let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
    let seconds = match unit {
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return None,
    };
    number.checked_mul(seconds).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_minutes_hours_or_days() {
        assert_eq!(duration("30d"), Some(Duration::from_hours(30 * 24)));
        assert_eq!(duration("90m"), Some(Duration::from_mins(90)));
        for bad in ["", "d", "30", "-1d", "1w", "1é", "99999999999999999999d", "18446744073709551615d"] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }
}
