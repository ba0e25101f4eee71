//! Onboardings: machines that are being brought in. Where one stands follows from its own facts, its token and its node.

use read_models::ids::{EnrolmentTokenId, OnboardingId};
use read_models::nodes::NodeRole;
use read_models::onboarding::OnboardingMode;
use read_models::time::Timestamp;

use super::db::{Db, Reader, Row, StoreError, Tx, exactly_one};
use crate::args;
use crate::authz::{self, EnrolmentTokens, May, SystemProof};

pub(crate) const SQL: &[&str] =
    &[LATEST, BY_ID, BY_TOKEN, HOLD, INSERT, DELETE, CHOOSE, TAKE_TOKEN, ABANDON, TAKE_UP_AGAIN];

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, begun_by, begun_at, mode, site, role, node_name, enrolment_token_id, token_at, abandoned_at,
             abandoned_by, abandoned_reason FROM onboarding ",
            $rest
        )
    };
}

const LATEST: &str = select!("ORDER BY begun_at DESC, id DESC LIMIT $1");
const BY_ID: &str = select!("WHERE id = $1");
const BY_TOKEN: &str = select!("WHERE enrolment_token_id = $1");
// Changes nothing, so that the row is locked until the transaction ends.
const HOLD: &str = "UPDATE onboarding SET mode = mode WHERE id = $1
    RETURNING id, begun_by, begun_at, mode, site, role, node_name, enrolment_token_id, token_at, abandoned_at,
    abandoned_by, abandoned_reason";
const INSERT: &str =
    "INSERT INTO onboarding (id, begun_by, begun_at, mode, site) VALUES ($1, $2, $3, $4, $5)";
const DELETE: &str = "DELETE FROM onboarding WHERE id = $1";
const CHOOSE: &str = "UPDATE onboarding SET role = $2, node_name = $3 WHERE id = $1 AND abandoned_at IS NULL";
const TAKE_TOKEN: &str = "UPDATE onboarding SET enrolment_token_id = $2, token_at = $3
    WHERE id = $1 AND abandoned_at IS NULL";
const ABANDON: &str = "UPDATE onboarding SET abandoned_at = $2, abandoned_by = $3, abandoned_reason = $4
    WHERE id = $1 AND abandoned_at IS NULL";
const TAKE_UP_AGAIN: &str = "UPDATE onboarding
    SET abandoned_at = NULL, abandoned_by = NULL, abandoned_reason = NULL WHERE id = $1";

/// An onboarding as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Onboarding {
    pub id: OnboardingId,
    pub begun_by: String,
    pub begun_at: Timestamp,
    pub mode: OnboardingMode,
    /// Where the machine stands, in its operator's words.
    pub site: Option<String>,
    pub role: Option<NodeRole>,
    /// None where the machine brings its own.
    pub node_name: Option<String>,
    pub token: Option<TakenToken>,
    pub abandoned: Option<Abandoned>,
}

/// The token of an onboarding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenToken {
    pub id: EnrolmentTokenId,
    /// Since when it is this onboarding's.
    pub at: Timestamp,
}

/// That somebody gave it up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Abandoned {
    pub at: Timestamp,
    pub by: String,
    pub reason: Option<String>,
}

/// An onboarding to be written down.
#[derive(Clone, Copy, Debug)]
pub struct NewOnboarding<'a> {
    pub id: &'a OnboardingId,
    pub begun_by: &'a str,
    pub begun_at: Timestamp,
    pub mode: OnboardingMode,
    pub site: Option<&'a str>,
}

/// The latest of them, newest first.
pub async fn latest(
    db: &Db,
    _: &impl May<authz::Read, EnrolmentTokens>,
    limit: i64,
) -> Result<Vec<Onboarding>, StoreError> {
    db.rows(LATEST, args![limit]).await?.iter().map(onboarding).collect()
}

/// One of them.
pub async fn find(
    from: &mut impl Reader,
    _: &impl May<authz::Read, EnrolmentTokens>,
    id: &OnboardingId,
) -> Result<Onboarding, StoreError> {
    onboarding(&from.row(BY_ID, args![id]).await?.ok_or(StoreError::NotFound)?)
}

