//! How often enrolments from an address failed lately, and when the next one is allowed. In memory: a stranger who knocks
//! must not make the database count. Every replica counts for itself.
//!
//! An attempt is counted as a failure before the token is looked at and taken back when it was right, so that many sent at
//! once do not all pass.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use read_models::time::Timestamp;

/// Machines of a whole site may come from one address, and their first tries may be wrong.
const FREE: u32 = 30;
/// Longer would let anyone lock a site out for good.
const LONGEST_WAIT: Duration = Duration::from_mins(15);
/// Failures are forgotten after so long without a try.
const MEMORY: Duration = Duration::from_hours(24);
/// More addresses than this are not remembered: the one that was quiet for longest is forgotten first.
const REMEMBERED: usize = 4096;

/// The failures of each address.
#[derive(Debug, Default)]
pub(super) struct Attempts(HashMap<IpAddr, Tries>);

#[derive(Clone, Copy, Debug)]
struct Tries {
    failures: u32,
    next_allowed_at: Timestamp,
    last: Timestamp,
}

impl Attempts {
    /// Counts one attempt; `Err(wait)` when the next one is not allowed yet, and then nothing is counted.
    pub(super) fn count(&mut self, address: IpAddr, now: Timestamp) -> Result<(), Duration> {
        let place = place(address);
        if let Some(tries) = self.0.get(&place)
            && tries.next_allowed_at > now
        {
            return Err(tries.next_allowed_at.since(now));
        }
        self.make_room(now);
        let tries = self.0.entry(place).or_insert(Tries { failures: 0, next_allowed_at: now, last: now });
        tries.failures = tries.failures.saturating_add(1);
        tries.last = now;
        tries.next_allowed_at = now.plus(wait_after(tries.failures));
        Ok(())
    }

    /// The attempt was right, or the fault was ours. The address gets this one back, and no more: who has one good token
    /// must not wipe the slate with it.
    pub(super) fn take_back(&mut self, address: IpAddr, now: Timestamp) {
        if let Some(tries) = self.0.get_mut(&place(address)) {
            tries.failures = tries.failures.saturating_sub(1);
            tries.next_allowed_at = now;
        }
    }

    fn make_room(&mut self, now: Timestamp) {
        if self.0.len() < REMEMBERED {
            return;
        }
        self.0.retain(|_, tries| now.since(tries.last) < MEMORY);
        if self.0.len() >= REMEMBERED
            && let Some(oldest) = self.0.iter().min_by_key(|(_, tries)| tries.last).map(|(place, _)| *place)
        {
            self.0.remove(&oldest);
        }
    }
}

/// A machine has a whole network of IPv6 addresses (64 bits) to itself.
fn place(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    }
}

/// No wait for the first tries, then 2, 4, 8 … seconds.
fn wait_after(failures: u32) -> Duration {
    match failures.saturating_sub(FREE) {
        0 => Duration::ZERO,
        beyond => Duration::from_secs(2_u64.saturating_pow(beyond)).min(LONGEST_WAIT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_000_000_000_000);

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn after_too_many_failures_the_next_try_has_to_wait_longer_and_longer() {
        let (mut attempts, address) = (Attempts::default(), ip("192.0.2.1"));
        for _ in 0..=FREE {
            assert_eq!(attempts.count(address, START), Ok(()));
        }
        assert_eq!(attempts.count(address, START), Err(Duration::from_secs(2)));
        assert_eq!(attempts.count(ip("192.0.2.2"), START), Ok(()));
        let later = START.plus(Duration::from_secs(2));
        assert_eq!(attempts.count(address, later), Ok(()));
        assert_eq!(attempts.count(address, later), Err(Duration::from_secs(4)));
        attempts.take_back(address, later);
        assert_eq!(attempts.count(address, later), Ok(()));
        assert_eq!(wait_after(u32::MAX), LONGEST_WAIT);
    }

    #[test]
    fn a_network_is_one_address_and_memory_has_an_end() {
        let mut attempts = Attempts::default();
        for _ in 0..=FREE {
            attempts.count(ip("2001:db8::1"), START).unwrap();
        }
        assert!(attempts.count(ip("2001:db8::2"), START).is_err());
        for number in 0..u32::try_from(2 * REMEMBERED).unwrap() {
            attempts.count(IpAddr::V4(number.into()), START.plus(Duration::from_secs(5))).unwrap();
        }
        assert_eq!(attempts.0.len(), REMEMBERED);
    }
}
