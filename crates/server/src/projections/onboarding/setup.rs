//! What has to be set up before a machine comes in by hand, from what the server really knows. What this version does not
//! have is missing, and says whether a machine needs it.

use read_models::navigation::Address;
use read_models::onboarding::{Posture, SetupRow};
use read_models::time::{Timestamp, spoken};
use std::net::SocketAddr;
use std::time::Duration;

/// From here on the authority that signs nodes' certificates counts as about to end.
const SOON: Duration = Duration::from_hours(30 * 24);

/// What the server knows of its own set-up.
#[derive(Clone, Copy, Debug)]
pub struct SetupFacts<'a> {
    /// Where agents come in.
    pub agents_listen: SocketAddr,
    /// The names that were configured for agents.
    pub agents_names: &'a [String],
    /// Where the command of a token sends the machine.
    pub agents_url: &'a str,
    /// The first digits of the root certificate's hash.
    pub ca_pin: &'a str,
    /// When the certificate that signs nodes' certificates ends.
    pub issuing_ends: Option<Timestamp>,
    /// How often agents tell how they are.
    pub heartbeat_every: Duration,
    /// The version of this server, which is the agent's too.
    pub version: &'a str,
    /// How many SSH keys the person who looks has.
    pub own_keys: usize,
    pub now: Timestamp,
}

/// The items, those that a machine needs first.
pub fn setup(facts: &SetupFacts<'_>) -> Vec<SetupRow> {
    vec![
        agents_address(facts),
        authority(facts),
        telemetry(facts),
        ssh_access(facts),
        not_here(
            "agent_release",
            "Agent release",
            format!(
                "This server hands no agent out yet; releases will be under Config, at Agent. Copy `slipway-node` of version {} to the machine yourself, from the build this server is of.",
                facts.version
            ),
        ),
        not_here(
            "bootstrap_bundle",
            "Bootstrap bundle",
            "Not needed by hand: it is what MAAS installs a machine with. It will be under Config, at Bootstrap.",
        ),
        not_here("maas_site", "MAAS site", "Not needed by hand. It will be under Provisioning, at Sites."),
        not_here(
            "registry",
            "Registry",
            "Not needed: workloads are programs that are on the machine; no images are pulled yet. It will be under Config, at Registry.",
        ),
        not_here(
            "network_profile",
            "Network profile",
            "Not needed by hand: the machine keeps its network. Profiles will be under Config, at Network.",
        ),
    ]
}

fn agents_address(facts: &SetupFacts<'_>) -> SetupRow {
    let ip = facts.agents_listen.ip();
    let (posture, is_needed, sentence) = if ip.is_loopback() {
        let sentence = format!(
            "Agents come in at {}, which only this server's own machine can reach. That machine can come in; for another one, start the server with --agents-listen and --agents-name.",
            facts.agents_url
        );
        (Posture::Missing, false, sentence)
    } else if ip.is_unspecified() && facts.agents_names.is_empty() {
        let sentence = "Agents come in on every address, but the server's certificate has no name that another machine could dial. Start the server with --agents-name.".to_owned();
        (Posture::Missing, true, sentence)
    } else {
        let sentence = format!(
            "Agents come in at {}. Whether the machine reaches it shows at the first signs.",
            facts.agents_url
        );
        (Posture::Configured, true, sentence)
    };
    row("agents_address", "Address for agents", posture, is_needed, sentence)
}

fn authority(facts: &SetupFacts<'_>) -> SetupRow {
    let pin: String = facts.ca_pin.chars().take(12).collect();
    let (posture, sentence) = match facts.issuing_ends {
        Some(ends) if ends <= facts.now => (
            Posture::Stale,
            format!(
                "The authority ended {} ago and signs nothing that works.",
                spoken(facts.now.since(ends))
            ),
        ),
        Some(ends) if ends <= facts.now.plus(SOON) => (
            Posture::Stale,
            format!("The authority ends in {}: what it signs ends with it.", spoken(ends.since(facts.now))),
        ),
        Some(_) => (
            Posture::Configured,
            format!(
                "The token carries the pin of this server's root certificate ({pin}…); the agent refuses any other server."
            ),
        ),
        None => (Posture::Stale, "When the authority ends cannot be read.".to_owned()),
    };
    row("authority", "Certificate authority", posture, true, sentence)
}

