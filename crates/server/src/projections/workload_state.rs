//! What a report of an agent means for a workload: from its state, what was asked of it and the report to its next state.
//!
//! An acknowledgement is not a state: a workload runs when its process is there and, where it has a port, when that port
//! answers. What is over never comes back, whatever a late report says.

use std::time::Duration;

use node_protocol::{Exit, WorkloadReport, workload};
use read_models::time::Timestamp;
use read_models::workloads::WorkloadState;

/// How long something that ended badly stays on the default view.
pub const ACTIONABLE: Duration = Duration::from_hours(24);

/// What is known of the workload before the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    pub state: WorkloadState,
    /// Somebody asked it to end: an exit after this is no failure.
    pub stop_requested: bool,
    /// When it is stopped its slot stays its own, so that it can be started again.
    pub keeps_slot: bool,
    /// Whether it has a port that has to answer before it is ready.
    pub has_port: bool,
}

/// What the report changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub state: WorkloadState,
    /// What happened, for people.
    pub sentence: String,
    pub ready_at: Option<Timestamp>,
    pub ended: Option<Ended>,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub at: Timestamp,
    pub code: Option<i32>,
    pub signal: Option<i32>,
    /// Why that is a failure, for people; none when it is none.
    pub failure: Option<String>,
    pub actionable_until: Option<Timestamp>,
    pub archived_at: Option<Timestamp>,
}

/// The next state, or none when the report changes nothing.
pub fn next(known: Known, report: &WorkloadReport, now: Timestamp) -> Option<Change> {
    match known.state {
        WorkloadState::Stopped
        | WorkloadState::Finished
        | WorkloadState::Released
        | WorkloadState::Failed => None,
        WorkloadState::Requested | WorkloadState::Provisioning => match report.state {
            workload::WorkloadState::Starting => None,
            workload::WorkloadState::Running => ready(known, report, now),
            workload::WorkloadState::Exited => Some(ended(known, report, now)),
        },
        WorkloadState::Running | WorkloadState::Paused | WorkloadState::Stopping => match report.state {
            workload::WorkloadState::Starting | workload::WorkloadState::Running => None,
            workload::WorkloadState::Exited => Some(ended(known, report, now)),
        },
    }
}

fn ready(known: Known, report: &WorkloadReport, now: Timestamp) -> Option<Change> {
    if known.has_port && report.port_answering != Some(true) {
        return None;
    }
    let sentence = if known.has_port { "is running, and its port answers" } else { "is running" };
    Some(Change {
        state: WorkloadState::Running,
        sentence: sentence.to_owned(),
        ready_at: Some(now),
        ended: None,
    })
}

fn ended(known: Known, report: &WorkloadReport, now: Timestamp) -> Change {
    // An exit without how it ended is as good as none: nobody saw it.
    let exit = report.exit.clone().unwrap_or(Exit {
        code: None,
        signal: None,
        at_us: now.as_micros(),
        sentence: None,
    });
    // The agent's clock may be ahead; nothing ends in the future.
    let at = Timestamp::from_micros(exit.at_us).min(now);
    let quiet = |state, sentence: &str, archived_at| {
        let ended = Ended {
            at,
            code: exit.code,
            signal: exit.signal,
            failure: None,
            actionable_until: None,
            archived_at,
        };
        Change { state, sentence: sentence.to_owned(), ready_at: None, ended: Some(ended) }
    };
    if known.stop_requested {
        // What keeps its slot costs something: it is not History yet.
        let archived_at = (!known.keeps_slot).then_some(at);
        return quiet(WorkloadState::Stopped, "has stopped, as it was asked to", archived_at);
    }
    if exit.code == Some(0) && exit.signal.is_none() {
        return quiet(WorkloadState::Finished, "has finished with exit code 0", Some(at));
    }
    let (state, failure) = failure(&exit);
    let ended = Ended {
        at,
        code: exit.code,
        signal: exit.signal,
        failure: Some(failure.clone()),
        actionable_until: Some(now.plus(ACTIONABLE)),
        archived_at: None,
    };
    Change { state, sentence: failure, ready_at: None, ended: Some(ended) }
}

/// An exit code is the program's own word, so it has finished; anything else was done to it.
fn failure(exit: &Exit) -> (WorkloadState, String) {
    match (exit.signal, exit.code, &exit.sentence) {
        (Some(signal), _, _) => (WorkloadState::Failed, killed_by(signal)),
        (None, Some(code), None) => (WorkloadState::Finished, format!("ended with exit code {code}")),
        (None, Some(code), Some(why)) => {
            (WorkloadState::Finished, format!("ended with exit code {code}: {}", short(why)))
        }
        (None, None, Some(why)) => (WorkloadState::Failed, short(why)),
        (None, None, None) => {
            (WorkloadState::Failed, "its process is gone and nobody saw how it ended".to_owned())
        }
    }
}

