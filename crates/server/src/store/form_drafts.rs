//! Forms that came back with errors: what was typed, and what was wrong with it. Only for the person who typed it.

use super::db::{Db, StoreError, Tx};
use crate::args;
use read_models::error::FieldError;
use read_models::ids::{DraftId, UserId};
use read_models::time::Timestamp;
use std::collections::BTreeMap;

pub(crate) const SQL: &[&str] = &[PUT, FIND, SWEEP];

const PUT: &str = "INSERT INTO form_draft (id, user_id, operation, fields, errors, made_at) VALUES ($1, $2, $3, $4, $5, $6)";
const FIND: &str = "SELECT operation, fields, errors FROM form_draft WHERE id = $1 AND user_id = $2";
const SWEEP: &str = "DELETE FROM form_draft WHERE made_at < $1";

/// A form that came back.
#[derive(Debug, Clone, Default)]
pub struct FormDraft {
    pub operation: String,
    pub fields: BTreeMap<String, String>,
    pub errors: Vec<FieldError>,
}

/// Keeps what was typed.
pub async fn keep(
    tx: &mut Tx,
    user: &UserId,
    id: &DraftId,
    draft: &FormDraft,
    now: Timestamp,
) -> Result<(), StoreError> {
    let text = |value: Result<String, serde_json::Error>| value.map_err(|e| StoreError::corrupt(e.to_string()));
    let (fields, errors) = (text(serde_json::to_string(&draft.fields))?, text(serde_json::to_string(&draft.errors))?);
    tx.execute(PUT, args![id.as_str(), user, &draft.operation, fields, errors, now]).await.map(|_| ())
}

/// What was typed, when it was this person.
pub async fn find(db: &Db, user: &UserId, id: &DraftId) -> Result<Option<FormDraft>, StoreError> {
    let Some(row) = db.row(FIND, args![id.as_str(), user]).await? else { return Ok(None) };
    Ok(Some(FormDraft { operation: row.text("operation")?, fields: row.json("fields")?, errors: row.json("errors")? }))
}

/// Forgets forms from before a time.
pub async fn sweep(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    tx.execute(SWEEP, args![before]).await
}
