//! What a simulated machine is made of: models, sizes, addresses and what they are doing, all from one number.
//!
//! Nothing is kept: the same seed and number say the same again. Names and addresses are of those set aside for
//! what does not exist (`.invalid`, 198.18.0.0/15, locally administered hardware addresses).

use std::net::Ipv4Addr;

use node_protocol::{Gpu, Interface, Inventory, Usage};
use sha2::{Digest as _, Sha256};

const MIB: u64 = 1024 * 1024;
const GIB: u64 = 1024 * MIB;
const HOUR_US: i64 = 3_600_000_000;

/// One machine of a simulation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MadeUp {
    pub(crate) seed: u64,
    /// Which machine of the simulation, from 1.
    pub(crate) number: u32,
    /// When the simulation was begun; every machine was running for a while by then.
    pub(crate) begun_at_us: i64,
}

/// A machine as it is sold.
struct Model {
    /// How its host names begin.
    word: &'static str,
    gpu: Option<(&'static str, u64)>,
    gpus: usize,
    cpu: &'static str,
    cpus: u32,
    memory_gib: u64,
    disk_gib: u64,
}

/// Weighted by standing here more than once.
const MODELS: [Model; 5] = [
    Model {
        word: "h200",
        gpu: Some(("NVIDIA H200", 143_771)),
        gpus: 8,
        cpu: "AMD EPYC 9654 96-Core Processor",
        cpus: 384,
        memory_gib: 2_304,
        disk_gib: 28_000,
    },
    Model {
        word: "h100",
        gpu: Some(("NVIDIA H100 80GB HBM3", 81_559)),
        gpus: 8,
        cpu: "Intel(R) Xeon(R) Platinum 8480+",
        cpus: 224,
        memory_gib: 2_048,
        disk_gib: 14_000,
    },
    Model {
        word: "a100",
        gpu: Some(("NVIDIA A100 80GB PCIe", 81_920)),
        gpus: 4,
        cpu: "AMD EPYC 7763 64-Core Processor",
        cpus: 128,
        memory_gib: 1_024,
        disk_gib: 7_000,
    },
    Model {
        word: "l40s",
        gpu: Some(("NVIDIA L40S", 46_068)),
        gpus: 4,
        cpu: "AMD EPYC 9354 32-Core Processor",
        cpus: 64,
        memory_gib: 512,
        disk_gib: 3_500,
    },
    Model {
        word: "cpu",
        gpu: None,
        gpus: 0,
        cpu: "Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz",
        cpus: 128,
        memory_gib: 512,
        disk_gib: 3_500,
    },
];

impl MadeUp {
    /// A number that is always the same for this machine and this question.
    pub(crate) fn draw(&self, what: &str) -> u64 {
        draw(self.seed, &format!("{}/{what}", self.number))
    }

    fn model(&self) -> &'static Model {
        let index = usize::try_from(self.draw("model")).unwrap_or_default() % MODELS.len();
        &MODELS[index]
    }

    pub(crate) fn hostname(&self) -> String {
        format!("{}-{:03}.simulated.invalid", self.model().word, self.number)
    }

    pub(crate) fn boot_id(&self) -> String {
        format!("simulated-{:016x}", self.draw("boot"))
    }

    pub(crate) fn uptime_s(&self, now_us: i64) -> u64 {
        let before_s = self.draw("uptime") % (40 * 24 * 3600);
        let since_us = u64::try_from(now_us - self.begun_at_us).unwrap_or_default();
        before_s + since_us / 1_000_000
    }

    pub(crate) fn inventory(&self) -> Inventory {
        let model = self.model();
        let gpu = |(name, mib): (&str, u64)| Gpu { model: name.to_owned(), memory_bytes: Some(mib * MIB) };
        let (old, new) = (
            ("Debian GNU/Linux 12 (bookworm)", "6.1.0-28-amd64"),
            ("Ubuntu 24.04.1 LTS", "6.8.0-49-generic"),
        );
        let (os, kernel) = if self.draw("os").is_multiple_of(3) { old } else { new };
        let address = self.address();
        Inventory {
            taken_at_us: None,
            hostname: Some(self.hostname()),
            os: Some(os.to_owned()),
            kernel: Some(kernel.to_owned()),
            cpu_model: Some(model.cpu.to_owned()),
            cpus: Some(model.cpus),
            memory_bytes: Some(model.memory_gib * GIB),
            gpus: Some(model.gpu.map(|of| vec![gpu(of); model.gpus]).unwrap_or_default()),
            addresses: vec![address.clone()],
            interfaces: Some(self.interfaces(address)),
        }
    }

