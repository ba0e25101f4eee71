//! Where the targets of a bulk stand, counted, and what its turn is: a pure function of what is stored.

use crate::store::bulks::{Bulk, BulkTarget, Standing};

/// How many stand where, of those that are included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) waiting: u32,
    pub(crate) running: u32,
    pub(crate) succeeded: u32,
    pub(crate) failed: u32,
    pub(crate) not_started: u32,
}

impl Tally {
    pub(crate) fn of<'a>(targets: impl IntoIterator<Item = &'a BulkTarget>) -> Self {
        let mut tally = Self::default();
        for target in targets {
            match target.standing() {
                Standing::LeftOut => {}
                Standing::Waiting => tally.waiting += 1,
                Standing::Running => tally.running += 1,
                Standing::Succeeded => tally.succeeded += 1,
                Standing::Failed => tally.failed += 1,
                Standing::NotStarted => tally.not_started += 1,
            }
        }
        tally
    }

    pub(crate) const fn all(&self) -> u32 {
        self.waiting + self.running + self.over()
    }

    pub(crate) const fn over(&self) -> u32 {
        self.succeeded + self.unsuccessful()
    }

    pub(crate) const fn unsuccessful(&self) -> u32 {
        self.failed + self.not_started
    }

    /// `6 of 9 succeeded, 2 failed, 1 was not started.`
    pub(crate) fn sentence(&self) -> String {
        let mut parts = vec![format!("{} of {} succeeded", self.succeeded, self.all())];
        if self.failed > 0 {
            parts.push(format!("{} failed", self.failed));
        }
        match self.not_started {
            0 => {}
            1 => parts.push("1 was not started".to_owned()),
            more => parts.push(format!("{more} were not started")),
        }
        if self.running > 0 {
            parts.push(format!("{} still run", self.running));
        }
        if self.waiting > 0 {
            parts.push(format!("{} wait", self.waiting));
        }
        format!("{}.", parts.join(", "))
    }
}

/// A part of a bulk: the canary, or everything. A canary whose failure a person let pass may be tried again later, so
/// that the second part covers the first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) from: u32,
    pub(super) until: u32,
    pub(super) parallelism: u32,
    /// When so many did not succeed, no further one starts.
    pub(super) stop_after: u32,
    /// Whether nothing comes after it.
    pub(super) is_last: bool,
}

/// What a part does now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Due {
    /// This one's turn has come.
    Start(u32),
    /// Those that run end first.
    Wait(String),
    /// A person decides.
    Ask { sentence: String, choices: Vec<&'static str> },
    /// Every one of the part is over, and the next part may begin.
    Done(String),
    /// Every one is over and they did not all succeed.
    Failed(String),
}

/// What a part does now.
pub(super) fn due(part: Part, bulk: &Bulk, targets: &[BulkTarget]) -> Due {
    let mine = || targets.iter().filter(|t| (part.from..part.until).contains(&t.position));
    let (here, all) = (Tally::of(mine()), Tally::of(targets));
    let waits = || Due::Wait(format!("those that run to end: {}", all.sentence()));
    if bulk.stopped {
        return if all.running > 0 { waits() } else { Due::Failed(all.sentence()) };
    }
    let unforgiven = all.unsuccessful().saturating_sub(bulk.forgiven);
    let next = mine().find(|target| target.standing() == Standing::Waiting);
    if let Some(next) = next {
        if unforgiven >= part.stop_after {
            return asks(&all, &["go_on"], "stop_here");
        }
        return if here.running < part.parallelism { Due::Start(next.position) } else { waits() };
    }
    if here.running > 0 {
        return waits();
    }
    match (part.is_last, unforgiven) {
        (false, 0) => Due::Done(here.sentence()),
        (false, _) => asks(&all, &["go_on"], "stop_here"),
        (true, _) if all.unsuccessful() == 0 => Due::Done(all.sentence()),
        // What was not started needs a new plan; nobody has to be asked about that here.
        (true, _) if all.failed == 0 => Due::Failed(all.sentence()),
        (true, _) => asks(&all, &[], "end_here"),
    }
}

