//! An event as it travels. Its number is sealed, so that a tenant's cursor does not tell how busy others are.

use crate::ids::Ids;
use crate::secret::SealingKey;
use crate::store::events::StoredEvent;
use read_models::evidence::EventView;

/// What the cursor is sealed for.
const PLACE: &str = "feed-cursor";

/// The event.
pub fn view(event: StoredEvent, sealing: &SealingKey, ids: &dyn Ids) -> EventView {
    EventView {
        cursor: cursor(event.seq, sealing, ids),
        at: event.at,
        kind: event.kind,
        actor: event.actor,
        sentence: event.sentence,
        operation: event.operation,
        resource: event.resource,
        hash: event.hash,
    }
}

/// A position in the feed that only this installation can read.
pub fn cursor(seq: i64, sealing: &SealingKey, ids: &dyn Ids) -> String {
    // Sealing cannot fail with a key that was accepted; an empty cursor means "from the start" and loses nothing.
    sealing.seal(PLACE, seq.to_string().as_bytes(), ids).unwrap_or_default()
}

/// The number in a cursor; none when it is not one of ours.
pub fn read_cursor(text: &str, sealing: &SealingKey) -> Option<i64> {
    let plain = sealing.open(PLACE, text).ok()?;
    std::str::from_utf8(&plain).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SystemIds;

    #[test]
    fn a_cursor_is_read_back_and_tells_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let key = SealingKey::from_file(&folder.path().join("k"), &SystemIds).unwrap();
        let (first, second) = (cursor(7, &key, &SystemIds), cursor(7, &key, &SystemIds));
        assert_ne!(first, second);
        assert_eq!(read_cursor(&first, &key), Some(7));
        assert_eq!(read_cursor("AAAA", &key), None);
    }
}
