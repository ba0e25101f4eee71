//! Closing what this process inherited without asking: a descriptor of whoever started the agent must not reach a
//! workload.

use std::fs;
use std::os::fd::RawFd;

/// Standard input, output and error stay.
const LAST_STANDARD: RawFd = 2;

/// Closes every descriptor above standard error. Only for the first moment of a process, before it has opened any of
/// its own; those it opens later are closed by the kernel when it becomes another program.
pub(crate) fn close_inherited() {
    let Ok(entries) = fs::read_dir("/proc/self/fd") else { return };
    let open: Vec<RawFd> =
        entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    // The one that read the folder is in the list and closed by now; closing it again fails and means nothing.
    for descriptor in open.into_iter().filter(|&descriptor| descriptor > LAST_STANDARD) {
        let _ = nix::unistd::close(descriptor);
    }
}