fn asks(all: &Tally, first: &[&'static str], last: &'static str) -> Due {
    let again: &[&'static str] = if all.failed > 0 { &["retry_failed"] } else { &[] };
    let choices = [first, again, &[last]].concat();
    let stopped = if all.waiting > 0 { " It stopped by itself: no further one starts." } else { "" };
    Due::Ask { sentence: format!("{}{stopped}", all.sentence()), choices }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::bulks::Child;
    use read_models::ids::OperationId;
    use read_models::operation::{OperationState, Target, TargetKind};

    /// One letter for each target: waits, runs, succeeded, failed, not started, left out.
    fn targets(letters: &str) -> Vec<BulkTarget> {
        let target = |(position, letter): (u32, char)| {
            let state = match letter {
                'r' => Some(OperationState::Running),
                's' => Some(OperationState::Succeeded),
                'f' => Some(OperationState::Failed),
                _ => None,
            };
            let id = OperationId::from_uuid(&format!("{position:032x}"));
            let child = state.map(|state| Child { id, attempt: 1, state, rests_on: None, outcome: None });
            BulkTarget {
                position,
                target: Target { kind: TargetKind::Node, id: format!("n{position}") },
                name: format!("n{position}"),
                included: letter != 'x',
                plan_hash: "h".to_owned(),
                attempt: 1,
                why: matches!(letter, 'n' | 'x').then(|| "Another plan.".to_owned()),
                child,
            }
        };
        (0..).zip(letters.chars()).map(target).collect()
    }

    fn now(letters: &str, canary: u32, at: &str, forgiven: u32) -> String {
        let targets = targets(letters);
        let included = u32::try_from(letters.chars().filter(|l| *l != 'x').count()).unwrap();
        let (from, until, stop_after) = if at == "canary" { (0, canary, 1) } else { (0, included, 2) };
        let part = Part { from, until, parallelism: 2, stop_after, is_last: until == included };
        let bulk = Bulk { session: None, token: None, forgiven, stopped: at == "stopped" };
        match due(part, &bulk, &targets) {
            Due::Start(position) => format!("start {position}"),
            Due::Wait(_) => "wait".to_owned(),
            Due::Ask { choices, .. } => choices.join(","),
            Due::Done(_) => "done".to_owned(),
            Due::Failed(sentence) => sentence,
        }
    }

    #[test]
    fn the_canary_comes_alone_and_has_to_succeed() {
        for (letters, wanted) in [
            ("wwwwx", "start 0"),
            ("rwwwx", "wait"),
            ("swwwx", "done"),
            ("fwwwx", "go_on,retry_failed,stop_here"),
            ("nwwwx", "go_on,stop_here"),
        ] {
            assert_eq!(now(letters, 1, "canary", 0), wanted, "{letters}");
        }
        assert_eq!(now("fwwwx", 1, "canary", 1), "done", "a person let it pass");
    }

    #[test]
    fn the_rest_comes_so_many_at_one_time_until_too_many_did_not_succeed() {
        for (letters, wanted) in [
            ("swwww", "start 1"),
            ("srwww", "start 2"),
            ("srrww", "wait"),
            ("sfrww", "start 3"),
            ("sffww", "go_on,retry_failed,stop_here"),
            ("sfnrw", "go_on,retry_failed,stop_here"),
            ("sffrr", "wait"),
            ("sssss", "done"),
            ("sfsss", "retry_failed,end_here"),
            ("snsss", "4 of 5 succeeded, 1 was not started."),
        ] {
            assert_eq!(now(letters, 1, "rest", 0), wanted, "{letters}");
        }
        assert_eq!(now("sffww", 1, "rest", 2), "start 3", "a person let two pass");
        assert_eq!(now("sfffw", 1, "rest", 2), "start 4", "one more is not two more");
        assert_eq!(now("wssss", 1, "rest", 0), "start 0", "a canary that is tried again");
    }

    #[test]
    fn once_a_person_ended_it_those_that_run_end_and_then_it_is_over() {
        assert_eq!(now("sfrnn", 1, "stopped", 0), "wait");
        let wanted = "1 of 5 succeeded, 2 failed, 2 were not started.";
        assert_eq!(now("sffnn", 1, "stopped", 0), wanted);
    }
}
