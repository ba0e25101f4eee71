//! Ctrl-C and polite kills, as an event instead of sudden death.

use std::{sync::mpsc, thread};

use anyhow::{Context as _, Result};
use nix::sys::signal::{SigSet, Signal};

use super::child::Event;

/// From now on the signals that ask to stop arrive as events. Programs started later do not inherit this.
pub(super) fn listen(events: mpsc::Sender<Event>) -> Result<()> {
    let asked: SigSet = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP].into_iter().collect();
    asked.thread_block().context("cannot hold signals back")?;
    thread::spawn(move || {
        while asked.wait().is_ok() {
            if events.send(Event::AskedToStop).is_err() {
                return;
            }
        }
    });
    Ok(())
}
