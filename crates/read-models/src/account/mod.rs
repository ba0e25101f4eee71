//! What is one's own: profile, keys and tokens, sessions.

use crate::{
    Answer,
    ids::{DraftId, KeptSecretId, PasskeyId, SessionId, SshKeyId, TokenId},
    operation::{LastRun, OperationCard},
    session::RoleView,
    time::Timestamp,
    workloads::{ProgressBrief, RunNext},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the account pages ask. Each answers for whoever asks, and about nobody else.
pub trait AccountConsole: Send + Sync {
    /// How am I called, what may I, where do I land?
    fn profile(&self, draft: Option<DraftId>) -> Answer<'_, ProfileView>;
    /// What lets me and my scripts in?
    fn security(&self, draft: Option<DraftId>) -> Answer<'_, SecurityView>;
    /// Where am I signed in?
    fn sessions(&self, draft: Option<DraftId>) -> Answer<'_, SessionsView>;
    /// The text of a token that was just issued, for the script that issued it. It is told once.
    fn token_text(&self, id: TokenId) -> Answer<'_, TokenSecret>;
}

/// What the account's pages have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccountFrame {
    /// As of when.
    pub as_of: Timestamp,
    /// The address one signs in with.
    pub email: String,
    /// How one is called.
    pub display_name: String,
    /// What needs action, a sentence each.
    pub action_required: Vec<String>,
    /// The operation to run next, and why.
    pub run_next: Option<RunNext>,
    /// What can be left alone.
    pub safe_to_ignore: Option<String>,
    /// What is under way on the account.
    pub in_progress: Vec<ProgressBrief>,
    /// What was carried out on it, newest first.
    pub past_operations: Vec<LastRun>,
}

/// `/account/profile`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProfileView {
    /// What the pages have in common.
    pub frame: AccountFrame,
    /// What one may be, and where.
    pub roles: Vec<RoleView>,
    /// The word of the page one lands on now.
    pub lands_on: String,
    /// Whether one's role decides that.
    pub landing_by_role: bool,
    /// Changes name and landing page.
    pub update: OperationCard,
}

/// `/account/security`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SecurityView {
    /// What the pages have in common.
    pub frame: AccountFrame,
    /// Since when the password is as it is; none when nobody wrote that down yet.
    pub password_set_at: Option<Timestamp>,
    /// Changes it; the page has a form of its own for it, which hands the new one in.
    pub change_password: OperationCard,
    /// What is asked for beside the password.
    pub second_factor: SecondFactorView,
    /// Public keys to log in with.
    pub keys: Vec<SshKeyRow>,
    /// Adds one.
    pub add_key: OperationCard,
    /// Removes one; each row has its button.
    pub remove_key: OperationCard,
    /// Tokens that are good, newest first.
    pub tokens: Vec<TokenRow>,
    /// Tokens that let nobody in any more.
    pub tokens_over: u32,
    /// Issues one.
    pub issue_token: OperationCard,
    /// Revokes one; each row has its button.
    pub revoke_token: OperationCard,
}

/// What is asked for beside the password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SecondFactorView {
    /// The authenticator app; none when the password alone is asked for.
    pub app: Option<AppView>,
    /// The app that this browser is setting up.
    pub enrolling: Option<Enrolling>,
    /// Adds the app; the page has a form of its own for it, which begins.
    pub add: OperationCard,
    /// Removes it.
    pub remove: OperationCard,
    /// Passkeys, and what is done with them.
    pub passkeys: PasskeysView,
    /// The way back for who has lost them.
    pub recovery: RecoveryView,
}

/// An authenticator app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AppView {
    /// Since when it is asked for.
    pub added_at: Timestamp,
    /// When a code of it was used last.
    pub last_used_at: Option<Timestamp>,
}

/// Passkeys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PasskeysView {
    /// Those that let one in, in the order they were added.
    pub keys: Vec<PasskeyRow>,
    /// The host name they belong to; none where there can be none.
    pub host: Option<String>,
    /// Why there can be none here.
    pub why_not: Option<String>,
    /// Adds one; the page has a form of its own for it, which has the browser make it.
    pub add: OperationCard,
    /// Removes one; each row has its button.
    pub remove: OperationCard,
}

