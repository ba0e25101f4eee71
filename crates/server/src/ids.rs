//! New ids and random bytes. The only file that asks the machine for randomness; everyone else is given [`Ids`].

use std::sync::Mutex;

use crate::clock::{Clock, SystemClock};

/// Makes ids and random bytes.
pub trait Ids: Send + Sync + std::fmt::Debug {
    /// 32 hex digits of a UUID v7, as the id types' `from_uuid` takes them: `NodeId::from_uuid(&ids.uuid())`.
    fn uuid(&self) -> String;
    /// Fills the bytes with what nobody can guess.
    fn random(&self, bytes: &mut [u8]);
}

/// 32 bytes nobody can guess: session keys, token secrets.
pub fn secret_32(ids: &dyn Ids) -> [u8; 32] {
    let mut bytes = [0; 32];
    ids.random(&mut bytes);
    bytes
}

/// The operating system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemIds;

impl Ids for SystemIds {
    fn uuid(&self) -> String {
        uuid_v7(SystemClock.now().as_micros(), self)
    }

    #[expect(
        clippy::disallowed_methods,
        clippy::expect_used,
        reason = "without randomness no secret is one: stopping is the only safe answer"
    )]
    fn random(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives randomness");
    }
}

/// Counts instead of guessing, so that a test knows what it will get.
#[derive(Debug, Default)]
pub struct TestIds(Mutex<u64>);

impl Ids for TestIds {
    fn uuid(&self) -> String {
        uuid_v7(1_767_225_600_000_000, self)
    }

    fn random(&self, bytes: &mut [u8]) {
        let mut counter = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *counter += 1;
        for (index, byte) in bytes.iter_mut().rev().enumerate() {
            *byte = if index < 8 { counter.to_le_bytes()[index] } else { 0 };
        }
    }
}

fn uuid_v7(micros: i64, ids: &dyn Ids) -> String {
    let mut random = [0; 10];
    ids.random(&mut random);
    let millis = u64::try_from(micros / 1000).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().simple().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids_of_version_7_and_differ() {
        let (first, second) = (SystemIds.uuid(), SystemIds.uuid());
        assert_ne!(first, second);
        assert_eq!(first.len(), 32);
        assert_eq!(first.as_bytes()[12], b'7');
    }

    #[test]
    fn a_tests_ids_differ_too() {
        let ids = TestIds::default();
        assert_ne!(ids.uuid(), ids.uuid());
    }
}
