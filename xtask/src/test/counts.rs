//! How many tests passed and failed, read from what the test programs print.

use std::{
    io::{BufRead as _, BufReader, Read},
    process::{Command, Stdio},
    thread,
};

use anyhow::{Context as _, Result, anyhow};

use crate::command::words_of;

/// Tests that passed and failed.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: u32,
    pub(super) failed: u32,
}

impl Counts {
    pub(super) fn add(&mut self, more: Self) {
        self.passed += more.passed;
        self.failed += more.failed;
    }
}

/// A stage that failed, and what it had counted.
pub(super) struct Failure {
    pub(super) counts: Counts,
    pub(super) cause: anyhow::Error,
}

impl From<anyhow::Error> for Failure {
    fn from(cause: anyhow::Error) -> Self {
        Self { counts: Counts { passed: 0, failed: 1 }, cause }
    }
}

/// A stage that is one check.
pub(super) fn of_one(result: Result<()>) -> Result<Counts, Failure> {
    result.map(|()| Counts { passed: 1, failed: 0 }).map_err(Failure::from)
}

/// Runs a test program, shows its lines and counts by them.
pub(super) fn run(command: &mut Command) -> Result<Counts, Failure> {
    let words = words_of(command);
    let mut process = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {words}"))?;
    let errors = process.stderr.take().map(|out| thread::spawn(move || show_and_count(out)));
    let mut counts = process.stdout.take().map(show_and_count).unwrap_or_default();
    if let Some(Ok(more)) = errors.map(thread::JoinHandle::join) {
        counts.add(more);
    }
    let status = process.wait().with_context(|| format!("lost sight of {words}"))?;
    if status.success() {
        return Ok(counts);
    }
    // A program that fails without a failed test could not run them.
    let counts = Counts { failed: counts.failed.max(1), ..counts };
    Err(Failure { counts, cause: anyhow!("{words} ended with {status}") })
}

fn show_and_count(out: impl Read) -> Counts {
    let mut counts = Counts::default();
    for line in BufReader::new(out).lines().map_while(Result::ok) {
        println!("{line}");
        counts.add(counted_in(&line));
    }
    counts
}

/// What a summary line says. The summaries of cargo test, nextest and Playwright; other lines count nothing.
fn counted_in(line: &str) -> Counts {
    let line = line.trim();
    let cargo =
        line.starts_with("test result:") || (line.starts_with("Summary [") && line.contains("tests run:"));
    let playwright = line.split_once(' ').is_some_and(|(number, rest)| {
        number.parse::<u32>().is_ok() && (rest == "failed" || rest.starts_with("passed ("))
    });
    if !cargo && !playwright {
        return Counts::default();
    }
    let number_before = |word: &str| {
        let words: Vec<&str> = line.split([' ', ',', ';', ':']).filter(|word| !word.is_empty()).collect();
        let number = words.windows(2).find(|pair| pair[1] == word).and_then(|pair| pair[0].parse().ok());
        number.unwrap_or(0)
    };
    Counts { passed: number_before("passed"), failed: number_before("failed") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_are_counted_and_nothing_else() {
        let of = |passed, failed| Counts { passed, failed };
        for (line, counts) in [
            ("test result: FAILED. 12 passed; 2 failed; 0 ignored; 0 measured", of(12, 2)),
            ("     Summary [   1.234s] 40 tests run: 39 passed (1 slow), 1 failed, 2 skipped", of(39, 1)),
            ("  7 passed (1.2m)", of(7, 0)),
            ("  2 failed", of(0, 2)),
            ("test a_step_that_failed ... ok", of(0, 0)),
            ("the run: 3 passed", of(0, 0)),
        ] {
            assert_eq!(counted_in(line), counts, "{line}");
        }
    }
}
