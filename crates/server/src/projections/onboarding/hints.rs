//! What to look at when nothing comes: likely causes, and the exact commands to look with. By the server's clock.

use super::{Known, has_landed};
use read_models::onboarding::{Cause, Hints};
use read_models::time::{Timestamp, spoken};
use std::time::Duration;

/// So long without a sign is worth a look.
pub const QUIET: Duration = Duration::from_mins(5);

/// The hints, once it has been quiet for five minutes; none before, and none when there is nothing to wait for.
pub fn hints(known: &Known<'_>, agents_url: &str) -> Option<Hints> {
    if known.onboarding.abandoned.is_some() || known.token_is_over().is_some() {
        return None;
    }
    let quiet_since = last_sign(known)?;
    let quiet = known.now.since(quiet_since);
    if quiet < QUIET {
        return None;
    }
    let place = Place::of(agents_url);
    let (what, causes) = match known.node {
        None => ("No machine has come in with the token", never_came(&place)),
        Some(node) if node.last_heartbeat_at.is_none() => {
            ("The machine has its certificate, and its agent has not spoken", never_spoke(&place))
        }
        Some(node) if has_landed(node) => return None,
        Some(_) => ("The agent speaks, and does not say everything", says_too_little()),
    };
    let sentence = format!("{what}; nothing was heard for {}.", spoken(quiet));
    Some(Hints { quiet_since, sentence, causes })
}

/// When something was heard last: an attempt counts too, even one that was refused.
fn last_sign(known: &Known<'_>) -> Option<Timestamp> {
    let began = known.onboarding.token.as_ref()?.at;
    let attempt = known.attempts.first().map(|attempt| attempt.at);
    let came = known.node.map(|node| node.created_at);
    // A machine that left nothing but a used token behind: it is gone, and no command brings it back.
    if came.is_none() && known.token.is_some_and(|token| token.used.is_some()) {
        return None;
    }
    [Some(began), attempt, came, known.first.heartbeat].into_iter().flatten().max()
}

/// Where agents come in, in the parts that commands need.
struct Place {
    url: String,
    host: String,
    port: String,
}

impl Place {
    fn of(url: &str) -> Self {
        let rest = url.trim_start_matches("https://");
        let (host, port) = rest.rsplit_once(':').unwrap_or((rest, "443"));
        Self {
            url: url.to_owned(),
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: port.to_owned(),
        }
    }
}

const MACHINE: &str = "On the machine";
const SERVER: &str = "On the server";

fn cause(cause: &str, place: &str, command: String, tells: &str) -> Cause {
    Cause { cause: cause.to_owned(), place: place.to_owned(), command, tells: tells.to_owned() }
}

fn never_came(place: &Place) -> Vec<Cause> {
    vec![
        cause(
            "The command was not run, or ended with an error.",
            MACHINE,
            "slipway-node status".to_owned(),
            "“No data folder” and “not enrolled” mean that it did not come through: run the command again, its last lines say why.",
        ),
        cause(
            "The machine does not reach the server's port for agents.",
            MACHINE,
            format!("curl --insecure --silent --show-error --max-time 5 {}/agent/v1/enrol", place.url),
            "Any answer of the server, even a refusal, means that the way is open; a timeout or “connection refused” means a firewall or the wrong address.",
        ),
        cause(
            "The machine does not know the server's name.",
            MACHINE,
            format!("getent hosts {}", place.host),
            "No line means that the name is not known there: use another --agents-name, or add it to the machine's DNS.",
        ),
        cause(
            "Another server answers there, or something stands in between.",
            MACHINE,
            format!("openssl s_client -connect {}:{} -showcerts </dev/null", place.host, place.port),
            "The last certificate has to be Slipway's own root; a proxy that ends TLS cannot stand in between.",
        ),
        cause(
            "The server does not listen where it should.",
            SERVER,
            format!("ss --listening --tcp --numeric 'sport = :{}'", place.port),
            "The address there has to be one that the machine can reach; 127.0.0.1 is reached from the server alone.",
        ),
    ]
}

fn never_spoke(place: &Place) -> Vec<Cause> {
    vec![
        cause(
            "The agent does not run: enrolling is one command, running another.",
            MACHINE,
            "slipway-node status".to_owned(),
            "It says whether an agent runs and what it last heard; start it with `slipway-node run`.",
        ),
        cause(
            "The clocks are too far apart for the certificate to work.",
            MACHINE,
            "date --utc".to_owned(),
            "Compare it with the time on this page; set the clock, for example with NTP.",
        ),
        cause(
            "The way was open for enrolling and is not for staying connected.",
            MACHINE,
            format!("curl --insecure --silent --show-error --max-time 5 {}/agent/v1/control", place.url),
            "An answer that asks for a certificate is the right one; a proxy that does not pass WebSockets is the usual trouble.",
        ),
    ]
}

fn says_too_little() -> Vec<Cause> {
    vec![cause(
        "The agent is of another version than this server, or may not read what it measures.",
        MACHINE,
        "slipway-node --version && slipway-node status".to_owned(),
        "The version has to be the server's; what it cannot read is said there.",
    )]
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Sample, T0, minutes};
    use super::*;

    const URL: &str = "https://slipway.example:8443";
    const MOMENT: Duration = Duration::from_micros(1);

    fn causes(sample: &Sample) -> Option<usize> {
        hints(&sample.known(), URL).map(|hints| hints.causes.len())
    }

    #[test]
    fn they_come_after_five_minutes_and_not_a_moment_before() {
        let edge = T0.plus(QUIET);
        for (name, sample, wanted) in vec![
            ("no token", Sample::begun().at(minutes(30)), None),
            ("a moment before", Sample::with_token().at(edge.minus(MOMENT)), None),
            ("at five minutes", Sample::with_token().at(edge), Some(5)),
            ("the token is over", Sample::with_token().at(minutes(61)), None),
            ("given up", Sample::with_token().at(edge).abandoned(), None),
            ("refused meanwhile", Sample::with_token().refused(minutes(4)).at(minutes(6)), None),
            ("refused, and quiet again", Sample::with_token().refused(minutes(4)).at(minutes(9)), Some(5)),
            ("enrolled just now", Sample::with_token().used().at(minutes(10)), None),
            ("enrolled, and no agent", Sample::with_token().used().at(minutes(11)), Some(3)),
            ("it says nothing", Sample::with_token().used().heard(true, false).at(minutes(12)), Some(1)),
            ("everything is there", Sample::with_token().used().heard(true, true).at(minutes(50)), None),
            ("the node is gone", Sample::with_token().used().without_node().at(minutes(50)), None),
        ] {
            assert_eq!(causes(&sample), wanted, "{name}");
        }
    }

    #[test]
    fn the_commands_name_the_real_address() {
        let hints =
            hints(&Sample::with_token().at(minutes(6)).known(), "https://[2001:db8::1]:9443").unwrap();
        let all: Vec<_> = hints.causes.iter().map(|cause| cause.command.as_str()).collect();
        assert!(all.contains(&"getent hosts 2001:db8::1"), "{all:?}");
        assert!(
            all.iter().any(|command| command.contains("https://[2001:db8::1]:9443/agent/v1/enrol")),
            "{all:?}"
        );
        assert_eq!(hints.quiet_since, T0);
    }
}
