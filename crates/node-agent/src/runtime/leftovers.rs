//! What a workload left running although it has ended: everything that runs as its slot's user.
//!
//! Only for users that exist for one slot each. With the agent's own user this would end the agent.

use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid};

use crate::host::proc_files::processes_of;

/// How long a workload that starts processes faster than they are ended is fought.
const PATIENCE: Duration = Duration::from_secs(10);

/// Ends every process of a slot's user; answers with those that would not go.
pub(crate) fn end_all_of(uid: u32) -> Vec<i32> {
    let is_slots_own = uid != 0 && uid != Uid::current().as_raw() && uid != Uid::effective().as_raw();
    if !is_slots_own {
        return Vec::new();
    }
    let until = Instant::now() + PATIENCE;
    loop {
        let left = processes_of(uid);
        if left.is_empty() || Instant::now() >= until {
            return left;
        }
        // Stopped first, so that the rest cannot make new ones while each is ended.
        for signal in [Signal::SIGSTOP, Signal::SIGKILL] {
            for &pid in &left {
                let _ = kill(Pid::from_raw(pid), signal);
            }
        }
        thread::sleep(Duration::from_millis(5));
    }
}