/// A passkey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PasskeyRow {
    /// Its id.
    pub id: PasskeyId,
    /// What its person calls it.
    pub name: String,
    /// Since when it lets in.
    pub added_at: Timestamp,
    /// When it was used last.
    pub last_used_at: Option<Timestamp>,
    /// When it was refused because its counter had gone back: it may have been copied.
    pub doubted_at: Option<Timestamp>,
}

/// A question for an authenticator.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PasskeyQuestion {
    /// Comes back with the answer; good for one, and only from where the question was put.
    pub key: String,
    /// What `navigator.credentials` takes as `publicKey`, as JSON (`WebAuthn` level 3).
    pub options: Value,
    /// Until when it can be answered.
    pub good_until: Timestamp,
}

/// An app that is being set up: its secret, for the app alone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Enrolling {
    /// What to write in the operation's input, once a code has confirmed it.
    pub reference: KeptSecretId,
    /// The secret in groups of four, for typing.
    pub secret: String,
    /// The same as an app reads it.
    pub uri: String,
    /// The same as a picture.
    pub qr: Option<QrView>,
    /// Until when it can be confirmed and used.
    pub good_until: Timestamp,
}

/// A QR code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QrView {
    /// Modules along a side, without the quiet zone.
    pub size: u32,
    /// The dark ones, as the path of an SVG of that size.
    pub path: String,
}

/// Recovery codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecoveryView {
    /// How many were not used.
    pub left: u32,
    /// When they were issued.
    pub issued_at: Option<Timestamp>,
    /// The codes, for the few minutes in which they are shown.
    pub shown: Option<ShownCodes>,
    /// Issues new ones.
    pub issue: OperationCard,
}

/// The texts of recovery codes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ShownCodes {
    /// Each works once.
    pub codes: Vec<String>,
    /// Until when they are shown, unless one is used before.
    pub shown_until: Timestamp,
}

/// `/account/sessions`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionsView {
    /// What the pages have in common.
    pub frame: AccountFrame,
    /// Open sessions, the one used last first.
    pub sessions: Vec<SessionRow>,
    /// Ends one, or all but one; each row has its button.
    pub end: OperationCard,
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SshKeyRow {
    /// Its id.
    pub id: SshKeyId,
    /// What its person calls it.
    pub name: String,
    /// `ssh-ed25519`.
    pub algorithm: String,
    /// `SHA256:…`, as `ssh-keygen -l` shows it.
    pub fingerprint: String,
    /// Since when it stands there.
    pub added_at: Timestamp,
}

/// An API token that is good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TokenRow {
    /// Its id; no secret.
    pub id: TokenId,
    /// What it is for.
    pub name: String,
    /// The most it may do: `read`, `operate`, `destructive`.
    pub scope: String,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was used last, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// Whether it ends within a week.
    pub ends_soon: bool,
    /// Its text, for the few minutes in which it is shown.
    pub secret: Option<TokenSecret>,
}

/// The text of a new token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TokenSecret {
    /// The text.
    pub text: String,
    /// Until when it is shown, unless it is used before.
    pub shown_until: Timestamp,
}

/// A secret that was handed in for an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeptSecret {
    /// What to write in the operation's input; the secret itself is told to nobody.
    pub reference: KeptSecretId,
    /// Until when an operation can be planned and started with it.
    pub good_until: Timestamp,
}

/// A session that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionRow {
    /// Its id; the key in the cookie is another one.
    pub id: SessionId,
    /// The browser, as it calls itself.
    pub device: String,
    /// Whether this page was asked for in it.
    pub is_this: bool,
    /// When it began.
    pub signed_in_at: Timestamp,
    /// When it was used last, to the minute.
    pub seen_at: Timestamp,
    /// When it ends if nobody uses it any more.
    pub ends_at: Timestamp,
}

impl std::fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenSecret").field("shown_until", &self.shown_until).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Enrolling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Enrolling").field("reference", &self.reference).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for PasskeyQuestion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PasskeyQuestion").field("good_until", &self.good_until).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ShownCodes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShownCodes").field("shown_until", &self.shown_until).finish_non_exhaustive()
    }
}
