//! What is my own: how am I called, what lets me in, where am I signed in?

mod passkeys;
mod password;
mod second_factor;
mod token_text;

pub(crate) use self::password::check_new as check_new_password;
use super::Asking;
use super::session::roles;
use super::targets::Found;
use crate::authz::{Account, OperationRecords, Permit, Read, Scope, Via};
use crate::projections::{account as judged, device};
use crate::store::operations::{self as stored, StoredOperation};
use crate::store::tokens::{self, TokenRecord};
use crate::store::{projects, sessions, ssh_keys, users};
use read_models::Answer;
use read_models::account::{
    AccountConsole, AccountFrame, ProfileView, SecurityView, SessionRow, SessionsView, SshKeyRow, TokenRow,
    TokenSecret,
};
use read_models::error::ConsoleError;
use read_models::ids::{DraftId, TokenId};
use read_models::navigation::Family;
use read_models::operation::{FieldChoice, FieldKind, OperationCard, Target, TargetKind};
use read_models::session::ProjectRef;

/// Past operations a page shows.
const PAST: i64 = 20;
/// Tokens a page looks at.
const TOKENS: i64 = 200;

/// One's own account, as a target of operations.
pub(super) struct Own {
    target: Target,
    found: Found,
    past: Vec<StoredOperation>,
    pub(super) permit: Permit<Read, Account>,
}

impl AccountConsole for Asking {
    fn profile(&self, draft: Option<DraftId>) -> Answer<'_, ProfileView> {
        Box::pin(async move {
            let (own, who) = (self.own().await?, self.who()?);
            let visible =
                projects::visible_to(&self.state().db, who).await.map_err(|error| self.broken(error))?;
            let projects: Vec<_> =
                visible.into_iter().map(|p| ProjectRef { id: p.id, name: p.name }).collect();
            let mut update = self.own_card(&own, "profile.update").await?;
            for field in &mut update.fields {
                match field.name.as_str() {
                    "display_name" => field.value.clone_from(&who.display_name),
                    "landing" => {
                        field.value = who.landing.map(|family| family.key().to_owned()).unwrap_or_default();
                        (field.kind, field.choices) = (FieldKind::Choice, landings(who));
                    }
                    _ => {}
                }
            }
            self.bring_back(draft.as_ref(), [&mut update]).await?;
            let chosen = who.landing.filter(|family| who.sees(*family));
            let lands_on = who.landing_address().route().route().family.word().to_owned();
            let mut frame = self.frame(&own)?;
            frame.safe_to_ignore = Some("Name and landing page are as you left them.".to_owned());
            Ok(ProfileView {
                frame,
                roles: roles(who, &projects),
                lands_on,
                landing_by_role: chosen.is_none(),
                update,
            })
        })
    }

    fn security(&self, draft: Option<DraftId>) -> Answer<'_, SecurityView> {
        Box::pin(async move {
            let own = self.own().await?;
            let (db, user, now) = (&self.state().db, &self.who()?.user_id, self.now());
            let keys = ssh_keys::of_person(&mut &*db, &own.permit, user).await;
            let keys = keys.map_err(|error| self.broken(error))?;
            let all = tokens::of_person(&mut &*db, &own.permit, user, TOKENS).await;
            let all = all.map_err(|error| self.broken(error))?;
            let tokens: Vec<_> =
                all.iter().filter(|token| token.is_good(now)).map(|token| self.own_token(token)).collect();
            let account = users::by_id(&mut &*db, &self.proof(), user).await;
            let account = account.map_err(|error| self.broken(error))?;
            let mut add_key = self.own_card(&own, "ssh_key.add").await?;
            let mut issue_token = self.own_card(&own, "token.issue").await?;
            self.bring_back(draft.as_ref(), [&mut add_key, &mut issue_token]).await?;
            let second_factor = self.second_factor(&own).await?;
            let tokens_over = all.len() - tokens.len();
            let mut frame = self.frame(&own)?;
            frame.action_required = judged::ending_tokens(&tokens, now);
            frame.action_required.extend(judged::doubted_passkeys(&second_factor));
            frame.action_required.extend(judged::codes_ending(&second_factor));
            frame.run_next = judged::security_next(&tokens, &second_factor);
            frame.safe_to_ignore = judged::tokens_over(tokens_over);
            Ok(SecurityView {
                frame,
                password_set_at: account.password_set_at,
                change_password: self.own_card(&own, "password.change").await?,
                second_factor,
                keys: keys.into_iter().map(key_row).collect(),
                add_key,
                remove_key: self.own_card(&own, "ssh_key.remove").await?,
                tokens,
                tokens_over: u32::try_from(tokens_over).unwrap_or(u32::MAX),
                issue_token,
                revoke_token: self.own_card(&own, "token.revoke").await?,
            })
        })
    }

    fn sessions(&self, draft: Option<DraftId>) -> Answer<'_, SessionsView> {
        Box::pin(async move {
            let own = self.own().await?;
            let who = self.who()?;
            let this = match &who.via {
                Via::Session { id, .. } => Some(id),
                Via::Token { .. } => None,
            };
            let open =
                sessions::open_of_person(&mut &self.state().db, &own.permit, &who.user_id, self.now()).await;
            let open = open.map_err(|error| self.broken(error))?;
            let row = |session: &sessions::OpenSession| SessionRow {
                id: session.id.clone(),
                device: device::words(&session.device),
                is_this: Some(&session.id) == this,
                signed_in_at: session.signed_in_at,
                seen_at: session.seen_at,
                ends_at: session.ends_at,
            };
            let mut rows: Vec<_> = open.iter().map(row).collect();
            rows.sort_by_key(|row| std::cmp::Reverse((row.is_this, row.seen_at)));
            let mut end = self.own_card(&own, "session.end").await?;
            self.bring_back(draft.as_ref(), [&mut end]).await?;
            let mut frame = self.frame(&own)?;
            frame.run_next = judged::sessions_next(&rows);
            frame.safe_to_ignore = Some(judged::sessions_quiet(&rows));
            Ok(SessionsView { frame, sessions: rows, end })
        })
    }

    fn token_text(&self, id: TokenId) -> Answer<'_, TokenSecret> {
        Box::pin(self.tell_token(id))
    }
}

