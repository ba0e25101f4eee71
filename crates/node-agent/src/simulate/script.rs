//! What a simulated program does, read from its argument list: a few programs everybody knows, and arguments that begin
//! with `simulate:`. Everything else runs until it is stopped.

use std::time::Duration;

use node_protocol::WorkloadSpec;

use crate::host::made_up::draw;

/// How an argument for the simulation begins.
const PREFIX: &str = "simulate:";
/// The signal of a program that was asked to end and did.
const SIGTERM: i32 = 15;

/// A program's whole life, told before it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Script {
    /// Why it does not start at all.
    pub(crate) start_problem: Option<String>,
    /// When its port answers; never where absent.
    pub(crate) ready_after: Option<Duration>,
    /// When and how it ends by itself.
    pub(crate) end: Option<(Duration, End)>,
    pub(crate) line_every: Duration,
    /// How long it takes to end when asked; it does not where absent.
    pub(crate) stops_within: Option<Duration>,
}

/// How a program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) code: Option<i32>,
    pub(crate) signal: Option<i32>,
}

impl End {
    pub(crate) const fn code(code: i32) -> Self {
        Self { code: Some(code), signal: None }
    }

    pub(crate) const fn signal(signal: i32) -> Self {
        Self { code: None, signal: Some(signal) }
    }

    /// Of a program that never began.
    pub(crate) const fn unseen() -> Self {
        Self { code: None, signal: None }
    }

    /// Of a program that was asked to.
    pub(crate) const fn asked() -> Self {
        Self::signal(SIGTERM)
    }
}

impl Script {
    /// The life of a workload's program. The seed decides what the arguments leave open.
    pub(crate) fn of(spec: &WorkloadSpec, seed: u64) -> Self {
        let millis = |what: &str, least: u64, most: u64| {
            let drawn = draw(seed, &format!("{}/{what}", spec.workload_id));
            Duration::from_millis(least + drawn % (most - least))
        };
        let words: Vec<&str> = spec.command.iter().map(String::as_str).collect();
        let option = |name: &str| {
            words.iter().find_map(|word| word.strip_prefix(PREFIX)?.strip_prefix(name)?.strip_prefix('='))
        };
        let has = |name: &str| words.iter().any(|word| word.strip_prefix(PREFIX) == Some(name));
        let code: Option<i32> = option("exit-code").and_then(|text| text.parse().ok());
        let signal: Option<i32> = option("signal").and_then(|text| text.parse().ok());
        let after = option("exit-after").and_then(duration);
        let how = signal.map_or(End::code(code.unwrap_or(0)), End::signal);
        let asked_end = (code.is_some() || signal.is_some() || after.is_some())
            .then(|| (after.unwrap_or_else(|| millis("end", 2_000, 8_000)), how));
        let ready = option("ready-after").and_then(duration).unwrap_or_else(|| millis("ready", 800, 4_000));
        Self {
            start_problem: has("no-start")
                .then(|| format!("It could not be started: {}: not found.", words[0])),
            ready_after: (!has("never-ready")).then_some(ready),
            end: asked_end.or_else(|| known(&words)),
            line_every: option("line-every")
                .and_then(duration)
                .unwrap_or_else(|| millis("line", 4_000, 15_000)),
            stops_within: (!has("ignore-term")).then(|| millis("stop", 200, 1_500)),
        }
    }
}

/// Programs whose end everybody knows.
fn known(words: &[&str]) -> Option<(Duration, End)> {
    let program = words.first()?.rsplit('/').next()?;
    match program {
        "true" => Some((Duration::ZERO, End::code(0))),
        "false" => Some((Duration::ZERO, End::code(1))),
        "sleep" => Some((duration(words.get(1)?)?, End::code(0))),
        _ => None,
    }
}

/// `500ms`, `20s`, `5m`, `2h`; seconds where no unit is named.
fn duration(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "" | "s" => Some(Duration::from_secs(number)),
        "m" => number.checked_mul(60).map(Duration::from_secs),
        "h" => number.checked_mul(3600).map(Duration::from_secs),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use node_protocol::Limits;

    use super::*;

    fn script(command: &[&str]) -> Script {
        let spec = WorkloadSpec {
            workload_id: "wl_1".parse().unwrap(),
            run: 1,
            log_from: 0,
            name: "web".to_owned(),
            command: command.iter().map(|&word| word.to_owned()).collect(),
            slot: 0,
            port: Some(8000),
            env: vec![],
            ssh_keys: vec![],
            limits: Limits::default(),
        };
        Script::of(&spec, 7)
    }

    #[test]
    fn a_program_nobody_knows_runs_until_it_is_stopped() {
        let script = script(&["python3", "-m", "http.server"]);
        assert!(script.end.is_none() && script.ready_after.is_some() && script.stops_within.is_some());
        assert_eq!(script, self::script(&["python3", "-m", "http.server"]));
    }

    #[test]
    fn the_arguments_say_how_it_goes() {
        let crash =
            script(&["serve", "simulate:exit-after=20s", "simulate:signal=11", "simulate:never-ready"]);
        assert_eq!(crash.end, Some((Duration::from_secs(20), End::signal(11))));
        assert_eq!(crash.ready_after, None);
        let code = script(&["train", "simulate:exit-code=3", "simulate:ready-after=2m"]);
        assert_eq!(code.end.unwrap().1, End::code(3));
        assert_eq!(code.ready_after, Some(Duration::from_mins(2)));
        assert_eq!(script(&["x", "simulate:ignore-term"]).stops_within, None);
        assert!(script(&["x", "simulate:no-start"]).start_problem.unwrap().contains("x: not found"));
        assert_eq!(script(&["/bin/false"]).end, Some((Duration::ZERO, End::code(1))));
        assert_eq!(script(&["sleep", "90"]).end, Some((Duration::from_secs(90), End::code(0))));
        assert_eq!(script(&["sleep", "long"]).end, None);
    }
}
