//! The authenticator app, the passkeys and the recovery codes: setting an app up, and how all of them stand.
//!
//! The app's secret is shown to the very browser that began, until a code has shown that the app has it. Recovery codes are
//! made again from the sealing key for the ten minutes in which they are shown; no list of them is anywhere.

use super::Own;
use crate::authn::{recovery, stored_hash, totp};
use crate::authz::{Account, Administer, Permit, Scope, Via};
use crate::console::Asking;
use crate::operations::kept_place;
use crate::projections::account as judged;
use crate::store::db::StoreError;
use crate::store::kept_secrets::{self, GOOD_FOR, Purpose};
use crate::store::recovery_codes::{self, RecoveryCode};
use crate::store::totps;
use fast_qr::QRBuilder;
use read_models::Answer;
use read_models::account::{
    AppView, Enrolling, KeptSecret, QrView, RecoveryView, SecondFactorView, ShownCodes,
};
use read_models::error::{ConsoleError, ErrorKind};
use read_models::ids::KeptSecretId;
use secrecy::{ExposeSecret as _, SecretString};
use std::fmt::Write as _;

impl Asking {
    /// Makes a secret for an app and keeps it, until a code confirms it.
    pub fn begin_totp(&self) -> Answer<'_, Enrolling> {
        Box::pin(async move {
            let who = self.who()?;
            let _: Permit<Administer, Account> = self.permit(&Scope::Person(who.user_id.clone()))?;
            let (state, now) = (self.state(), self.now());
            let app = totps::of(&mut &state.db, &self.proof(), &who.user_id).await;
            if app.map_err(|error| self.broken(error))?.is_some() {
                let sentence = "You have an authenticator app already. Nothing was changed.";
                return Err(ConsoleError::new(ErrorKind::Conflict, "app_there", sentence)
                    .next("Remove it first: `totp.remove`."));
            }
            let secret = totp::generate(&*state.ids);
            let id = KeptSecretId::from_uuid(&state.ids.uuid());
            let sealed = state.sealing.seal(&kept_place(&id), &secret, &*state.ids);
            let sealed = sealed.map_err(|broken| self.broken(StoreError::corrupt(broken.to_string())))?;
            let text = totp::text_of(&secret);
            let kept = kept_secrets::KeptSecret {
                id,
                user: who.user_id.clone(),
                session: session_of(&who.via),
                purpose: Purpose::Totp,
                sealed: Some(sealed),
                digest: stored_hash(text.expose_secret()),
                kept_at: now,
                good_until: now.plus(GOOD_FOR),
                confirmed_step: None,
                used_by: None,
            };
            let mut tx = state.db.begin().await.map_err(|error| self.broken(error))?;
            kept_secrets::keep(&mut tx, &self.proof(), &kept).await.map_err(|error| self.broken(error))?;
            tx.commit().await.map_err(|error| self.broken(error))?;
            Ok(enrolling(&kept, &text, &who.email))
        })
    }

    /// The app has the secret: a code of it says so. From then on `totp.add` can be planned with it.
    pub fn confirm_totp(
        &self,
        reference: KeptSecretId,
        code: SecretString,
        address: String,
    ) -> Answer<'_, KeptSecret> {
        Box::pin(async move {
            let (who, state) = (self.who()?, self.state());
            let _: Permit<Administer, Account> = self.permit(&Scope::Person(who.user_id.clone()))?;
            let kept = kept_secrets::find(&mut &state.db, &self.proof(), &reference).await;
            let kept = kept.map_err(|error| self.broken(error))?;
            let kept = kept.filter(|kept| kept.is_good(&who.user_id, Purpose::Totp, self.now()));
            let Some(kept) = kept else { return Err(begin_again()) };
            let secret =
                state.sealing.open(&kept_place(&reference), kept.sealed.as_deref().unwrap_or_default());
            let secret = secret.map_err(|_| begin_again())?;
            let step = state.authn.confirm_totp(who, &secret, &code, &address).await;
            let step = step.map_err(|refused| self.wrong_code(&refused))?;
            let mut tx = state.db.begin().await.map_err(|error| self.broken(error))?;
            let confirmed = kept_secrets::confirm(&mut tx, &self.proof(), &reference, step).await;
            confirmed.map_err(|error| self.broken(error))?;
            tx.commit().await.map_err(|error| self.broken(error))?;
            Ok(KeptSecret { reference, good_until: kept.good_until })
        })
    }

    /// How the second factor of whoever asks stands, and the operations on it.
    pub(super) async fn second_factor(&self, own: &Own) -> Result<SecondFactorView, ConsoleError> {
        let (who, db, proof) = (self.who()?, &self.state().db, self.proof());
        let app = totps::of(&mut &*db, &proof, &who.user_id).await.map_err(|error| self.broken(error))?;
        let codes = recovery_codes::of(&mut &*db, &proof, &who.user_id).await;
        let codes = codes.map_err(|error| self.broken(error))?;
        let enrolling = if app.is_none() { self.setting_up().await? } else { None };
        Ok(SecondFactorView {
            app: app.map(|app| AppView { added_at: app.added_at, last_used_at: app.last_used_at }),
            enrolling,
            add: self.own_card(own, "totp.add").await?,
            remove: self.own_card(own, "totp.remove").await?,
            passkeys: self.passkeys(own).await?,
            recovery: RecoveryView {
                left: count(codes.iter().filter(|code| code.used_at.is_none())),
                issued_at: codes.first().map(|code| code.issued_at),
                shown: self.shown_codes(&codes),
                issue: self.own_card(own, "recovery_code.issue").await?,
            },
        })
    }

    /// The app that this very browser is setting up.
    async fn setting_up(&self) -> Result<Option<Enrolling>, ConsoleError> {
        let who = self.who()?;
        let Some(session) = session_of(&who.via) else { return Ok(None) };
        let kept =
            kept_secrets::unconfirmed(&mut &self.state().db, &self.proof(), &session, self.now()).await;
        let Some(kept) = kept.map_err(|error| self.broken(error))? else { return Ok(None) };
        let secret =
            self.state().sealing.open(&kept_place(&kept.id), kept.sealed.as_deref().unwrap_or_default());
        Ok(secret.ok().map(|secret| enrolling(&kept, &totp::text_of(&secret), &who.email)))
    }

    /// The codes that were just issued, for the browser of their person.
    fn shown_codes(&self, codes: &[RecoveryCode]) -> Option<ShownCodes> {
        let in_browser = self.who().is_ok_and(|who| matches!(who.via, Via::Session { .. }));
        let first = codes.first().filter(|_| in_browser)?;
        let shown_until = first.issued_at.plus(judged::SHOWN_FOR);
        let over = self.now() >= shown_until || codes.iter().any(|code| code.used_at.is_some());
        if over {
            return None;
        }
        let derived = recovery::derived(&self.state().sealing, &first.issued_by);
        let are_these =
            derived.iter().all(|code| codes.iter().any(|stored| stored.hash == recovery::hash(code)));
        are_these.then(|| ShownCodes {
            codes: derived.iter().map(|code| code.expose_secret().to_owned()).collect(),
            shown_until,
        })
    }

    /// Why a code was not taken.
    pub(super) fn wrong_code(&self, refused: &crate::authn::SignInRefused) -> ConsoleError {
        let mut error = self.not_recognised(refused);
        if error.code == "password_wrong" {
            let sentence = "The code is not right, or it was used already. Nothing was changed.";
            error = ConsoleError::new(ErrorKind::Denied, "code_wrong", sentence)
                .next("Wait for the app's next code and type that; look at the clock of the phone too.");
        } else if error.code == "password_wait" {
            "code_wait".clone_into(&mut error.code);
        }
        error
    }
}

