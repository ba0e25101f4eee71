//! Forms that came back with errors: what was typed, and what was wrong with it. Only for the person who typed it.

use super::db::{Db, StoreError, Tx};
use crate::args;
use read_models::error::FieldError;
use read_models::ids::{DraftId, UserId};
use read_models::time::Timestamp;
use std::collections::BTreeMap;

pub(crate) const SQL: &[&str] = &[PUT, FIND, SWEEP, OLDER];

const PUT: &str = "INSERT INTO form_draft (id, user_id, operation, fields, errors, made_at) VALUES ($1, $2, $3, $4, $5, $6)";
const FIND: &str = "SELECT operation, fields, errors FROM form_draft WHERE id = $1 AND user_id = $2";
/// Of one person the newest are kept.
const OLDER: &str = "DELETE FROM form_draft WHERE user_id = $1 AND id NOT IN (
    SELECT id FROM form_draft WHERE user_id = $1 ORDER BY made_at DESC, id DESC LIMIT 20)";
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
    let text =
        |value: Result<String, serde_json::Error>| value.map_err(|e| StoreError::corrupt(e.to_string()));
    let (fields, errors) =
        (text(serde_json::to_string(&draft.fields))?, text(serde_json::to_string(&draft.errors))?);
    tx.execute(PUT, args![id.as_str(), user, &draft.operation, fields, errors, now]).await?;
    tx.execute(OLDER, args![user]).await.map(|_| ())
}

/// What was typed, when it was this person.
pub async fn find(db: &Db, user: &UserId, id: &DraftId) -> Result<Option<FormDraft>, StoreError> {
    let Some(row) = db.row(FIND, args![id.as_str(), user]).await? else { return Ok(None) };
    Ok(Some(FormDraft {
        operation: row.text("operation")?,
        fields: row.json("fields")?,
        errors: row.json("errors")?,
    }))
}

/// Forgets forms from before a time.
pub async fn sweep(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    tx.execute(SWEEP, args![before]).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::on_both;

    #[tokio::test]
    async fn what_was_typed_is_kept_for_whoever_typed_it_and_for_a_while() {
        on_both(async |db| {
            let user = |n: u8| UserId::from_uuid(&format!("{n:032x}"));
            let id = DraftId::from_uuid(&format!("{:032x}", 7));
            let draft = FormDraft {
                operation: "workload.launch".to_owned(),
                fields: BTreeMap::from([("name".to_owned(), "Not a name".to_owned())]),
                errors: vec![FieldError { pointer: "/name".to_owned(), sentence: "Use letters.".to_owned() }],
            };
            let mut tx = db.begin().await.unwrap();
            keep(&mut tx, &user(1), &id, &draft, Timestamp::from_micros(5)).await.unwrap();
            assert_eq!(sweep(&mut tx, Timestamp::from_micros(5)).await.unwrap(), 0);
            tx.commit().await.unwrap();
            let found = find(&db, &user(1), &id).await.unwrap().unwrap();
            assert_eq!((found.fields, found.errors), (draft.fields, draft.errors));
            assert!(find(&db, &user(2), &id).await.unwrap().is_none());
            let mut tx = db.begin().await.unwrap();
            assert_eq!(sweep(&mut tx, Timestamp::from_micros(6)).await.unwrap(), 1);
        })
        .await;
    }
}
