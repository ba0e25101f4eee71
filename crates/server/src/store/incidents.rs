//! Incidents: what was refused at the door and an operator should know of.

use read_models::ids::{EnrolmentTokenId, NodeId};
use read_models::time::Timestamp;

use super::db::{Db, Row, StoreError, Tx};
use crate::args;
use crate::authz::{self, May, Nodes, SystemProof};
use crate::ids::Ids;

pub(crate) const SQL: &[&str] = &[NEWEST, RECENT, INSERT];

const NEWEST: &str = "SELECT id, at, kind, sentence, address, enrolment_token_id, node_id FROM incident
    ORDER BY at DESC, id DESC LIMIT $1";
const RECENT: &str = "SELECT id FROM incident WHERE kind = $1 AND COALESCE(node_id, '') = $2
    AND COALESCE(enrolment_token_id, '') = $3 AND at > $4 LIMIT 1";
const INSERT: &str = "INSERT INTO incident (id, at, kind, sentence, address, enrolment_token_id, node_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// A refused machine knocks every few seconds; one incident in so long is enough.
const QUIET: std::time::Duration = std::time::Duration::from_mins(10);

/// An incident as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    pub id: String,
    pub at: Timestamp,
    pub kind: String,
    pub sentence: String,
    pub address: Option<String>,
    pub enrolment_token: Option<EnrolmentTokenId>,
    pub node: Option<NodeId>,
}

/// An incident to be written down.
#[derive(Clone, Debug)]
pub struct NewIncident<'a> {
    /// Stable word: `enrolment_key_mismatch`.
    pub kind: &'a str,
    pub sentence: &'a str,
    pub address: Option<&'a str>,
    pub enrolment_token: Option<&'a EnrolmentTokenId>,
    pub node: Option<&'a NodeId>,
}

/// The newest of them.
pub async fn newest(
    db: &Db,
    _: &impl May<authz::Read, Nodes>,
    limit: i64,
) -> Result<Vec<Incident>, StoreError> {
    db.rows(NEWEST, args![limit]).await?.iter().map(incident).collect()
}

/// Writes it down; `false` when the same was written down minutes ago.
pub async fn record(
    tx: &mut Tx,
    _: &SystemProof,
    new: &NewIncident<'_>,
    now: Timestamp,
    ids: &dyn Ids,
) -> Result<bool, StoreError> {
    let node = new.node.map_or("", NodeId::as_str);
    let token = new.enrolment_token.map_or("", EnrolmentTokenId::as_str);
    if tx.row(RECENT, args![new.kind, node, token, now.minus(QUIET)]).await?.is_some() {
        return Ok(false);
    }
    let id = format!("inc_{}", ids.uuid());
    let values = args![id, now, new.kind, new.sentence, new.address, new.enrolment_token, new.node];
    tx.execute(INSERT, values).await?;
    Ok(true)
}

fn incident(row: &Row) -> Result<Incident, StoreError> {
    Ok(Incident {
        id: row.text("id")?,
        at: row.timestamp("at")?,
        kind: row.text("kind")?,
        sentence: row.text("sentence")?,
        address: row.opt_text("address")?,
        enrolment_token: row.opt_id("enrolment_token_id")?,
        node: row.opt_id("node_id")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authz::system::for_worker;
    use crate::ids::TestIds;
    use crate::store::testing::on_both;

    #[tokio::test]
    async fn the_same_knock_is_written_down_once_in_a_while() {
        on_both(async |db| {
            let (proof, ids, mut tx) = (for_worker("test"), TestIds::default(), db.begin().await.unwrap());
            let knock = NewIncident {
                kind: "k",
                sentence: "s",
                address: Some("192.0.2.1"),
                enrolment_token: None,
                node: None,
            };
            let start = Timestamp::from_micros(0);
            assert!(record(&mut tx, &proof, &knock, start, &ids).await.unwrap());
            assert!(!record(&mut tx, &proof, &knock, start.plus(QUIET / 2), &ids).await.unwrap());
            assert!(record(&mut tx, &proof, &knock, start.plus(QUIET * 2), &ids).await.unwrap());
            tx.commit().await.unwrap();
            let all = newest(&db, &proof, 10).await.unwrap();
            assert_eq!(all.iter().map(|one| one.at).collect::<Vec<_>>(), [start.plus(QUIET * 2), start]);
        })
        .await;
    }
}