    fn address(&self) -> String {
        Ipv4Addr::from_bits(0xC612_0000 | (self.number & 0x1_FFFF)).to_string()
    }

    /// One with the address, one for each two accelerators without.
    fn interfaces(&self, address: String) -> Vec<Interface> {
        let mac = |port: usize| {
            let [.., a, b, c] = self.number.to_be_bytes();
            format!("02:51:{a:02x}:{b:02x}:{c:02x}:{port:02x}")
        };
        let first = Interface { name: "eno1np0".to_owned(), mac: Some(mac(0)), addresses: vec![address] };
        let fabric = |port: usize| Interface {
            name: format!("ens{port}f0np0"),
            mac: Some(mac(port)),
            addresses: Vec::new(),
        };
        std::iter::once(first).chain((1..=self.model().gpus / 2).map(fabric)).collect()
    }

    /// What is in use: a little always, more with each program, and never quite the same.
    pub(crate) fn usage(&self, now_us: i64, programs: usize) -> Usage {
        let model = self.model();
        let wave = self.wave(now_us);
        let programs = u32::try_from(programs).unwrap_or(u32::MAX);
        let share = (0.03 + 0.02 * wave + f64::from(programs) * (0.12 + 0.04 * wave)).min(0.97);
        let load = f64::from(model.cpus) * share;
        let memory = model.memory_gib * GIB;
        let (disk, hours) = (model.disk_gib * GIB, (now_us - self.begun_at_us) / HOUR_US);
        let percent = 18 + self.draw("disk") % 50 + u64::try_from(hours).unwrap_or_default().min(20);
        Usage {
            load1: Some((load * 100.0).round() / 100.0),
            memory_used_bytes: Some(part(memory, share)),
            disk_used_bytes: Some(disk / 100 * percent),
            disk_total_bytes: Some(disk),
        }
    }

    /// Between 0 and 1, with a period of some minutes and a place in it of its own.
    fn wave(&self, now_us: i64) -> f64 {
        let period_s = 240 + self.draw("period") % 360;
        let at_s = u64::try_from(now_us / 1_000_000).unwrap_or_default() + self.draw("phase") % period_s;
        let turn = f64::from(u32::try_from(at_s % period_s).unwrap_or_default())
            / f64::from(u32::try_from(period_s).unwrap_or(1));
        f64::midpoint(1.0, (turn * std::f64::consts::TAU).sin())
    }
}

/// A number that is always the same for this seed and this question.
pub(crate) fn draw(seed: u64, what: &str) -> u64 {
    let digest = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(what.as_bytes()).finalize();
    digest.iter().take(8).fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// A share of a size, to the thousandth.
fn part(of: u64, share: f64) -> u64 {
    let thousandths =
        (1..=1000_u64).find(|&each| f64::from(u32::try_from(each).unwrap_or(1000)) >= share * 1000.0);
    of / 1000 * thousandths.unwrap_or(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(number: u32) -> MadeUp {
        MadeUp { seed: 7, number, begun_at_us: 1_000_000 }
    }

    #[test]
    fn the_same_number_is_the_same_machine_and_others_differ() {
        let (one, other) = (machine(1).inventory(), machine(2).inventory());
        assert_eq!(one, machine(1).inventory());
        assert_ne!(one.addresses, other.addresses);
        assert_ne!(one.interfaces, other.interfaces);
        assert_ne!(machine(1).boot_id(), MadeUp { seed: 8, ..machine(1) }.boot_id());
        let words: std::collections::BTreeSet<_> =
            (1..=24).map(|number| machine(number).model().word).collect();
        assert_eq!(words.len(), MODELS.len(), "two dozen machines are of every kind");
    }

    #[test]
    fn what_is_in_use_moves_and_stays_within_what_there_is() {
        let machine = machine(3);
        let memory = machine.inventory().memory_bytes.unwrap();
        let usages: Vec<Usage> = (0..20).map(|minute| machine.usage(minute * 60_000_000, 4)).collect();
        assert!(usages.iter().any(|usage| *usage != usages[0]));
        for usage in &usages {
            assert!(usage.memory_used_bytes.unwrap() <= memory);
            assert!(usage.disk_used_bytes.unwrap() <= usage.disk_total_bytes.unwrap());
        }
        assert!(machine.usage(0, 4).load1 > machine.usage(0, 0).load1);
    }
}