/// The one that a token is for.
pub async fn of_token(
    from: &mut impl Reader,
    _: &impl May<authz::Read, EnrolmentTokens>,
    token: &EnrolmentTokenId,
) -> Result<Option<Onboarding>, StoreError> {
    from.row(BY_TOKEN, args![token]).await?.map(|row| onboarding(&row)).transpose()
}

/// One of them that nobody else changes until the transaction ends.
pub async fn hold(tx: &mut Tx, _: &SystemProof, id: &OnboardingId) -> Result<Onboarding, StoreError> {
    onboarding(&tx.row(HOLD, args![id]).await?.ok_or(StoreError::NotFound)?)
}

/// Writes down a new one.
pub async fn begin(tx: &mut Tx, _: &SystemProof, new: NewOnboarding<'_>) -> Result<(), StoreError> {
    let values = args![new.id, new.begun_by, new.begun_at, new.mode.key(), new.site];
    tx.execute(INSERT, values).await.map(|_| ())
}

/// As if it had never begun; nothing when there is none.
pub async fn forget(tx: &mut Tx, _: &SystemProof, id: &OnboardingId) -> Result<(), StoreError> {
    tx.execute(DELETE, args![id]).await.map(|_| ())
}

/// What the machine is for, and its name. [`StoreError::NotFound`] when it was given up.
pub async fn choose(
    tx: &mut Tx,
    _: &SystemProof,
    id: &OnboardingId,
    role: Option<NodeRole>,
    node_name: Option<&str>,
) -> Result<(), StoreError> {
    exactly_one(tx.execute(CHOOSE, args![id, role.map(NodeRole::key), node_name]).await?)
}

/// The token that lets the machine in. [`StoreError::NotFound`] when it was given up, [`StoreError::Conflict`] when the
/// token is another one's.
pub async fn take_token(
    tx: &mut Tx,
    _: &SystemProof,
    id: &OnboardingId,
    token: Option<&TakenToken>,
) -> Result<(), StoreError> {
    let values = args![id, token.map(|token| &token.id), token.map(|token| token.at)];
    exactly_one(tx.execute(TAKE_TOKEN, values).await?)
}

/// Somebody gives it up. [`StoreError::NotFound`] when somebody did already.
pub async fn abandon(
    tx: &mut Tx,
    _: &SystemProof,
    id: &OnboardingId,
    abandoned: &Abandoned,
) -> Result<(), StoreError> {
    let values = args![id, abandoned.at, &abandoned.by, &abandoned.reason];
    exactly_one(tx.execute(ABANDON, values).await?)
}

/// It goes on.
pub async fn take_up_again(tx: &mut Tx, _: &SystemProof, id: &OnboardingId) -> Result<(), StoreError> {
    exactly_one(tx.execute(TAKE_UP_AGAIN, args![id]).await?)
}

fn onboarding(row: &Row) -> Result<Onboarding, StoreError> {
    let at = row.opt_timestamp("token_at")?;
    let token = row.opt_id("enrolment_token_id")?;
    Ok(Onboarding {
        id: row.id("id")?,
        begun_by: row.text("begun_by")?,
        begun_at: row.timestamp("begun_at")?,
        mode: row.word("mode", OnboardingMode::parse)?,
        site: row.opt_text("site")?,
        role: row.opt_text("role")?.map(|_| row.word("role", NodeRole::parse)).transpose()?,
        node_name: row.opt_text("node_name")?,
        token: token.zip(at).map(|(id, at)| TakenToken { id, at }),
        abandoned: row.opt_timestamp("abandoned_at")?.map(|at| abandoned(row, at)).transpose()?,
    })
}

fn abandoned(row: &Row, at: Timestamp) -> Result<Abandoned, StoreError> {
    Ok(Abandoned { at, by: row.text("abandoned_by")?, reason: row.opt_text("abandoned_reason")? })
}
