//! The text of an API token: `slw_<secret>_<checksum>`. The checksum lets scanners and us tell a token from a typo without
//! asking the database.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};

use super::stored_hash;
use crate::ids::{Ids, secret_32};
use crate::secret::SealingKey;
use read_models::ids::TokenId;

const PREFIX: &str = "slw_";
/// 32 bytes in base64.
const SECRET: usize = 43;
const CHECKSUM: usize = 6;

/// A new token; it is shown once.
pub fn generate(ids: &dyn Ids) -> SecretString {
    of_secret(&secret_32(ids))
}

/// The text of a token issued by an operation, made again from the sealing key: it is stored nowhere.
pub fn derived(sealing: &SealingKey, id: &TokenId) -> SecretString {
    of_secret(&sealing.derive("api-token", id.as_str()))
}

fn of_secret(secret: &[u8; 32]) -> SecretString {
    let body = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret));
    SecretString::from(format!("{body}_{}", checksum(&body)))
}

/// What is stored of it.
pub fn hash(token: &SecretString) -> String {
    stored_hash(token.expose_secret())
}

/// Whether the text has the form of a token, checksum included.
pub fn is_well_formed(text: &str) -> bool {
    let Some((body, sum)) = text.split_at_checked(PREFIX.len() + SECRET) else { return false };
    body.starts_with(PREFIX) && sum.strip_prefix('_').is_some_and(|sum| sum == checksum(body))
}

fn checksum(body: &str) -> String {
    stored_hash(body)[..CHECKSUM].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SystemIds;

    #[test]
    fn a_token_is_well_formed_and_a_typo_in_it_is_not() {
        let token = generate(&SystemIds);
        let text = token.expose_secret();
        assert!(text.starts_with("slw_") && is_well_formed(text));
        let mistyped = text.replacen(&text[10..11], if &text[10..11] == "x" { "y" } else { "x" }, 1);
        for bad in ["", "slw_", "slw_é", mistyped.as_str(), &text[..text.len() - 1], &format!("{text}0")] {
            assert!(!is_well_formed(bad), "{bad}");
        }
    }
}
