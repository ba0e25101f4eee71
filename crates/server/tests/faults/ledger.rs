//! What really happened: the agent's ledger of effects, the processes of the machine, and the property both are held to.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

/// One line of `effects.jsonl`.
#[derive(Debug, Deserialize)]
pub(crate) struct Effect {
    effect: String,
    workload: String,
}

/// A workload that was launched, and what was asked of it since.
#[derive(Debug)]
pub(crate) struct Launched {
    pub(crate) id: String,
    /// What tells its processes from all others.
    pub(crate) marker: String,
    pub(crate) is_drained: bool,
}

/// A drain of their node is over.
pub(crate) fn note_drained(launched: &mut [Launched]) {
    for workload in launched {
        workload.is_drained = true;
    }
}

/// Everything the agent and its supervisors did. A last line that is being written is left for the next look.
pub(crate) fn effects(ledger: &Path) -> Vec<Effect> {
    let text = fs::read_to_string(ledger).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// The workload of each start, in order.
pub(crate) fn spawned(effects: &[Effect]) -> impl Iterator<Item = &str> {
    effects.iter().filter(|effect| effect.effect == "spawn").map(|effect| effect.workload.as_str())
}

/// What breaks "exactly one effect each": one start for each launch, one SIGTERM and one removal for each drained
/// workload, and nothing else.
pub(crate) fn violations(effects: &[Effect], launched: &[Launched]) -> Vec<String> {
    let mut counted = counted(effects);
    let mut found = Vec::new();
    for workload in launched {
        let after_drain = u32::from(workload.is_drained);
        for (effect, wanted) in
            [("spawn", 1), ("signal-term", after_drain), ("signal-kill", 0), ("remove", after_drain)]
        {
            let count = counted.remove(&(workload.id.as_str(), effect)).unwrap_or(0);
            if count != wanted {
                found.push(format!("{}: {effect} happened {count} times instead of {wanted}", workload.id));
            }
        }
    }
    found.extend(counted.iter().map(|((workload, effect), count)| {
        format!("{workload}: {effect} happened {count} times, and nobody asked for it")
    }));
    found
}

/// What happened to one workload, in order.
pub(crate) fn effects_of(effects: &[Effect], workload: &str) -> Vec<String> {
    effects.iter().filter(|each| each.workload == workload).map(|each| each.effect.clone()).collect()
}

/// How often something happened to a workload more than once.
pub(crate) fn doubled(effects: &[Effect]) -> Vec<String> {
    let counted = counted(effects);
    let twice = counted.iter().filter(|(_, count)| **count > 1);
    twice.map(|((workload, effect), count)| format!("{workload}: {effect} happened {count} times")).collect()
}

fn counted(effects: &[Effect]) -> BTreeMap<(&str, &str), u32> {
    let mut counted = BTreeMap::new();
    for effect in effects {
        *counted.entry((effect.workload.as_str(), effect.effect.as_str())).or_default() += 1;
    }
    counted
}

/// Processes of this machine that are `sleep MARKER`, however deep in a sandbox.
pub(crate) fn processes(marker: &str) -> usize {
    let is_it = |words: &[&str]| matches!(words, [program, time, ..] if program.ends_with("sleep") && *time == marker);
    command_lines().iter().filter(|(_, line)| is_it(&line.split('\0').collect::<Vec<_>>())).count()
}

/// The processes that name this folder on their command line: agents, supervisors, sandboxes.
pub(crate) fn processes_of(folder: &Path) -> Vec<(i32, String)> {
    let folder = format!("{}/", folder.display());
    command_lines().into_iter().filter(|(_, line)| line.contains(&folder)).collect()
}

fn command_lines() -> Vec<(i32, String)> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let line = |entry: fs::DirEntry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        // A process that has ended in the meantime has no file any more.
        let bytes = fs::read(entry.path().join("cmdline")).ok()?;
        Some((pid, String::from_utf8_lossy(&bytes).into_owned()))
    };
    entries.filter_map(Result::ok).filter_map(line).collect()
}
