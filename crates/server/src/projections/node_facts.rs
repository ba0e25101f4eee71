//! What an agent says about its machine, in words. What it did not say is "not known", never zero.

use crate::store::nodes::NodeRecord;
use node_protocol::{Gpu, Heartbeat, Interface};
use read_models::nodes::{Fact, NodeHeader};
use read_models::time::{Timestamp, spoken};
use std::time::Duration;

/// The key facts under the node's name.
pub fn header(node: &NodeRecord) -> NodeHeader {
    let gpus = node.heartbeat.as_ref().and_then(|beat| beat.inventory.gpus.as_deref()).map(gpus_in_words);
    NodeHeader {
        agent_version: node.agent_version.clone(),
        hostname: node.hostname.clone(),
        boot_id: node.boot_id.clone(),
        clock_skew_ms: node.clock_skew_us.map(|us| us / 1000),
        connected: node.connection.is_some(),
        gpus,
    }
}

/// What the machine has, and when its agent found that out.
pub fn inventory(node: &NodeRecord, now: Timestamp) -> Vec<Fact> {
    let of = node.heartbeat.as_ref().map(|beat| &beat.inventory);
    let text = |get: fn(&node_protocol::Inventory) -> Option<String>| of.and_then(get);
    vec![
        fact("Host name", text(|i| i.hostname.clone())),
        fact("Operating system", text(|i| i.os.clone())),
        fact("Kernel", text(|i| i.kernel.clone())),
        fact("Processor", text(|i| i.cpu_model.clone())),
        fact("vCPUs", text(|i| i.cpus.map(|n| n.to_string()))),
        fact("Memory", text(|i| i.memory_bytes.map(bytes))),
        fact("GPUs", text(|i| i.gpus.as_deref().map(gpus_in_words))),
        fact("Addresses", text(|i| (!i.addresses.is_empty()).then(|| i.addresses.join(", ")))),
        fact("Interfaces", text(|i| i.interfaces.as_deref().map(interfaces_in_words))),
        fact("Boot id", node.boot_id.clone()),
        fact("Found out", node.inventory_taken_at().map(|at| format!("{} ago", spoken(now.since(at))))),
    ]
}

fn interfaces_in_words(interfaces: &[Interface]) -> String {
    let one = |interface: &Interface| {
        let mac = interface.mac.as_deref().unwrap_or("no hardware address");
        let addresses = interface.addresses.join(" ");
        format!("{} {mac} {addresses}", interface.name).trim_end().to_owned()
    };
    if interfaces.is_empty() {
        return "none but the loopback".to_owned();
    }
    interfaces.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What the machine uses.
pub fn usage(node: &NodeRecord) -> Vec<Fact> {
    let beat = node.heartbeat.as_ref();
    let of = |get: fn(&Heartbeat) -> Option<String>| beat.and_then(get);
    vec![
        fact("Load, 1 min", of(|b| b.usage.load1.map(|load| format!("{load:.2}")))),
        fact("Memory used", of(|b| b.usage.memory_used_bytes.map(bytes))),
        fact(
            "Disk used",
            of(|b| {
                Some(format!("{} of {}", bytes(b.usage.disk_used_bytes?), bytes(b.usage.disk_total_bytes?)))
            }),
        ),
        fact("Up for", of(|b| b.uptime_s.map(|s| spoken(Duration::from_secs(s))))),
    ]
}

/// What it says it can do, and why it cannot do the rest.
pub fn capabilities(node: &NodeRecord) -> Vec<Fact> {
    let said = node.heartbeat.as_ref().map(|beat| beat.capabilities.as_slice()).unwrap_or_default();
    let value = |capability: &node_protocol::Capability| {
        let word = if capability.available { "Yes" } else { "No" };
        Fact { name: capability.name.clone(), value: format!("{word}: {}", capability.detail) }
    };
    said.iter().map(value).collect()
}

/// Bytes as people say them: `15.6 GiB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit < UNITS.len() - 1 {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 || value >= 100.0 {
        format!("{value:.0} {}", UNITS[unit])
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

fn gpus_in_words(gpus: &[Gpu]) -> String {
    let mut models: Vec<(&str, usize)> = Vec::new();
    for gpu in gpus {
        match models.iter_mut().find(|(model, _)| *model == gpu.model) {
            Some((_, count)) => *count += 1,
            None => models.push((&gpu.model, 1)),
        }
    }
    if models.is_empty() {
        return "none".to_owned();
    }
    models.iter().map(|(model, count)| format!("{count} × {model}")).collect::<Vec<_>>().join(", ")
}

fn fact(name: &str, value: Option<String>) -> Fact {
    Fact { name: name.to_owned(), value: value.unwrap_or_else(|| "not known".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_said_in_the_largest_unit_that_fits() {
        for (count, words) in [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (16_777_216_000, "15.6 GiB")]
        {
            assert_eq!(bytes(count), words);
        }
    }

    #[test]
    fn equal_gpus_are_counted_together() {
        let gpu = |model: &str| Gpu { model: model.to_owned(), memory_bytes: None };
        assert_eq!(gpus_in_words(&[gpu("H200"), gpu("H200"), gpu("L4")]), "2 × H200, 1 × L4");
        assert_eq!(gpus_in_words(&[]), "none");
    }
}
