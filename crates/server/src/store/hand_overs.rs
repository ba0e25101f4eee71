//! Who looks after an operation that asks for a person or left something over, as it was handed over last.

use read_models::ids::{OperationId, UserId};
use read_models::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::db::{Reader, Row, StoreError, Tx};
use crate::args;
use crate::authz::SystemProof;

pub(crate) const SQL: &[&str] = &[FIND, ALL, SET, FORGET];

const FIND: &str = "SELECT about, to_user, to_name, handed_by, note, handed_at, operation_id
    FROM operation_hand_over WHERE about = $1";
/// Of operations that may still need somebody: what went well needs nobody.
const ALL: &str = "SELECT h.about AS about, to_user, to_name, handed_by, note, handed_at, operation_id
    FROM operation_hand_over h JOIN operation o ON o.id = h.about WHERE o.state <> 'succeeded' ORDER BY h.about DESC LIMIT $1";
const SET: &str =
    "INSERT INTO operation_hand_over (about, to_user, to_name, handed_by, note, handed_at, operation_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (about) DO UPDATE SET to_user = excluded.to_user, to_name = excluded.to_name,
    handed_by = excluded.handed_by, note = excluded.note, handed_at = excluded.handed_at,
    operation_id = excluded.operation_id";
const FORGET: &str = "DELETE FROM operation_hand_over WHERE about = $1";

/// That an operation was handed to somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOver {
    /// What was handed over.
    pub about: OperationId,
    pub to: UserId,
    /// What they were called then.
    pub to_name: String,
    pub by: String,
    pub note: String,
    pub at: Timestamp,
    /// The operation that wrote it down.
    pub operation: OperationId,
}

/// To whom an operation was handed; none when nobody has it.
pub async fn find(
    from: &mut impl Reader,
    _: &SystemProof,
    about: &OperationId,
) -> Result<Option<HandOver>, StoreError> {
    from.row(FIND, args![about]).await?.as_ref().map(hand_over).transpose()
}

/// Every one of an operation that may still need somebody, the newest operation first.
pub async fn all(from: &mut impl Reader, _: &SystemProof, limit: i64) -> Result<Vec<HandOver>, StoreError> {
    from.rows(ALL, args![limit]).await?.iter().map(hand_over).collect()
}

/// Writes down to whom an operation is handed, or that nobody has it.
pub async fn set(
    tx: &mut Tx,
    _: &SystemProof,
    about: &OperationId,
    to: Option<&HandOver>,
) -> Result<(), StoreError> {
    match to {
        Some(new) => {
            let values = args![about, &new.to, &new.to_name, &new.by, &new.note, new.at, &new.operation];
            tx.execute(SET, values).await.map(|_| ())
        }
        None => tx.execute(FORGET, args![about]).await.map(|_| ()),
    }
}

fn hand_over(row: &Row) -> Result<HandOver, StoreError> {
    Ok(HandOver {
        about: row.id("about")?,
        to: row.id("to_user")?,
        to_name: row.text("to_name")?,
        by: row.text("handed_by")?,
        note: row.text("note")?,
        at: row.timestamp("handed_at")?,
        operation: row.id("operation_id")?,
    })
}
