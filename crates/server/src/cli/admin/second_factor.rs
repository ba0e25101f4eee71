//! `reset-second-factor`: for who has lost the authenticator app or the passkeys, and every recovery code.

use clap::Args;

use super::super::{CliError, answer};
use super::{Act, proof, record};
use crate::state::AppState;
use crate::store::db::StoreError;
use crate::store::{half_sign_ins, passkeys, recovery_codes, sessions, totps, users};
use read_models::ids::UserId;

#[derive(Args)]
pub(in crate::cli) struct Whose {
    /// Whose second factor is forgotten; make sure that it is this person who asks
    #[arg(long)]
    email: String,
}

pub(super) async fn reset(state: &AppState, whose: Whose) -> Result<(), CliError> {
    let account = users::by_email(&mut &state.db, &proof(), &whose.email).await.map_err(CliError::Store)?;
    let wrong =
        |fix: &str| CliError::Option { name: "--email", value: whose.email.clone(), fix: fix.to_owned() };
    let account = account.ok_or_else(|| wrong("there is no account with this address"))?;
    match forget(state, &account.id, &account.email).await {
        Ok(()) => answer(account.id.as_str()),
        Err(StoreError::NotFound) => Err(wrong("this account has no second factor")),
        Err(error) => Err(CliError::Store(error)),
    }
}

/// Whoever is signed in as this person has to sign in again: it may be whoever has the lost phone.
async fn forget(state: &AppState, user: &UserId, email: &str) -> Result<(), StoreError> {
    let mut tx = state.db.begin().await?;
    let removed = totps::remove(&mut tx, &proof(), user).await;
    let passkeys = passkeys::forget(&mut tx, &proof(), user).await?;
    match removed {
        Err(StoreError::NotFound) if passkeys > 0 => {}
        removed => removed?,
    }
    recovery_codes::forget(&mut tx, &proof(), user).await?;
    half_sign_ins::end_all(&mut tx, &proof(), user).await?;
    sessions::end_others(&mut tx, &proof(), user, None).await?;
    let act = Act {
        kind: "admin.reset_second_factor",
        sentence: format!(
            "Forgot the authenticator app, passkeys and recovery codes of {email} and ended every session of theirs."
        ),
        project: None,
        resource: format!("user:{user}"),
    };
    record(&mut tx, state, act).await?;
    tx.commit().await
}
