//! Ctrl-C and polite kills, as an event instead of sudden death.

use std::{sync::mpsc, thread};

use anyhow::{Context as _, Result};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

use super::child::Event;

/// From now on the signals that ask to stop arrive as events. Handlers are used and not a signal mask, because
/// programs started later would inherit a mask and never hear that they are asked to stop.
pub(super) fn listen(events: mpsc::Sender<Event>) -> Result<()> {
    let mut asked = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("cannot listen for signals")?;
    thread::spawn(move || {
        for _ in asked.forever() {
            if events.send(Event::AskedToStop).is_err() {
                return;
            }
        }
    });
    Ok(())
}
