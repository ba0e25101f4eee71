//! An event as pages and API clients see it, and the cursors that say where in the feed they are.
//!
//! A cursor is the event's number, sealed: a tenant who could count would see how busy others are. Sealing is made of two
//! derived secrets (the first is the number's fingerprint, the second hides the number under that fingerprint), so that
//! the same event has the same cursor everywhere and a made-up cursor is noticed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use read_models::evidence::EventView;

use crate::secret::SealingKey;
use crate::store::events::StoredEvent;

/// The event as it travels.
pub fn view(event: StoredEvent, key: &SealingKey) -> EventView {
    EventView {
        cursor: cursor(event.seq, key),
        at: event.at,
        kind: event.kind,
        actor: event.actor,
        sentence: event.sentence,
        operation: event.operation,
        resource: event.resource,
        hash: event.hash,
    }
}

/// The cursor after this number.
pub fn cursor(seq: i64, key: &SealingKey) -> String {
    let print = fingerprint(seq, key);
    let hidden = seq.cast_unsigned() ^ pad(print, key);
    URL_SAFE_NO_PAD.encode([print.to_be_bytes(), hidden.to_be_bytes()].concat())
}

/// The number in a cursor; none when this key did not make it.
pub fn read_cursor(cursor: &str, key: &SealingKey) -> Option<i64> {
    let bytes: [u8; 16] = URL_SAFE_NO_PAD.decode(cursor).ok()?.try_into().ok()?;
    let (print, hidden) = bytes.split_first_chunk::<8>()?;
    let print = u64::from_be_bytes(*print);
    let seq = (u64::from_be_bytes(hidden.try_into().ok()?) ^ pad(print, key)).cast_signed();
    (fingerprint(seq, key) == print).then_some(seq)
}

fn fingerprint(seq: i64, key: &SealingKey) -> u64 {
    first_eight(&key.derive("feed-cursor-fingerprint", &seq.to_string())[..])
}

fn pad(print: u64, key: &SealingKey) -> u64 {
    first_eight(&key.derive("feed-cursor-pad", &print.to_string())[..])
}

fn first_eight(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> SealingKey {
        use base64::engine::general_purpose::STANDARD;
        SealingKey::from_text(&STANDARD.encode([byte; 32]), "test").unwrap()
    }

    #[test]
    fn a_cursor_is_read_back_and_does_not_count() {
        let key = key(1);
        for seq in [0, 1, 2, 77, i64::MAX] {
            assert_eq!(read_cursor(&cursor(seq, &key), &key), Some(seq));
        }
        assert_eq!(cursor(5, &key), cursor(5, &key));
        let (first, second) = (cursor(1, &key), cursor(2, &key));
        assert_ne!(first[11..], second[11..], "{first} {second}");
    }

    #[test]
    fn what_this_key_did_not_make_is_no_cursor() {
        let (mine, other) = (key(1), key(2));
        assert_eq!(read_cursor(&cursor(7, &other), &mine), None);
        for made_up in ["", "7", "é", "AAAAAAAAAAAAAAAAAAAAAA", &cursor(7, &mine)[1..]] {
            assert_eq!(read_cursor(made_up, &mine), None, "{made_up}");
        }
    }
}
