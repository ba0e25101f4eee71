//! The demo's workloads: launched on simulated nodes, and brought into every state by operations and by how their programs go.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{
    PROJECTS,
    api::{Api, wait_until},
    stage::Stage,
};

/// One launch: project, name, SKU, port, command.
struct Wanted(usize, &'static str, &'static str, Option<u16>, &'static [&'static str]);

const LAUNCHES: [Wanted; 24] = [
    Wanted(0, "chat-70b-a", "h200-slice", Some(8000), &["vllm", "serve", "chat-70b"]),
    Wanted(0, "chat-70b-b", "h200-slice", Some(8001), &["vllm", "serve", "chat-70b"]),
    Wanted(0, "embed-large", "l40s-slice", Some(8002), &["text-embeddings", "--port", "8002"]),
    Wanted(0, "rerank", "l40s-slice", Some(8003), &["rerank-server"]),
    Wanted(0, "transcribe", "a100-slice", Some(8004), &["whisper-server"]),
    Wanted(0, "vision-8b", "h100-slice", Some(8005), &["vllm", "serve", "vision-8b"]),
    Wanted(0, "gateway", "cpu-slice", Some(8080), &["gateway", "--upstreams", "6"]),
    Wanted(0, "guard", "l40s-slice", Some(8006), &["guard-server"]),
    Wanted(
        0,
        "canary",
        "h100-slice",
        Some(8007),
        &["vllm", "serve", "canary", "simulate:exit-after=4s", "simulate:signal=11"],
    ),
    Wanted(
        0,
        "slow-start",
        "h100-slice",
        Some(8008),
        &["vllm", "serve", "giant-405b", "simulate:never-ready"],
    ),
    Wanted(0, "old-gateway", "cpu-slice", Some(8081), &["gateway", "--upstreams", "2"]),
    Wanted(0, "playground", "cpu-slice", Some(8888), &["jupyter", "lab"]),
    Wanted(0, "typo", "cpu-slice", None, &["vlm", "serve", "simulate:no-start"]),
    Wanted(1, "pretrain-07", "h200-slice", None, &["torchrun", "pretrain.py", "simulate:line-every=3s"]),
    Wanted(1, "pretrain-08", "h200-slice", None, &["torchrun", "pretrain.py", "simulate:line-every=3s"]),
    Wanted(1, "sft-12", "h100-slice", None, &["axolotl", "train", "sft-12.yml"]),
    Wanted(
        1,
        "sft-11",
        "h100-slice",
        None,
        &["axolotl", "train", "sft-11.yml", "simulate:exit-after=5s", "simulate:exit-code=0"],
    ),
    Wanted(
        1,
        "dpo-03",
        "h100-slice",
        None,
        &["axolotl", "train", "dpo-03.yml", "simulate:exit-after=5s", "simulate:exit-code=137"],
    ),
    Wanted(
        1,
        "eval-4",
        "a100-slice",
        None,
        &["lm-eval", "--tasks", "all", "simulate:exit-after=4s", "simulate:exit-code=2"],
    ),
    Wanted(1, "eval-5", "a100-slice", None, &["lm-eval", "--tasks", "all"]),
    Wanted(
        1,
        "tokenise",
        "cpu-slice",
        None,
        &["tokenise", "--shards", "512", "simulate:exit-after=3s", "simulate:exit-code=1"],
    ),
    Wanted(1, "notebook", "cpu-slice", Some(8888), &["jupyter", "lab"]),
    Wanted(1, "checkpointer", "cpu-slice", None, &["checkpointer", "--never-stop", "simulate:ignore-term"]),
    Wanted(1, "render", "l40s-slice", Some(9000), &["render-worker"]),
];
/// These do not come to rest by themselves: one never answers.
const NEVER_READY: &str = "slow-start";

/// Launches all of them at once, and waits until each is what it will be.
pub(super) fn launch(members: &[Api; 2], stage: &Stage) -> Result<()> {
    let skus = ids(&members[0].get("/skus?limit=200")?, "name");
    let mut started = Vec::new();
    for Wanted(project, name, sku, port, command) in LAUNCHES {
        stage.once(&format!("launching {name}"), || {
            let member = &members[project];
            let projects = ids(&member.get("/projects?limit=200")?, "name");
            let target = format!("project:{}", of(&projects, PROJECTS[project])?);
            let input = json!({ "name": name, "sku": of(&skus, sku)?, "command": command, "port": port });
            started.push((name, member, member.start("workload.launch", &target, &input)?));
            Ok(())
        })?;
    }
    for (_, member, id) in started.iter().filter(|(name, ..)| *name != NEVER_READY) {
        member.rests(id, Duration::from_mins(1))?;
    }
    Ok(())
}

/// What people did with them afterwards.
pub(super) fn go_on(members: &[Api; 2], stage: &Stage) -> Result<()> {
    let act = |name: &str, state: &str, operation: &str, input: Value| {
        let project = LAUNCHES.iter().find(|wanted| wanted.1 == name).map_or(0, |wanted| wanted.0);
        let member = &members[project];
        stage.once(&format!("{operation} of {name}"), || {
            let id = wait_until(&format!("{name} to be {state}"), Duration::from_secs(30), || {
                Ok(find(member, name)?.filter(|row| row["state"] == state).and_then(|row| id_of(&row)))
            })?;
            member.carry_out(operation, &format!("workload:{id}"), &input).map(drop)
        })
    };
    act("old-gateway", "running", "workload.release", json!({ "grace_s": 5 }))?;
    act("playground", "running", "workload.stop", json!({ "grace_s": 5 }))?;
    act("notebook", "running", "workload.restart", json!({ "grace_s": 5 }))?;
    act(
        "eval-4",
        "finished",
        "workload.acknowledge",
        json!({ "reason": "The data set is being fixed.", "hours": 48 }),
    )?;
    act("tokenise", "finished", "workload.archive", json!({}))?;
    act("sft-11", "finished", "workload.release", json!({ "grace_s": 5 }))?;
    act("dpo-03", "finished", "workload.retry", json!({}))
}

/// One workload by its name.
pub(super) fn find(api: &Api, name: &str) -> Result<Option<Value>> {
    let rows = api.get("/workloads?view=all&limit=200")?;
    let rows = rows["items"].as_array().cloned().unwrap_or_default();
    Ok(rows.into_iter().find(|row| row["name"] == name))
}

pub(super) fn id_of(row: &Value) -> Option<String> {
    row["id"].as_str().map(str::to_owned)
}

/// The ids of a list by a field.
pub(super) fn ids(list: &Value, field: &str) -> Vec<(String, String)> {
    let rows = list["items"].as_array().into_iter().flatten();
    rows.filter_map(|row| Some((row[field].as_str()?.to_owned(), id_of(row)?))).collect()
}

fn of<'a>(ids: &'a [(String, String)], name: &str) -> Result<&'a str> {
    let found = ids.iter().find(|(known, _)| known == name);
    found.map(|(_, id)| id.as_str()).with_context(|| format!("there is no {name}"))
}
