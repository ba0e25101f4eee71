//! The words of an onboarding: ways in, steps, and how each of them stands.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $key:literal, $word:literal;)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$of])* $variant,)*
        }

        impl $name {
            /// All of them, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The stable word.
            pub const fn key(self) -> &'static str {
                match self {
                    $(Self::$variant => $key,)*
                }
            }

            /// The word for people.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// Reads the stable word.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.key() == word)
            }
        }
    )*};
}

words! {
    /// How a machine comes in.
    OnboardingMode {
        /// A person runs a command on it.
        Manual = "manual", "Manual";
        /// MAAS deploys one machine.
        MaasDirect = "maas_direct", "MAAS direct";
        /// MAAS deploys many.
        MaasBatch = "maas_batch", "MAAS batch";
        /// MAAS finds machines that nobody named.
        MaasDiscovery = "maas_discovery", "MAAS discovery";
    }

    /// A step of an onboarding. Each is an address.
    OnboardingStep {
        /// Where the machine stands and how it comes in.
        Site = "site", "Site and mode";
        /// What it is for, and its name.
        Role = "role", "Role and profile";
        /// What has to be set up before.
        Setup = "setup", "Required setup";
        /// The token that lets it in.
        Token = "token", "Enrolment token";
        /// What to run on it.
        Command = "command", "Run on the machine";
        /// What the server has seen of it.
        Signs = "signs", "First signs";
        /// Where to go on.
        Land = "land", "Next operations";
    }

    /// How an onboarding stands.
    OnboardingStatus {
        /// Somebody has to go on with it.
        Unfinished = "unfinished", "Unfinished";
        /// All four signs are there.
        Landed = "landed", "Landed";
        /// Somebody gave it up.
        Abandoned = "abandoned", "Abandoned";
    }

    /// How a step stands.
    StepStanding {
        /// What it asks for is there.
        Done = "done", "Done";
        /// It is what to do next.
        Next = "next", "Next";
        /// It can be looked at; nothing is asked for now.
        Open = "open", "Open";
        /// Something before it is missing.
        Later = "later", "Later";
    }

    /// The four signs of a machine that has come in.
    Sign {
        /// Its agent has spoken.
        Heartbeat = "heartbeat", "First heartbeat";
        /// It has a certificate of ours.
        Certificate = "certificate", "Certificate";
        /// It has said what it can do.
        Capabilities = "capabilities", "Capabilities";
        /// It has said what it uses.
        Telemetry = "telemetry", "Telemetry";
    }

    /// How a sign stands.
    LampState {
        /// The server cannot tell, or has nothing to wait for.
        Unknown = "unknown", "Unknown";
        /// It can come any moment.
        Waiting = "waiting", "Waiting";
        /// The server has seen it.
        There = "there", "There";
    }

    /// How something that has to be set up stands.
    Posture {
        /// As it should be.
        Configured = "configured", "Configured";
        /// Not there.
        Missing = "missing", "Missing";
        /// There, and not what it should be any more.
        Stale = "stale", "Stale";
        /// There, and dangerous.
        Unsafe = "unsafe", "Unsafe";
    }
}

impl OnboardingStep {
    /// Which of the seven it is, from 1.
    pub fn number(self) -> usize {
        Self::ALL.iter().position(|step| *step == self).map_or(1, |before| before + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_seven_steps_and_each_word_is_read_back() {
        assert_eq!((OnboardingStep::ALL.len(), OnboardingStep::Land.number()), (7, 7));
        for step in OnboardingStep::ALL {
            assert_eq!(OnboardingStep::parse(step.key()), Some(*step));
        }
        assert_eq!(OnboardingMode::parse("maas"), None);
    }
}
