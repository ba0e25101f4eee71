//! Passwords: what is accepted, and argon2id, a few at a time so that a storm of sign-ins cannot eat the memory.

use std::sync::Arc;

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

use crate::ids::Ids;

/// The shortest password in characters.
pub const SHORTEST: usize = 12;
/// The longest password in characters; it bounds the work of hashing.
pub const LONGEST: usize = 256;
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const AT_ONCE: usize = 2;

/// Passwords of twelve and more characters that are tried first by everyone who guesses, in lower case.
const BREACHED: &str = include_str!("breached_passwords.txt");
/// What is verified for a name that does not exist, so that the answer takes as long. Of a random text, with our parameters.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c2xpcHdheS1ub2JvZHk$6UdVrxu9ml8vSsd3Xh5K7Yj0eQ1z9rU0y4YyT8a5S7k";

/// Why a password is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordProblem {
    #[error("The password is too short: use at least 12 characters. Several words are easy to remember.")]
    TooShort,
    #[error("The password is too long: use at most 256 characters.")]
    TooLong,
    #[error("This password is among the first that are guessed. Choose another one.")]
    Breached,
    #[error("The password is the email. Choose another one.")]
    IsTheEmail,
}

/// Hashing did not work: a defect or no memory, never a wrong password.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed")]
pub struct HashingFailed;

/// Hashes and verifies.
#[derive(Debug)]
pub struct Passwords {
    places: Arc<Semaphore>,
}

/// Whether the password is acceptable for the account.
pub fn check(password: &SecretString, email: &str) -> Result<(), PasswordProblem> {
    let password = password.expose_secret();
    let length = password.chars().count();
    let lower = password.to_lowercase();
    if length < SHORTEST {
        return Err(PasswordProblem::TooShort);
    }
    if length > LONGEST {
        return Err(PasswordProblem::TooLong);
    }
    if lower == email.trim().to_lowercase() {
        return Err(PasswordProblem::IsTheEmail);
    }
    let one_character = lower.chars().all(|c| lower.starts_with(c));
    if one_character || BREACHED.lines().any(|line| line == lower) {
        return Err(PasswordProblem::Breached);
    }
    Ok(())
}

impl PasswordProblem {
    /// The stable word for programs and addresses.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooShort => "password_too_short",
            Self::TooLong => "password_too_long",
            Self::Breached => "password_breached",
            Self::IsTheEmail => "password_is_email",
        }
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Passwords {
    /// What is stored for this password.
    pub async fn hash(&self, password: &SecretString, ids: &dyn Ids) -> Result<String, HashingFailed> {
        let mut salt = [0; 16];
        ids.random(&mut salt);
        let (salt, password) = (SaltString::encode_b64(&salt).map_err(|_| HashingFailed)?, password.clone());
        self.in_turn(move || {
            let hashed = argon2().ok()?.hash_password(password.expose_secret().as_bytes(), &salt).ok()?;
            Some(hashed.to_string())
        })
        .await?
        .ok_or(HashingFailed)
    }

    /// Whether the password is the stored one; without a stored one it takes as long and says no.
    pub async fn is_right(
        &self,
        password: &SecretString,
        stored: Option<&str>,
    ) -> Result<bool, HashingFailed> {
        // A password nobody can have set is not worth a second of work, for known and unknown names alike.
        if password.expose_secret().chars().count() > LONGEST {
            return Ok(false);
        }
        let (password, known) = (password.clone(), stored.is_some());
        let stored = stored.unwrap_or(NOBODYS).to_owned();
        let matches = self
            .in_turn(move || {
                let parsed = PasswordHash::new(&stored).ok()?;
                let verified = argon2().ok()?.verify_password(password.expose_secret().as_bytes(), &parsed);
                Some(verified.is_ok())
            })
            .await?
            .ok_or(HashingFailed)?;
        Ok(known && matches)
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashingFailed> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| HashingFailed)?;
        // The place moves into the work: a caller that hangs up does not free it before the memory is.
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(place);
            result
        });
        done.await.map_err(|_| HashingFailed)
    }
}

fn argon2() -> Result<Argon2<'static>, HashingFailed> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| HashingFailed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SystemIds;

    #[tokio::test]
    async fn the_right_password_is_right_and_nobody_has_one() {
        let (passwords, good) = (Passwords::default(), SecretString::from("correct horse battery"));
        let stored = passwords.hash(&good, &SystemIds).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(passwords.is_right(&good, Some(&stored)).await.unwrap());
        assert!(!passwords.is_right(&SecretString::from("wrong"), Some(&stored)).await.unwrap());
        assert!(!passwords.is_right(&good, None).await.unwrap());
    }

    #[test]
    fn the_hash_for_nobody_costs_what_a_real_one_costs() {
        let nobody = PasswordHash::new(NOBODYS).unwrap();
        let params = Params::try_from(&nobody).unwrap();
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (MEMORY_KIB, PASSES, LANES));
        assert_eq!(nobody.hash.map(|hash| hash.len()), Some(32));
    }

    #[test]
    fn short_long_and_well_known_passwords_are_refused_each_with_its_reason() {
        let problem = |password: &str| check(&SecretString::from(password), "ada@example.org").err();
        assert_eq!(problem("elevenchars"), Some(PasswordProblem::TooShort));
        assert_eq!(problem(&"x1".repeat(129)), Some(PasswordProblem::TooLong));
        assert_eq!(problem("Password1234"), Some(PasswordProblem::Breached));
        assert_eq!(problem("zzzzzzzzzzzzzz"), Some(PasswordProblem::Breached));
        assert_eq!(problem("Ada@Example.org"), Some(PasswordProblem::IsTheEmail));
        assert_eq!(problem("correct horse battery"), None);
    }
}
