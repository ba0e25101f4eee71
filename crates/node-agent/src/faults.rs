//! Faults a test can ask for. A released agent is built without the feature and has no way to arm one.

/// What goes wrong on purpose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    /// Starting and stopping are answered as done, and not done.
    pub(crate) ack_without_effect: bool,
    /// Journal, tokens and the supervisor's claim are not looked at: shows what they prevent.
    pub(crate) no_fencing: bool,
    /// What a crash interrupted is done again without looking for what it left: shows what looking prevents.
    pub(crate) no_observing: bool,
    /// Die at this command (counted from 1, looking does not count) after the journal, before the effect.
    kill_before_effect: Option<u32>,
    /// Die at this command after the effect, before the result is written down.
    kill_after_effect: Option<u32>,
}

impl Faults {
    /// The place between the journal and the effect of the `count`-th command.
    pub(crate) fn before_effect(&self, count: u32) {
        die_at(self.kill_before_effect, count, "before");
    }

    /// The place between the effect and the result of the `count`-th command.
    pub(crate) fn after_effect(&self, count: u32) {
        die_at(self.kill_after_effect, count, "after");
    }

    /// Whether the traces of an earlier try are looked for before an effect.
    pub(crate) const fn observes(&self) -> bool {
        !self.no_fencing && !self.no_observing
    }

    /// Says loudly what is armed.
    pub(crate) fn announce(&self) {
        if *self != Self::default() {
            tracing::warn!(faults = ?self, "FAULTS ARE ARMED: this agent misbehaves on purpose");
        }
    }
}

fn die_at(at: Option<u32>, count: u32, side: &str) {
    if at == Some(count) {
        tracing::warn!(count, "fault: dying {side} the effect of command {count}");
        // Nothing may run after this, not even a destructor: like a power cut.
        let _ = nix::sys::signal::kill(nix::unistd::Pid::this(), nix::sys::signal::Signal::SIGKILL);
    }
}

#[cfg(feature = "faults")]
impl Faults {
    /// Adds what one `--fault` asks for.
    pub(crate) fn arm(mut self, text: &str) -> Result<Self, UnknownFault> {
        let unknown = || UnknownFault { text: text.to_owned() };
        match text.split_once('=') {
            None if text == "ack-without-effect" => self.ack_without_effect = true,
            None if text == "no-fencing" => self.no_fencing = true,
            None if text == "no-observing" => self.no_observing = true,
            Some(("kill-before-effect", n)) => {
                self.kill_before_effect = Some(n.parse().map_err(|_| unknown())?);
            }
            Some(("kill-after-effect", n)) => {
                self.kill_after_effect = Some(n.parse().map_err(|_| unknown())?);
            }
            None | Some(_) => return Err(unknown()),
        }
        Ok(self)
    }
}

/// A fault nobody knows.
#[cfg(feature = "faults")]
#[derive(Debug, thiserror::Error)]
#[error(
    "--fault '{text}' is unknown: use ack-without-effect, no-fencing, no-observing, kill-before-effect=N or kill-after-effect=N"
)]
pub(crate) struct UnknownFault {
    text: String,
}
