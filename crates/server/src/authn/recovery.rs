//! Recovery codes: `abcd-efgh-ijkl-mnop`, 80 bits each, made again from the sealing key for as long as they are shown.

use read_models::ids::OperationId;
use secrecy::{ExposeSecret as _, SecretString};
use totp_rs::Secret;

use super::stored_hash;
use crate::secret::SealingKey;

/// How many are issued at a time.
pub const CODES: usize = 10;
/// 80 bits: a slow hash would protect nothing more.
const BYTES: usize = 10;

/// The codes that this operation issued.
pub fn derived(sealing: &SealingKey, by: &OperationId) -> Vec<SecretString> {
    let code = |number: usize| {
        let secret = sealing.derive("recovery-code", &format!("{by}/{number}"));
        let text = Secret::from(secret[..BYTES].to_vec()).to_base32().to_lowercase();
        let parts: Vec<_> = text.as_bytes().chunks(4).map(String::from_utf8_lossy).collect();
        SecretString::from(parts.join("-"))
    };
    (0..CODES).map(code).collect()
}

/// What is stored of one, however it was typed.
pub fn hash(code: &SecretString) -> String {
    let kept = code.expose_secret().chars().filter(char::is_ascii_alphanumeric);
    stored_hash(&kept.collect::<String>().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_differ_can_be_made_again_and_are_the_same_with_or_without_dashes() {
        let sealing = SealingKey::from_text("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "test").unwrap();
        let by = OperationId::from_uuid(&format!("{:032x}", 1));
        let codes = derived(&sealing, &by);
        let hashes: std::collections::BTreeSet<_> = codes.iter().map(hash).collect();
        assert_eq!((codes.len(), hashes.len()), (CODES, CODES));
        let first = codes[0].expose_secret();
        assert_eq!(first.len(), 19, "{first}");
        assert_eq!(hash(&SecretString::from(first.replace('-', " ").to_uppercase())), hash(&codes[0]));
        assert_eq!(derived(&sealing, &by)[0].expose_secret(), first);
    }
}
