//! Plans: kept for whoever asked, under their hash, for half an hour.

use super::db::{Db, Row, StoreError, Tx};
use crate::args;
use crate::authz::Principal;
use read_models::ids::{PlanId, ProjectId, UserId};
use read_models::operation::{Target, TargetKind};
use read_models::time::Timestamp;
use serde_json::Value;

pub(crate) const SQL: &[&str] = &[PUT, BY_ID, BY_HASH, BODY, SWEEP, OLDER];

const PUT: &str = "INSERT INTO plan (id, hash, user_id, operation, target_kind, target_id, project_id, input, body, made_at, good_until)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT (user_id, hash) DO UPDATE SET body = EXCLUDED.body, made_at = EXCLUDED.made_at, good_until = EXCLUDED.good_until";
const BY_ID: &str =
    "SELECT id, hash, operation, target_kind, target_id, project_id, input, made_at, good_until
    FROM plan WHERE id = $1 AND user_id = $2";
const BY_HASH: &str =
    "SELECT id, hash, operation, target_kind, target_id, project_id, input, made_at, good_until
    FROM plan WHERE hash = $1 AND user_id = $2";
const BODY: &str = "SELECT body FROM plan WHERE hash = $1 AND user_id = $2";
/// Of one person the newest are kept.
const OLDER: &str = "DELETE FROM plan WHERE user_id = $1 AND id NOT IN (
    SELECT id FROM plan WHERE user_id = $1 ORDER BY made_at DESC, id DESC LIMIT 200)";
const SWEEP: &str = "DELETE FROM plan WHERE good_until < $1";

/// A plan as stored. What it looked like is made again from today's facts; the hash says whether that is still the same.
#[derive(Debug, Clone)]
pub struct StoredPlan {
    pub id: PlanId,
    pub hash: String,
    pub operation: String,
    pub target: Target,
    pub project: Option<ProjectId>,
    pub input: Value,
    pub made_at: Timestamp,
    pub good_until: Timestamp,
}

/// Keeps a plan for the person who asked. The same plan again is the same row, kept longer; its id is answered.
pub async fn keep(
    tx: &mut Tx,
    by: &Principal,
    plan: &StoredPlan,
    body: &Value,
) -> Result<PlanId, StoreError> {
    let values = args![
        &plan.id,
        &plan.hash,
        &by.user_id,
        &plan.operation,
        plan.target.kind.word(),
        &plan.target.id,
        &plan.project,
        plan.input.to_string(),
        body.to_string(),
        plan.made_at,
        plan.good_until,
    ];
    tx.execute(PUT, values).await?;
    tx.execute(OLDER, args![&by.user_id]).await?;
    let kept = tx.row(BY_HASH, args![&plan.hash, &by.user_id]).await?.ok_or(StoreError::NotFound)?;
    kept.id("id")
}

/// A plan of this person.
pub async fn find(db: &Db, user: &UserId, id: &PlanId) -> Result<StoredPlan, StoreError> {
    stored(&db.row(BY_ID, args![id, user]).await?.ok_or(StoreError::NotFound)?)
}

/// A plan of this person by its hash.
pub async fn find_by_hash(db: &Db, user: &UserId, hash: &str) -> Result<StoredPlan, StoreError> {
    stored(&db.row(BY_HASH, args![hash, user]).await?.ok_or(StoreError::NotFound)?)
}

/// What a plan looked like when it was made.
pub async fn body_by_hash(db: &Db, user: &UserId, hash: &str) -> Result<Value, StoreError> {
    db.row(BODY, args![hash, user]).await?.ok_or(StoreError::NotFound)?.json("body")
}

/// Forgets plans that can no longer be started.
pub async fn sweep(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    tx.execute(SWEEP, args![now]).await
}

fn stored(row: &Row) -> Result<StoredPlan, StoreError> {
    Ok(StoredPlan {
        id: row.id("id")?,
        hash: row.text("hash")?,
        operation: row.text("operation")?,
        target: Target { kind: row.word("target_kind", TargetKind::parse)?, id: row.text("target_id")? },
        project: row.opt_id("project_id")?,
        input: row.json("input")?,
        made_at: row.timestamp("made_at")?,
        good_until: row.timestamp("good_until")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authz::testing::person;
    use crate::authz::{Role, Scope};
    use crate::store::testing::on_both;

    fn plan(n: u8, good_until: i64) -> StoredPlan {
        StoredPlan {
            id: PlanId::from_uuid(&format!("{n:032x}")),
            hash: "h".to_owned(),
            operation: "node.probe".to_owned(),
            target: Target { kind: TargetKind::Node, id: "n".to_owned() },
            project: None,
            input: Value::Null,
            made_at: Timestamp::from_micros(0),
            good_until: Timestamp::from_micros(good_until),
        }
    }

    #[tokio::test]
    async fn the_same_plan_again_is_the_same_row_kept_longer_and_only_its_makers() {
        on_both(async |db| {
            let (maker, mut other) =
                (person(Role::Operator, Scope::Platform), person(Role::Operator, Scope::Platform));
            other.user_id = UserId::from_uuid(&format!("{:032x}", 9));
            let mut tx = db.begin().await.unwrap();
            let first = keep(&mut tx, &maker, &plan(1, 10), &Value::from("old")).await.unwrap();
            let again = keep(&mut tx, &maker, &plan(2, 20), &Value::from("new")).await.unwrap();
            assert_eq!(first, again);
            assert_eq!(sweep(&mut tx, Timestamp::from_micros(11)).await.unwrap(), 0, "it is kept longer");
            tx.commit().await.unwrap();
            assert_eq!(body_by_hash(&db, &maker.user_id, "h").await.unwrap(), Value::from("new"));
            for found in
                [find(&db, &other.user_id, &first).await, find_by_hash(&db, &other.user_id, "h").await]
            {
                assert!(matches!(found, Err(StoreError::NotFound)));
            }
            let mut tx = db.begin().await.unwrap();
            assert_eq!(sweep(&mut tx, Timestamp::from_micros(21)).await.unwrap(), 1);
        })
        .await;
    }
}
