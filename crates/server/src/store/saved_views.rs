//! The views of lists that people keep: an address with its filters, under a name that a person has once in a list.

use read_models::ids::{UserId, ViewId};
use read_models::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::db::{Reader, Row, StoreError, Tx, exactly_one};
use crate::args;
use crate::authz::{self, Account, Administer, May, SystemProof};

pub(crate) const SQL: &[&str] = &[OF_PERSON, BY_ID, INSERT, RENAME, DELETE];

const OF_PERSON: &str = "SELECT id, user_id, route, name, address, saved_at FROM saved_view
    WHERE user_id = $1 ORDER BY route, name";
const BY_ID: &str = "SELECT id, user_id, route, name, address, saved_at FROM saved_view WHERE id = $1";
const INSERT: &str = "INSERT INTO saved_view (id, user_id, route, name, address, saved_at)
    VALUES ($1, $2, $3, $4, $5, $6)";
const RENAME: &str = "UPDATE saved_view SET name = $3 WHERE id = $1 AND user_id = $2";
const DELETE: &str = "DELETE FROM saved_view WHERE id = $1 AND user_id = $2";

/// A saved view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    pub id: ViewId,
    pub user: UserId,
    /// The list, by its word in the navigation contract.
    pub route: String,
    pub name: String,
    pub address: String,
    pub saved_at: Timestamp,
}

/// The views of a person, list by list, by name.
pub async fn of_person(
    from: &mut impl Reader,
    by: &impl May<authz::Read, Account>,
    user: &UserId,
) -> Result<Vec<SavedView>, StoreError> {
    if !by.covers_person(user) {
        return Err(StoreError::NotFound);
    }
    from.rows(OF_PERSON, args![user]).await?.iter().map(view).collect()
}

/// One view.
pub async fn find(from: &mut impl Reader, _: &SystemProof, id: &ViewId) -> Result<SavedView, StoreError> {
    view(&from.row(BY_ID, args![id]).await?.ok_or(StoreError::NotFound)?)
}

/// Writes a view down.
pub async fn save(
    tx: &mut Tx,
    by: &impl May<Administer, Account>,
    view: &SavedView,
) -> Result<(), StoreError> {
    if !by.covers_person(&view.user) {
        return Err(StoreError::NotFound);
    }
    let values = args![&view.id, &view.user, &view.route, &view.name, &view.address, view.saved_at];
    tx.execute(INSERT, values).await.map(|_| ())
}

/// Gives a view another name. [`StoreError::NotFound`] when the person has no such view.
pub async fn rename(
    tx: &mut Tx,
    by: &impl May<Administer, Account>,
    user: &UserId,
    id: &ViewId,
    name: &str,
) -> Result<(), StoreError> {
    if !by.covers_person(user) {
        return Err(StoreError::NotFound);
    }
    exactly_one(tx.execute(RENAME, args![id, user, name]).await?)
}

/// Deletes a view. [`StoreError::NotFound`] when the person has no such view.
pub async fn delete(
    tx: &mut Tx,
    by: &impl May<Administer, Account>,
    user: &UserId,
    id: &ViewId,
) -> Result<(), StoreError> {
    if !by.covers_person(user) {
        return Err(StoreError::NotFound);
    }
    exactly_one(tx.execute(DELETE, args![id, user]).await?)
}

fn view(row: &Row) -> Result<SavedView, StoreError> {
    Ok(SavedView {
        id: row.id("id")?,
        user: row.id("user_id")?,
        route: row.text("route")?,
        name: row.text("name")?,
        address: row.text("address")?,
        saved_at: row.timestamp("saved_at")?,
    })
}