fn begin_again() -> ConsoleError {
    let sentence =
        "This app's secret is not kept any more: it was used, or 30 minutes are over. Nothing was changed.";
    ConsoleError::new(ErrorKind::Gone, "totp_over", sentence).next("Begin again.")
}

pub(super) fn session_of(via: &Via) -> Option<read_models::ids::SessionId> {
    match via {
        Via::Session { id, .. } => Some(id.clone()),
        Via::Token { .. } => None,
    }
}

fn count<T>(things: impl Iterator<Item = T>) -> u32 {
    u32::try_from(things.count()).unwrap_or(u32::MAX)
}

fn enrolling(kept: &kept_secrets::KeptSecret, text: &SecretString, email: &str) -> Enrolling {
    let uri = totp::uri_of(text.expose_secret(), email);
    let groups = text.expose_secret().as_bytes().chunks(4).map(String::from_utf8_lossy);
    Enrolling {
        reference: kept.id.clone(),
        secret: groups.collect::<Vec<_>>().join(" "),
        qr: qr_of(&uri),
        uri,
        good_until: kept.good_until,
    }
}

/// The picture an app reads, as a path of an SVG.
fn qr_of(text: &str) -> Option<QrView> {
    let code = QRBuilder::new(text).build().ok()?;
    let mut path = String::new();
    for row in 0..code.size {
        for column in 0..code.size {
            if code[row][column].value() {
                let _ = write!(path, "M{column} {row}h1v1h-1z");
            }
        }
    }
    Some(QrView { size: u32::try_from(code.size).ok()?, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_its_three_corners() {
        let qr = qr_of("otpauth://totp/Slipway:a@b?secret=GEZDGNBVGY3TQOJQ&issuer=Slipway").unwrap();
        for corner in ["M0 0h1", &format!("M{} 0h1", qr.size - 1), &format!("M0 {}h1", qr.size - 1)] {
            assert!(qr.path.contains(corner), "{corner}");
        }
        assert!(qr.size > 20);
    }
}
