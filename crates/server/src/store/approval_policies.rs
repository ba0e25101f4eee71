//! What needs a second person's approval: on the platform, and in each project.

use read_models::ids::OperationId;
use read_models::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::db::{Reader, Row, StoreError, Tx};
use crate::args;
use crate::authz::SystemProof;

pub(crate) const SQL: &[&str] = &[FIND, SET, FORGET];

const FIND: &str = "SELECT needs, operation_id, set_by, set_at FROM approval_policy WHERE scope = $1";
const SET: &str =
    "INSERT INTO approval_policy (scope, needs, operation_id, set_by, set_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (scope) DO UPDATE SET needs = excluded.needs, operation_id = excluded.operation_id,
    set_by = excluded.set_by, set_at = excluded.set_at";
const FORGET: &str = "DELETE FROM approval_policy WHERE scope = $1";

/// Which operations need a second person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Needs {
    /// None.
    #[default]
    Nothing,
    /// Those in which data or a machine is lost.
    Destructive,
}

impl Needs {
    /// The stored word.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Destructive => "destructive",
        }
    }

    /// What it means, as it goes on in a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Destructive => "what destroys something",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Nothing, Self::Destructive].into_iter().find(|needs| needs.key() == word)
    }
}

/// A policy that somebody has set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    pub needs: Needs,
    /// The operation that set it.
    pub operation: OperationId,
    pub by: String,
    pub at: Timestamp,
}

/// The policy of `platform` or of a project; none where nobody has set one.
pub async fn find(
    from: &mut impl Reader,
    _: &SystemProof,
    scope: &str,
) -> Result<Option<Policy>, StoreError> {
    from.row(FIND, args![scope]).await?.as_ref().map(policy).transpose()
}

/// Sets it, or takes it out.
pub async fn set(
    tx: &mut Tx,
    _: &SystemProof,
    scope: &str,
    policy: Option<&Policy>,
) -> Result<(), StoreError> {
    match policy {
        Some(new) => {
            tx.execute(SET, args![scope, new.needs.key(), &new.operation, &new.by, new.at]).await.map(|_| ())
        }
        None => tx.execute(FORGET, args![scope]).await.map(|_| ()),
    }
}

fn policy(row: &Row) -> Result<Policy, StoreError> {
    Ok(Policy {
        needs: row.word("needs", Needs::parse)?,
        operation: row.id("operation_id")?,
        by: row.text("set_by")?,
        at: row.timestamp("set_at")?,
    })
}
