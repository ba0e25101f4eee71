//! What a workload asks of people: does it belong on the default view, does it need action, since when is it History?
//!
//! Pure, from what is stored and the server's clock. `store::workloads` filters by the same words in SQL; a test holds the
//! two together.

use crate::store::workloads::WorkloadRecord;
use read_models::time::Timestamp;
use read_models::workloads::WorkloadState;

/// What is stored of it that decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    pub state: WorkloadState,
    pub since: Timestamp,
    /// Stopped on purpose, and its slot is still its own.
    pub keeps_slot: bool,
    /// Only of what ended badly.
    pub actionable_until: Option<Timestamp>,
    pub archived_at: Option<Timestamp>,
    /// When somebody took note of it, and until when that counts.
    pub acknowledged: Option<(Timestamp, Timestamp)>,
}

/// What it asks of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub is_actionable: bool,
    /// It ended badly, and nobody has taken note of it yet.
    pub needs_action: bool,
    pub actionable_until: Option<Timestamp>,
    pub archived_at: Option<Timestamp>,
    /// Until when it is left alone, when somebody said so.
    pub acknowledged_until: Option<Timestamp>,
}

impl Stored {
    /// The part of a record that decides.
    pub fn of(workload: &WorkloadRecord) -> Self {
        Self {
            state: workload.state,
            since: workload.state_since,
            keeps_slot: workload.keeps_slot,
            actionable_until: workload.actionable_until,
            archived_at: workload.archived_at,
            acknowledged: workload.acknowledged.as_ref().map(|taken| (taken.at, taken.until)),
        }
    }

    /// Until when it is left alone. What was said about another state does not count any more.
    fn acknowledged_until(&self, now: Timestamp) -> Option<Timestamp> {
        let (at, until) = self.acknowledged?;
        (at >= self.since && until > now).then_some(until)
    }
}

/// The judgement.
pub fn standing(stored: Stored, now: Timestamp) -> Standing {
    let quiet = Standing {
        is_actionable: false,
        needs_action: false,
        actionable_until: stored.actionable_until,
        archived_at: stored.archived_at,
        acknowledged_until: None,
    };
    if is_active(stored.state) {
        return Standing { is_actionable: true, actionable_until: None, archived_at: None, ..quiet };
    }
    if stored.archived_at.is_some() {
        return quiet;
    }
    if stored.state == WorkloadState::Stopped && stored.keeps_slot {
        // It costs a slot: somebody will start it again, or release it.
        return Standing { is_actionable: true, ..quiet };
    }
    match stored.actionable_until {
        None => quiet,
        Some(_) if stored.acknowledged_until(now).is_some() => {
            Standing { acknowledged_until: stored.acknowledged_until(now), ..quiet }
        }
        Some(until) if until > now => Standing { is_actionable: true, needs_action: true, ..quiet },
        Some(until) => Standing { archived_at: Some(until), ..quiet },
    }
}

/// Whether something of it may run or is about to.
pub const fn is_active(state: WorkloadState) -> bool {
    match state {
        WorkloadState::Requested
        | WorkloadState::Provisioning
        | WorkloadState::Running
        | WorkloadState::Paused
        | WorkloadState::Stopping => true,
        WorkloadState::Stopped
        | WorkloadState::Finished
        | WorkloadState::Released
        | WorkloadState::Failed => false,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_000_000);
    const BEFORE: Timestamp = Timestamp::from_micros(999_999);
    const AFTER: Timestamp = Timestamp::from_micros(1_000_001);
    pub(crate) const SINCE: Timestamp = Timestamp::from_micros(500_000);

    /// Every state with every edge of every time: some of them are never stored, and judged all the same.
    pub(crate) fn every_case() -> Vec<Stored> {
        let times = [None, Some(BEFORE), Some(NOW), Some(AFTER)];
        let said_at = [SINCE, Timestamp::from_micros(SINCE.as_micros() - 1)];
        let mut all = Vec::new();
        for state in WorkloadState::ALL {
            for keeps_slot in [false, true] {
                for actionable_until in times {
                    for archived_at in [None, Some(SINCE)] {
                        let said = said_at
                            .iter()
                            .flat_map(|at| [BEFORE, NOW, AFTER].map(|until| Some((*at, until))));
                        all.extend(said.chain([None]).map(|acknowledged| Stored {
                            state,
                            since: SINCE,
                            keeps_slot,
                            actionable_until,
                            archived_at,
                            acknowledged,
                        }));
                    }
                }
            }
        }
        all
    }

    fn failed(actionable_until: Option<Timestamp>) -> Stored {
        Stored {
            state: WorkloadState::Failed,
            since: SINCE,
            keeps_slot: false,
            actionable_until,
            archived_at: None,
            acknowledged: None,
        }
    }

    #[test]
    fn what_ended_badly_needs_action_up_to_the_microsecond_its_window_closes() {
        for (until, needs, archived) in [
            (Some(AFTER), true, None),
            (Some(NOW), false, Some(NOW)),
            (Some(BEFORE), false, Some(BEFORE)),
            (None, false, None),
        ] {
            for state in [WorkloadState::Failed, WorkloadState::Finished] {
                let found = standing(Stored { state, ..failed(until) }, NOW);
                assert_eq!((found.needs_action, found.is_actionable), (needs, needs), "{until:?}");
                assert_eq!((found.actionable_until, found.archived_at), (until, archived), "{until:?}");
            }
        }
    }

    #[test]
    fn acknowledged_it_is_left_alone_until_that_expires_or_it_changes() {
        let just_before = Timestamp::from_micros(SINCE.as_micros() - 1);
        for (said, left_alone) in [
            (Some((SINCE, AFTER)), true),
            (Some((BEFORE, AFTER)), true),
            (Some((SINCE, NOW)), false),
            (Some((SINCE, BEFORE)), false),
            (Some((just_before, AFTER)), false),
            (None, false),
        ] {
            let found = standing(Stored { acknowledged: said, ..failed(Some(AFTER)) }, NOW);
            assert_eq!(found.needs_action, !left_alone, "{said:?}");
            assert_eq!(found.acknowledged_until, left_alone.then_some(AFTER), "{said:?}");
            assert_eq!(found.archived_at, None, "{said:?}");
        }
    }

    #[test]
    fn what_must_hold_in_every_case() {
        for stored in every_case() {
            let found = standing(stored, NOW);
            assert!(found.is_actionable || !found.needs_action, "{stored:?}");
            assert!(!found.is_actionable || found.archived_at.is_none(), "{stored:?}");
            assert!(!is_active(stored.state) || found.is_actionable, "{stored:?}");
            assert!(!found.needs_action || !is_active(stored.state), "{stored:?}");
            if stored.archived_at.is_some() && !is_active(stored.state) {
                assert!(!found.is_actionable && found.archived_at == stored.archived_at, "{stored:?}");
            }
            // Later, with nothing new stored, only an acknowledgement that expires brings anything back.
            let later = standing(stored, AFTER);
            let comes_back = later.is_actionable && !found.is_actionable;
            assert!(!comes_back || found.acknowledged_until.is_some(), "{stored:?}");
        }
    }

    #[test]
    fn stopped_it_stays_in_sight_as_long_as_it_keeps_its_slot() {
        for (keeps_slot, archived_at) in [(true, None), (false, Some(SINCE))] {
            let stored = Stored { state: WorkloadState::Stopped, keeps_slot, archived_at, ..failed(None) };
            let found = standing(stored, NOW);
            assert_eq!((found.is_actionable, found.needs_action), (keeps_slot, false));
            assert_eq!(found.archived_at, archived_at);
        }
    }
}
