//! Locks: mutual exclusion per aspect of a resource, taken all at once, in order of asking.
//!
//! A waiter is parked and woken by the release; it never polls. Because an operation gets all of its locks in one
//! moment or none, there is no deadlock; because a later one may not overtake an earlier waiter it conflicts with,
//! nobody starves.

use serde::{Deserialize, Serialize};

/// An aspect of a resource: `node/node_…/placement`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Lock {
    /// What is locked.
    pub resource: String,
    /// Alone or with others.
    pub mode: LockMode,
}

/// Alone or with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockMode {
    /// With others that share it.
    Shared,
    /// Alone.
    Exclusive,
}

impl Lock {
    /// Alone.
    pub fn exclusive(resource: impl Into<String>) -> Self {
        Self { resource: resource.into(), mode: LockMode::Exclusive }
    }

    /// With others that share it.
    pub fn shared(resource: impl Into<String>) -> Self {
        Self { resource: resource.into(), mode: LockMode::Shared }
    }

    fn conflicts(&self, other: &Self) -> bool {
        self.resource == other.resource
            && (self.mode == LockMode::Exclusive || other.mode == LockMode::Exclusive)
    }
}

/// A lock that is held or waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockEntry {
    /// By which operation; ids of later operations sort behind earlier ones.
    pub operation: String,
    /// Which lock.
    pub lock: Lock,
    /// Held, or waited for.
    pub held: bool,
}

/// What keeps `operation` from taking all of its locks now: a conflicting lock that is held, or that an earlier
/// operation waits for. None when it may take them.
pub fn blocking<'a>(operation: &str, wanted: &[Lock], entries: &'a [LockEntry]) -> Option<&'a LockEntry> {
    // Taken by a worker that died before it could write so down: an earlier waiter that came late must not get between,
    // or both would wait for each other.
    let holds = |lock: &Lock| {
        entries.iter().any(|entry| entry.held && entry.operation == operation && entry.lock == *lock)
    };
    if wanted.iter().all(holds) {
        return None;
    }
    entries
        .iter()
        .filter(|entry| entry.operation != operation)
        .filter(|entry| entry.held || entry.operation.as_str() < operation)
        .find(|entry| wanted.iter().any(|lock| lock.conflicts(&entry.lock)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(operation: &str, lock: Lock, held: bool) -> LockEntry {
        LockEntry { operation: operation.to_owned(), lock, held }
    }

    #[test]
    fn shared_locks_go_together_and_an_exclusive_one_does_not() {
        let held = [entry("op_1", Lock::shared("n"), true)];
        assert_eq!(blocking("op_2", &[Lock::shared("n")], &held), None);
        assert_eq!(blocking("op_2", &[Lock::exclusive("n")], &held), Some(&held[0]));
        assert_eq!(blocking("op_2", &[Lock::exclusive("m")], &held), None);
    }

    #[test]
    fn nobody_overtakes_an_earlier_waiter() {
        let entries = [entry("op_1", Lock::shared("n"), true), entry("op_2", Lock::exclusive("n"), false)];
        assert_eq!(blocking("op_3", &[Lock::shared("n")], &entries), Some(&entries[1]));
        assert_eq!(blocking("op_1", &[Lock::shared("n")], &entries), None);
    }

    #[test]
    fn who_holds_its_locks_already_is_not_blocked_by_an_earlier_waiter() {
        let lock = || Lock::exclusive("n");
        let entries = [entry("op_2", lock(), true), entry("op_1", lock(), false)];
        assert_eq!(blocking("op_2", &[lock()], &entries), None);
        assert_eq!(blocking("op_1", &[lock()], &entries), Some(&entries[0]));
        assert_eq!(blocking("op_2", &[lock(), Lock::shared("m")], &entries), Some(&entries[1]));
    }
}
