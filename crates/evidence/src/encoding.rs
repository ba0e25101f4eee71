//! How values become bytes that are hashed or signed: each value says where it ends.

use sha2::{Digest, Sha256};

/// SHA-256 over a domain and then values, one after the other.
///
/// The domain comes first, so that one thing is never mistaken for another, nor for another version of itself. *Text*:
/// its length in bytes as 8 bytes, big-endian, then its bytes in UTF-8. *Number*: 8 bytes, two's complement, big-endian.
/// *Optional*: one byte 0 when absent, or one byte 1 and then the value. The lengths keep a character from moving unseen
/// from the end of one field to the beginning of the next; the byte in front keeps "absent" and "empty" apart.
pub(crate) struct Encoding(Sha256);

impl Encoding {
    pub(crate) fn of(domain: &str) -> Self {
        let mut encoding = Self(Sha256::new());
        encoding.text(domain);
        encoding
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_be_bytes());
        self.0.update(text.as_bytes());
    }

    pub(crate) fn number(&mut self, number: i64) {
        self.0.update(number.to_be_bytes());
    }

    pub(crate) fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.0.update([u8::from(value.is_some())]);
        if let Some(value) = value {
            write(self, value);
        }
    }

    /// Lower-case hex.
    pub(crate) fn finish(self) -> String {
        hex::encode(self.0.finalize())
    }

    /// The 32 bytes that are signed.
    pub(crate) fn into_signed_bytes(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}
