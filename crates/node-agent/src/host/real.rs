//! The machine the agent runs on.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use node_protocol::{Inventory, Usage};

use super::{Host, ProcessStat, ProcessUse, inventory, proc_files};
use crate::clock;

/// How long a port may take to answer on this very machine.
const PORT_PATIENCE: Duration = Duration::from_millis(200);

/// This machine.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RealHost;

impl Host for RealHost {
    fn now_us(&self) -> i64 {
        clock::now_us()
    }

    fn boot_id(&self) -> String {
        let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        text.trim().to_owned()
    }

    fn uptime_s(&self) -> Option<u64> {
        let text = fs::read_to_string("/proc/uptime").ok()?;
        text.split(['.', ' ']).next()?.parse().ok()
    }

    fn inventory(&self) -> Inventory {
        inventory::take()
    }

    fn usage(&self, disk: &Path) -> Usage {
        inventory::usage(disk)
    }

    fn process(&self, pid: i32) -> Option<ProcessStat> {
        proc_files::process(pid)
    }

    fn processes_in_use(&self) -> Vec<ProcessUse> {
        proc_files::processes_in_use()
    }

    fn disk_bytes(&self, pid: i32) -> Option<(u64, u64)> {
        proc_files::disk_bytes(pid)
    }

    fn port_answers(&self, port: u16) -> bool {
        TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), PORT_PATIENCE).is_ok()
    }

    fn port_is_free(&self, port: u16) -> bool {
        // Only "in use" counts: a port the agent may not open itself is for the program to find out.
        !matches!(
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse
        )
    }

    fn hostname(&self) -> Option<String> {
        inventory::hostname()
    }
}
