//! Codes of authenticator apps (RFC 6238): six digits, thirty seconds, SHA-1, which is what every app can.

use read_models::time::Timestamp;
use secrecy::SecretString;
use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

use crate::ids::Ids;

/// 160 bits, as RFC 4226 advises.
const SECRET: usize = 20;

/// A new secret.
pub fn generate(ids: &dyn Ids) -> Zeroizing<Vec<u8>> {
    let mut secret = Zeroizing::new(vec![0; SECRET]);
    ids.random(&mut secret);
    secret
}

/// The secret as people type it into an app.
pub fn text_of(secret: &[u8]) -> SecretString {
    SecretString::from(Secret::from(secret.to_vec()).to_base32())
}

/// What an app reads from the picture.
pub fn uri_of(text: &str, email: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let escaped: String = email
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    format!("otpauth://totp/Slipway:{escaped}?secret={text}&issuer=Slipway")
}

/// The time step a code is of, when it is of now or a step beside it.
pub fn step_of(secret: &[u8], code: &str, now: Timestamp) -> Option<i64> {
    let seconds = u64::try_from(now.as_micros() / 1_000_000).ok()?;
    let step = totp(secret)?.check(code, seconds)?;
    i64::try_from(step).ok()
}

/// The code of a moment, for the tests that play the app.
pub fn code_at(secret: &[u8], now: Timestamp) -> Option<String> {
    let seconds = u64::try_from(now.as_micros() / 1_000_000).ok()?;
    Some(totp(secret)?.generate(seconds).to_string())
}

fn totp(secret: &[u8]) -> Option<Totp> {
    Builder::new().with_secret(Secret::from(secret.to_vec())).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_rfc_and_of_a_step_beside_at_most() {
        let secret = b"12345678901234567890";
        // RFC 6238, appendix B, cut to six digits.
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
            assert_eq!(code_at(secret, at(seconds)).as_deref(), Some(code));
            assert_eq!(step_of(secret, code, at(seconds)), Some(seconds / 30));
            assert_eq!(step_of(secret, code, at(seconds + 30)), Some(seconds / 30));
            assert_eq!(step_of(secret, code, at(seconds + 90)), None);
        }
        assert_eq!(step_of(secret, "not one", Timestamp::from_micros(0)), None);
    }

    #[test]
    fn an_app_reads_the_secret_and_whose_it_is() {
        let text = secrecy::ExposeSecret::expose_secret(&text_of(b"12345678901234567890")).to_owned();
        assert_eq!(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        let wanted = format!("otpauth://totp/Slipway:ada%2Bops%40b.org?secret={text}&issuer=Slipway");
        assert_eq!(uri_of(&text, "ada+ops@b.org"), wanted);
    }
}
