//! Choices within operations that destroy something and wait for a second person.

use read_models::ids::{OperationId, UserId};
use read_models::time::Timestamp;

use super::db::{Reader, Row, StoreError, Tx};
use crate::args;
use crate::authz::SystemProof;

pub(crate) const SQL: &[&str] = &[FIND, SET];

const FIND: &str = "SELECT choice, question, user_id, asked_by, reason, asked_at
    FROM proposed_choice WHERE operation_id = $1";
const SET: &str =
    "INSERT INTO proposed_choice (operation_id, choice, question, user_id, asked_by, reason, asked_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (operation_id) DO UPDATE SET choice = excluded.choice, question = excluded.question,
    user_id = excluded.user_id, asked_by = excluded.asked_by, reason = excluded.reason, asked_at = excluded.asked_at";

/// What somebody chose, and a second person has to approve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposed {
    pub choice: String,
    /// Names the question it answers, and no other.
    pub question: String,
    pub user: UserId,
    pub by: String,
    pub reason: String,
    pub at: Timestamp,
}

/// What was chosen last in an operation and needed a second person, whether that still means something or not.
pub async fn find(
    from: &mut impl Reader,
    _: &SystemProof,
    operation: &OperationId,
) -> Result<Option<Proposed>, StoreError> {
    from.row(FIND, args![operation]).await?.as_ref().map(proposed).transpose()
}

/// Writes one down in place of an older one.
pub async fn set(
    tx: &mut Tx,
    _: &SystemProof,
    operation: &OperationId,
    new: &Proposed,
) -> Result<(), StoreError> {
    let values = args![operation, &new.choice, &new.question, &new.user, &new.by, &new.reason, new.at];
    tx.execute(SET, values).await.map(|_| ())
}

fn proposed(row: &Row) -> Result<Proposed, StoreError> {
    Ok(Proposed {
        choice: row.text("choice")?,
        question: row.text("question")?,
        user: row.id("user_id")?,
        by: row.text("asked_by")?,
        reason: row.text("reason")?,
        at: row.timestamp("asked_at")?,
    })
}
