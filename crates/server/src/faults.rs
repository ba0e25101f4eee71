//! Fault switches, so that tests and people can see what the engine is for. In a program built without the feature
//! `faults` there is no option that arms one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Which faults are armed.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Writes and commands carry no fencing token.
    pub no_fencing: bool,
    /// The process kills itself at the n-th step it has begun and not yet carried out.
    pub kill_before_effect: Countdown,
    /// The process kills itself at the n-th step it has carried out and not yet written down.
    pub kill_after_effect: Countdown,
}

/// Counts down to a kill; never reaches it when it was not set.
#[derive(Clone, Debug, Default)]
pub struct Countdown(Option<Arc<AtomicU32>>);

impl Countdown {
    /// Kills at the n-th time, from 1.
    pub fn at(n: u32) -> Self {
        Self(Some(Arc::new(AtomicU32::new(n))))
    }

    /// One step nearer; kills this process when it is time.
    pub fn tick(&self) {
        let Some(left) = &self.0 else { return };
        if left.fetch_sub(1, Ordering::SeqCst) == 1 {
            // The point of the fault is that nothing is cleaned up.
            let _ = nix::sys::signal::kill(nix::unistd::Pid::this(), nix::sys::signal::Signal::SIGKILL);
        }
    }
}

impl Faults {
    /// Reads `no-fencing`, `kill-before-effect=N`, `kill-after-effect=N`.
    pub fn parse(words: &[String]) -> Result<Self, String> {
        let mut faults = Self::default();
        for word in words {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            let n = || {
                value
                    .parse::<u32>()
                    .ok()
                    .filter(|n| *n > 0)
                    .ok_or(format!("`{word}` needs a number, as in `{name}=1`"))
            };
            match name {
                "no-fencing" => faults.no_fencing = true,
                "kill-before-effect" => faults.kill_before_effect = Countdown::at(n()?),
                "kill-after-effect" => faults.kill_after_effect = Countdown::at(n()?),
                _ => {
                    return Err(format!(
                        "`{word}` is no fault: use no-fencing, kill-before-effect=N or kill-after-effect=N"
                    ));
                }
            }
        }
        Ok(faults)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_nobody_knows_is_answered_with_those_there_are() {
        let wrong = Faults::parse(&["explode".to_owned()]).unwrap_err();
        assert!(wrong.contains("no-fencing"), "{wrong}");
        assert!(Faults::parse(&["kill-before-effect=0".to_owned()]).is_err());
        assert!(Faults::parse(&["no-fencing".to_owned()]).unwrap().no_fencing);
    }
}