fn telemetry(facts: &SetupFacts<'_>) -> SetupRow {
    let sentence = format!(
        "Every heartbeat, each {}, carries load, memory and disk. That is all there is: nothing is kept as history, and no external metrics are connected. More will be under Config, at Telemetry.",
        spoken(facts.heartbeat_every)
    );
    row("telemetry", "Telemetry", Posture::Configured, true, sentence)
}

fn ssh_access(facts: &SetupFacts<'_>) -> SetupRow {
    let (posture, sentence) = match facts.own_keys {
        0 => (
            Posture::Missing,
            "You have no SSH key here. Slipway puts none on a machine that comes in by hand; keep a way of your own to log in when the agent does not answer.".to_owned(),
        ),
        keys => (
            Posture::Configured,
            format!(
                "You have {keys} SSH {} here. Slipway puts none on a machine that comes in by hand; keep a way of your own to log in when the agent does not answer.",
                if keys == 1 { "key" } else { "keys" }
            ),
        ),
    };
    let row = row("ssh_access", "SSH and break-glass access", posture, false, sentence);
    SetupRow { address: Some(Address::AccountSecurity), ..row }
}

fn not_here(code: &str, title: &str, sentence: impl Into<String>) -> SetupRow {
    row(code, title, Posture::Missing, false, sentence.into())
}

fn row(code: &str, title: &str, posture: Posture, is_needed: bool, sentence: String) -> SetupRow {
    SetupRow { code: code.to_owned(), title: title.to_owned(), posture, is_needed, sentence, address: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000_000_000);

    fn facts(listen: &str, names: &'static [String]) -> SetupFacts<'static> {
        SetupFacts {
            agents_listen: listen.parse().unwrap(),
            agents_names: names,
            agents_url: "https://slipway.example:8443",
            ca_pin: "4b1e77d0aabbccdd",
            issuing_ends: Some(NOW.plus(SOON * 2)),
            heartbeat_every: Duration::from_secs(5),
            version: "0.1.0",
            own_keys: 0,
            now: NOW,
        }
    }

    fn of(rows: &[SetupRow], code: &str) -> (Posture, bool) {
        let row = rows.iter().find(|row| row.code == code).unwrap();
        (row.posture, row.is_needed)
    }

    #[test]
    fn an_address_that_nobody_can_dial_is_missing() {
        for (listen, wanted) in [
            ("127.0.0.1:8443", (Posture::Missing, false)),
            ("[::1]:8443", (Posture::Missing, false)),
            ("0.0.0.0:8443", (Posture::Missing, true)),
            ("10.4.0.1:8443", (Posture::Configured, true)),
        ] {
            assert_eq!(of(&setup(&facts(listen, &[])), "agents_address"), wanted, "{listen}");
        }
    }

    #[test]
    fn an_authority_about_to_end_is_stale() {
        for (ends, wanted) in [
            (Some(NOW.plus(SOON * 2)), Posture::Configured),
            (Some(NOW.plus(SOON)), Posture::Stale),
            (Some(NOW), Posture::Stale),
            (None, Posture::Stale),
        ] {
            let facts = SetupFacts { issuing_ends: ends, ..facts("10.4.0.1:8443", &[]) };
            assert_eq!(of(&setup(&facts), "authority").0, wanted, "{ends:?}");
        }
    }

    #[test]
    fn ones_own_keys_are_counted_and_what_is_not_built_is_missing_and_not_needed() {
        let base = facts("10.4.0.1:8443", &[]);
        assert_eq!(of(&setup(&base), "ssh_access"), (Posture::Missing, false));
        assert_eq!(
            of(&setup(&SetupFacts { own_keys: 2, ..base }), "ssh_access"),
            (Posture::Configured, false)
        );
        for code in ["agent_release", "bootstrap_bundle", "maas_site", "registry", "network_profile"] {
            assert_eq!(of(&setup(&base), code), (Posture::Missing, false), "{code}");
        }
    }
}
