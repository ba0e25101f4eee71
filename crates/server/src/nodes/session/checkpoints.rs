//! Hands checkpoints of the audit chain to an agent, and hears when they contradict what it keeps.

use node_protocol::{Checkpoint, ToAgent};
use serde_json::json;

use super::{End, Talk, tell};
use crate::nodes::ingest::IngestError;
use crate::nodes::{proof, texts};
use crate::store::checkpoints;

/// The longest hash, key or signature that is repeated.
const LONGEST: usize = 100;

impl Talk {
    /// The newest one at the beginning, by the database: another server may have signed later ones than this one has seen,
    /// and an agent must not be told of less than before. From then on whatever this server learns of.
    pub(super) async fn hand_over(&mut self) -> Result<(), End> {
        let newest = match self.handed {
            None => checkpoints::newest(&self.state.db, &proof()).await.map_err(End::Store)?,
            Some(last) => self.known_after(last),
        };
        let last = self.handed.unwrap_or_default();
        self.handed = Some(last);
        let Some(evidence::Checkpoint { seq, hash, at, key, signature }) = newest else { return Ok(()) };
        if seq <= last {
            return Ok(());
        }
        self.handed = Some(seq);
        self.say(&ToAgent::Checkpoint(Checkpoint { seq, hash, at_us: at, key, signature })).await
    }

    fn known_after(&self, last: i64) -> Option<evidence::Checkpoint> {
        self.state.checkpoint.borrow().as_ref().filter(|known| known.seq > last).cloned()
    }

    /// The agent keeps one that this chain does not go on from.
    pub(super) async fn contradicted(
        &mut self,
        given: Checkpoint,
        kept: Checkpoint,
    ) -> Result<(), IngestError> {
        let session = &self.ingest.session;
        tracing::error!(
            node.id = %session.node,
            given = given.seq,
            kept = kept.seq,
            "node {} keeps a checkpoint that the audit chain contradicts",
            session.node
        );
        if !self.state.hub.is_news(&session.node, "checkpoint_refused", self.state.clock.now()) {
            return Ok(());
        }
        let sentence = format!(
            "Its agent keeps a checkpoint of the audit chain at event {} that the one at event {} contradicts: the chain \
             was cut off or written anew, or the database was put back from a copy.",
            kept.seq, given.seq
        );
        let body = json!({ "kept": said(&kept), "given": said(&given) });
        let mut tx = self.state.db.begin().await?;
        tell(&mut tx, &self.state, session, ("node.checkpoint_refused", sentence), body).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// As the agent says it; it may say anything.
fn said(one: &Checkpoint) -> serde_json::Value {
    let short = |text: &str| texts::short(text, LONGEST);
    json!({ "seq": one.seq, "hash": short(&one.hash), "at": one.at_us, "key": short(&one.key),
        "signature": short(&one.signature) })
}
