//! What the machine is and what it uses. Whatever cannot be found out stays unknown.

use std::fs;
use std::io;
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Command, Stdio};

use node_protocol::{Gpu, Inventory, Usage};

use super::{interfaces, proc_files};

/// Looks at the machine.
pub(crate) fn take() -> Inventory {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let os_release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let cpus = std::thread::available_parallelism().ok();
    Inventory {
        taken_at_us: None,
        hostname: hostname(),
        os: proc_files::os_release(&os_release, "PRETTY_NAME"),
        kernel: one_line("/proc/sys/kernel/osrelease"),
        cpu_model: proc_files::cpu_model(&cpuinfo),
        cpus: cpus.and_then(|cpus| u32::try_from(cpus.get()).ok()),
        memory_bytes: proc_files::meminfo_bytes(&meminfo, "MemTotal"),
        gpus: gpus(),
        addresses: addresses(),
        interfaces: interfaces::list(),
    }
}

/// Looks at what is in use.
pub(crate) fn usage(disk: &Path) -> Usage {
    let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = proc_files::meminfo_bytes(&meminfo, "MemTotal");
    let available = proc_files::meminfo_bytes(&meminfo, "MemAvailable");
    let (disk_used_bytes, disk_total_bytes) = disk_bytes(disk).unzip();
    Usage {
        load1: one_line("/proc/loadavg").and_then(|text| text.split(' ').next()?.parse().ok()),
        memory_used_bytes: total.zip(available).and_then(|(total, available)| total.checked_sub(available)),
        disk_used_bytes,
        disk_total_bytes,
    }
}

/// The machine's host name.
pub(crate) fn hostname() -> Option<String> {
    one_line("/proc/sys/kernel/hostname")
}

fn one_line(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Used and total bytes of the disk a path is on.
fn disk_bytes(path: &Path) -> Option<(u64, u64)> {
    let found = nix::sys::statvfs::statvfs(path).ok()?;
    let total = found.blocks().checked_mul(found.fragment_size())?;
    let free = found.blocks_free().checked_mul(found.fragment_size())?;
    Some((total.checked_sub(free)?, total))
}

/// The address other machines would be talked to from. Connecting a UDP socket sends nothing.
fn addresses() -> Vec<String> {
    let from = |bind: &str, to: &str| -> io::Result<String> {
        let socket = UdpSocket::bind(bind)?;
        socket.connect(to)?;
        Ok(socket.local_addr()?.ip().to_string())
    };
    // Addresses set aside for documentation: routed by default, and nobody's.
    let found = [from("0.0.0.0:0", "192.0.2.1:9"), from("[::]:0", "[2001:db8::1]:9")];
    found.into_iter().flatten().collect()
}

/// Asks NVIDIA's tool. Without it nothing here can tell, unless the kernel has no accelerator's device file at all.
fn gpus() -> Option<Vec<Gpu>> {
    let query = ["--query-gpu=name,memory.total", "--format=csv,noheader,nounits"];
    match Command::new("nvidia-smi").args(query).stdin(Stdio::null()).stderr(Stdio::null()).output() {
        Ok(output) if output.status.success() => Some(parse_gpus(&String::from_utf8_lossy(&output.stdout))),
        Ok(_) => None,
        Err(_) => {
            let devices = ["/dev/nvidia0", "/dev/kfd"];
            (!devices.iter().any(|device| Path::new(device).exists())).then(Vec::new)
        }
    }
}

/// One `name, MiB` for each line.
fn parse_gpus(text: &str) -> Vec<Gpu> {
    let gpu = |line: &str| {
        let (model, memory) = line.rsplit_once(',')?;
        let memory_bytes = memory.trim().parse::<u64>().ok().map(|mib| mib * 1024 * 1024);
        Some(Gpu { model: model.trim().to_owned(), memory_bytes })
    };
    text.lines().filter_map(gpu).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accelerator_that_does_not_tell_its_memory_has_none_known() {
        let gpus = parse_gpus("NVIDIA H200, 143771\nNVIDIA Odd, [N/A]\n");
        assert_eq!(
            gpus[0],
            Gpu { model: "NVIDIA H200".to_owned(), memory_bytes: Some(143_771 * 1024 * 1024) }
        );
        assert_eq!(gpus[1].memory_bytes, None);
    }

    #[test]
    fn this_machine_has_memory_and_a_disk() {
        assert!(take().memory_bytes.unwrap() > 0);
        let usage = usage(Path::new("/"));
        assert!(usage.disk_used_bytes.unwrap() <= usage.disk_total_bytes.unwrap());
    }
}