fn killed_by(signal: i32) -> String {
    match nix::sys::signal::Signal::try_from(signal) {
        Ok(known) => format!("killed by signal {signal} ({})", known.as_str()),
        Err(_) => format!("killed by signal {signal}"),
    }
}

/// An agent's sentence goes on pages: no control characters, and not longer than a sentence.
fn short(sentence: &str) -> String {
    sentence.chars().filter(|c| !c.is_control()).take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use node_protocol::workload::WorkloadState as Seen;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000);

    fn known(state: WorkloadState) -> Known {
        Known { state, stop_requested: false, keeps_slot: false, has_port: false }
    }

    fn report(state: Seen, exit: Option<Exit>) -> WorkloadReport {
        WorkloadReport {
            workload_id: "wl_1".parse().unwrap(),
            run: 1,
            slot: 0,
            state,
            pid: None,
            started_at_us: None,
            isolation: None,
            port_answering: None,
            exit,
            log_end: 0,
        }
    }

    fn exit(code: Option<i32>, signal: Option<i32>) -> WorkloadReport {
        report(Seen::Exited, Some(Exit { code, signal, at_us: 7, sentence: None }))
    }

    #[test]
    fn it_runs_when_its_process_is_there_and_its_port_answers() {
        let running = report(Seen::Running, None);
        assert_eq!(next(known(WorkloadState::Requested), &report(Seen::Starting, None), NOW), None);
        let change = next(known(WorkloadState::Provisioning), &running, NOW).unwrap();
        assert_eq!((change.state, change.ready_at), (WorkloadState::Running, Some(NOW)));
        let with_port = Known { has_port: true, ..known(WorkloadState::Provisioning) };
        for (answering, runs) in [(None, false), (Some(false), false), (Some(true), true)] {
            let report = WorkloadReport { port_answering: answering, ..running.clone() };
            assert_eq!(next(with_port, &report, NOW).is_some(), runs, "{answering:?}");
        }
    }

    #[test]
    fn how_it_ended_decides_what_it_is() {
        let until = Some(NOW.plus(ACTIONABLE));
        for (report, state, failure, actionable_until) in [
            (exit(Some(0), None), WorkloadState::Finished, None, None),
            (exit(Some(3), None), WorkloadState::Finished, Some("ended with exit code 3"), until),
            (exit(None, Some(9)), WorkloadState::Failed, Some("killed by signal 9 (SIGKILL)"), until),
            (exit(None, Some(64)), WorkloadState::Failed, Some("killed by signal 64"), until),
            (
                exit(None, None),
                WorkloadState::Failed,
                Some("its process is gone and nobody saw how it ended"),
                until,
            ),
        ] {
            for before in [WorkloadState::Requested, WorkloadState::Provisioning, WorkloadState::Running] {
                let change = next(known(before), &report, NOW).unwrap();
                let ended = change.ended.unwrap();
                assert_eq!((change.state, ended.failure.as_deref()), (state, failure), "{report:?}");
                assert_eq!(ended.actionable_until, actionable_until);
                assert_eq!(ended.archived_at.is_some(), actionable_until.is_none());
                assert_eq!(ended.at, Timestamp::from_micros(7));
            }
        }
    }

    #[test]
    fn what_was_asked_to_stop_has_stopped_however_it_ended() {
        for report in [exit(Some(0), None), exit(Some(143), None), exit(None, Some(9)), exit(None, None)] {
            for before in [WorkloadState::Stopping, WorkloadState::Running] {
                let change = next(Known { stop_requested: true, ..known(before) }, &report, NOW).unwrap();
                assert_eq!(change.state, WorkloadState::Stopped);
                let ended = change.ended.unwrap();
                assert_eq!((ended.failure, ended.archived_at), (None, Some(ended.at)));
                let keeps = Known { stop_requested: true, keeps_slot: true, ..known(before) };
                assert_eq!(next(keeps, &report, NOW).unwrap().ended.unwrap().archived_at, None);
            }
        }
    }

    #[test]
    fn what_is_over_never_comes_back() {
        for over in
            [WorkloadState::Stopped, WorkloadState::Finished, WorkloadState::Released, WorkloadState::Failed]
        {
            for report in [report(Seen::Running, None), exit(Some(1), None), report(Seen::Starting, None)] {
                assert_eq!(next(known(over), &report, NOW), None);
            }
        }
    }

    #[test]
    fn nothing_ends_in_the_future() {
        let mut report = exit(Some(0), None);
        report.exit.as_mut().unwrap().at_us = i64::MAX;
        assert_eq!(next(known(WorkloadState::Running), &report, NOW).unwrap().ended.unwrap().at, NOW);
    }
}
