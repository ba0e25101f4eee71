//! The demo's nodes: what is offered on them, which of them are taken out of service and how, and who stands at the door.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{
    api::{Api, wait_until},
    stage::Stage,
    workloads,
};
use crate::workspace::Programs;

/// What is offered: name, title, model, vCPUs, GiB, dollars an hour.
struct Offer(&'static str, &'static str, Option<&'static str>, u32, u32, &'static str);

const OFFERS: [Offer; 5] = [
    Offer("h200-slice", "1 × H200 slice", Some("NVIDIA H200"), 24, 220, "4.10"),
    Offer("h100-slice", "1 × H100 slice", Some("NVIDIA H100 80GB HBM3"), 24, 200, "2.95"),
    Offer("a100-slice", "1 × A100 slice", Some("NVIDIA A100 80GB PCIe"), 16, 180, "1.85"),
    Offer("l40s-slice", "1 × L40S slice", Some("NVIDIA L40S"), 12, 96, "1.10"),
    Offer("cpu-slice", "8 vCPU slice", None, 8, 32, "0.32"),
];

/// How many nodes of the simulation have no identity yet.
pub(super) fn not_enrolled(data: &Path, nodes: u32) -> usize {
    let entries = fs::read_dir(data.join("nodes")).into_iter().flatten().flatten();
    let enrolled = entries.filter(|entry| entry.path().join("node.json").exists()).count();
    usize::try_from(nodes).unwrap_or(usize::MAX).saturating_sub(enrolled)
}

/// Waits until all of them have come in.
pub(super) fn wait_for(operator: &Api, nodes: u32) -> Result<()> {
    wait_until("the simulated nodes to enrol", Duration::from_secs(90), || {
        let rows = operator.get("/nodes?limit=200")?;
        let rows = rows["items"].as_array().cloned().unwrap_or_default();
        let is_in = |row: &&Value| row["simulated"] == true && row["state"] != "enrolling";
        Ok((rows.iter().filter(is_in).count() >= usize::try_from(nodes).unwrap_or(usize::MAX)).then_some(()))
    })
}

/// Offers what the nodes have.
pub(super) fn offer(operator: &Api, stage: &Stage) -> Result<()> {
    for Offer(name, title, model, cpus, memory_gib, price) in OFFERS {
        stage.once(&format!("the SKU {name}"), || {
            let input = json!({
                "name": name, "title": title, "placement": "slice", "cpus": cpus, "memory_gib": memory_gib,
                "gpu_model": model, "gpu_count": u32::from(model.is_some()), "price_per_hour": price,
            });
            operator.carry_out("sku.create", "platform:platform", &input).map(drop)
        })?;
    }
    Ok(())
}

/// Takes nodes out of service in every way there is. The simulation reads in `data` which machine is unplugged.
pub(super) fn take_out(operator: &Api, member: &Api, stage: &Stage, data: &Path) -> Result<()> {
    let (waits_on, cut_off) = (node_of(operator, "checkpointer")?, node_of(operator, "render")?);
    let rows = operator.get("/nodes?limit=200")?;
    let empty: Vec<String> = rows["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|row| row["simulated"] == true && row["slots_used"] == 0 && row["policy"] == "in_service")
        .filter_map(workloads::id_of)
        .filter(|id| Some(id) != waits_on.as_ref() && Some(id) != cut_off.as_ref())
        .collect();
    let mut empty = empty.into_iter().rev();
    let mut next = || empty.next().context("no node is empty any more").map(|id| format!("node:{id}"));
    stage.once("a node that takes no workloads", || {
        let reason = json!({ "reason": "Its second power supply is being replaced" });
        operator.carry_out("node.disable_scheduling", &next()?, &reason).map(drop)
    })?;
    stage.once("a node in maintenance", || {
        let input = json!({ "reason": "New fans", "expected_hours": 6, "ticket": "DC-1042" });
        operator.carry_out("node.begin_maintenance", &next()?, &input).map(drop)
    })?;
    stage.once("a drained node", || {
        operator.carry_out("node.drain", &next()?, &json!({ "grace_s": 5 })).map(drop)
    })?;
    stage.once("a node that came back from a drain", || {
        let node = next()?;
        operator.carry_out("node.drain", &node, &json!({ "grace_s": 5 }))?;
        operator.carry_out("node.resume", &node, &json!({})).map(drop)
    })?;
    stage.once("a node that was probed", || {
        operator.carry_out("node.probe", &next()?, &json!({})).map(drop)
    })?;
    stage.once("a drain that waits for a decision", || {
        let node = waits_on.context("the checkpointer is on no node")?;
        let id = operator.start("node.drain", &format!("node:{node}"), &json!({ "grace_s": 3 }))?;
        operator.rests(&id, Duration::from_secs(30)).map(drop)
    })?;
    stage.once("a node that is cut off", || {
        let node = cut_off.context("the render worker is on no node")?;
        let name = operator.get(&format!("/nodes/{node}"))?["name"].as_str().map(str::to_owned);
        fs::write(data.join("unplugged"), name.context("a node without a name")? + "\n")?;
        wait_until("the node to be missed", Duration::from_secs(40), || {
            let view = operator.get(&format!("/nodes/{node}"))?;
            Ok((view["state"] == "unreachable").then_some(()))
        })?;
        // Asked of a machine that does not answer: it waits.
        let render = workloads::find(member, "render")?.as_ref().and_then(workloads::id_of);
        let render = render.context("the render worker is gone")?;
        member.start("workload.stop", &format!("workload:{render}"), &json!({ "grace_s": 5 })).map(drop)
    })
}

/// The node a workload is on.
fn node_of(operator: &Api, workload: &str) -> Result<Option<String>> {
    let row = workloads::find(operator, workload)?;
    Ok(row.and_then(|row| row["node"].as_str().map(str::to_owned)))
}

/// A machine that is waited for, and one that was refused.
pub(super) fn at_the_door(
    operator: &Api,
    stage: &Stage,
    programs: &Programs,
    agents: &str,
    folder: &Path,
) -> Result<()> {
    stage.once("a machine that is waited for", || {
        let input = json!({ "mode": "manual", "site": "Row 7, rack 3" });
        let begun = operator.carry_out("onboarding.begin", "platform:platform", &input)?;
        let id = begun["made"]["id"].as_str().context("an onboarding without an id")?.to_owned();
        let chosen = json!({ "role": "slice_host", "node_name": "row7-rack3-01" });
        operator.carry_out("onboarding.choose", &format!("onboarding:{id}"), &chosen)?;
        let input = json!({ "node_name": "row7-rack3-01", "onboarding": id });
        operator.carry_out("enrolment_token.issue", "platform:platform", &input).map(drop)
    })?;
    stage.once("a machine that was refused", || {
        let tokens = fs::read_to_string(folder.join("tokens")).context("no spent token is left")?;
        let spent = tokens.lines().next().context("no spent token is left")?.to_owned();
        let data = tempfile::tempdir()?;
        // A copy of a used token on another machine: refused, and recorded as an incident.
        let mut enrol = Command::new(&programs.node_agent);
        enrol.env("SLIPWAY_ENROLMENT_TOKEN", spent).args(["enrol", "--server", agents, "--name", "copycat"]);
        enrol.arg("--data").arg(data.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let refused = enrol.status().context("the copy's agent cannot be started")?;
        anyhow::ensure!(!refused.success(), "a spent token let a machine in");
        Ok(())
    })?;
    let tokens = folder.join("tokens");
    if tokens.exists() {
        fs::remove_file(tokens).context("the spent tokens cannot be removed")?;
    }
    Ok(())
}