impl Asking {
    pub(super) async fn own(&self) -> Result<Own, ConsoleError> {
        let user = self.who()?.user_id.clone();
        let scope = Scope::Person(user.clone());
        let permit: Permit<Read, Account> = self.permit(&scope)?;
        let records: Permit<Read, OperationRecords> = self.permit(&scope)?;
        let target = Target { kind: TargetKind::User, id: user.to_string() };
        let found = self.target(&target).await?;
        let past = stored::newest_of_target(&self.state().db, &records, &target, false, None, PAST).await;
        Ok(Own { target, found, past: past.map_err(|error| self.broken(error))?, permit })
    }

    pub(super) async fn own_card(&self, own: &Own, operation: &str) -> Result<OperationCard, ConsoleError> {
        let Some(known) = self.state().register.find(operation) else {
            return Err(ConsoleError::not_found("operation"));
        };
        self.card(known, &own.target, &own.found, &own.past).await
    }

    fn frame(&self, own: &Own) -> Result<AccountFrame, ConsoleError> {
        let who = self.who()?;
        let open = own.past.iter().filter(|operation| !operation.state.is_over());
        Ok(AccountFrame {
            as_of: self.now(),
            email: who.email.clone(),
            display_name: who.display_name.clone(),
            action_required: Vec::new(),
            run_next: None,
            safe_to_ignore: None,
            in_progress: open.map(|operation| self.brief(operation)).collect(),
            past_operations: self.past_runs(&own.past),
        })
    }

    /// The text of a new token is made again for a browser of its person, while it may be seen.
    fn own_token(&self, token: &TokenRecord) -> TokenRow {
        let now = self.now();
        let in_browser = self.who().is_ok_and(|who| matches!(who.via, Via::Session { .. }));
        let secret = in_browser.then(|| self.secret_of(token)).flatten();
        TokenRow {
            id: token.id.clone(),
            name: token.name.clone(),
            scope: token.scope.word().to_owned(),
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
            ends_soon: judged::ends_soon(token.expires_at, now),
            secret,
        }
    }
}

/// Where this person may choose to land.
fn landings(who: &crate::authz::Principal) -> Vec<FieldChoice> {
    let by_role = FieldChoice { value: String::new(), label: "Where my role says".to_owned() };
    let of =
        |family: &Family| FieldChoice { value: family.key().to_owned(), label: family.word().to_owned() };
    let open = Family::ALL.iter().filter(|family| family.entry().is_some() && who.sees(**family)).map(of);
    std::iter::once(by_role).chain(open).collect()
}

fn key_row(key: ssh_keys::SshKey) -> SshKeyRow {
    SshKeyRow {
        id: key.id,
        name: key.name,
        algorithm: key.algorithm,
        fingerprint: key.fingerprint,
        added_at: key.added_at,
    }
}
