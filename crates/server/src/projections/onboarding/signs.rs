//! The four lamps: what the server has seen of a machine, what it waits for, and what it cannot tell.

use super::{Known, has_capabilities, has_usage};
use crate::store::nodes::NodeRecord;
use read_models::onboarding::{Lamp, LampState, Sign};
use read_models::time::Timestamp;

/// The lamps, in order.
pub fn lamps(known: &Known<'_>) -> Vec<Lamp> {
    Sign::ALL.iter().map(|sign| lamp(known, *sign)).collect()
}

fn lamp(known: &Known<'_>, sign: Sign) -> Lamp {
    let (state, since, sentence) = match known.node {
        Some(node) => of_node(known, node, sign),
        None => of_nobody(known, sign),
    };
    Lamp { sign, state, since, sentence }
}

/// No machine has come in: it is waited for, or there is nothing to wait for.
fn of_nobody(known: &Known<'_>, sign: Sign) -> (LampState, Option<Timestamp>, String) {
    let unknown = |why: String| (LampState::Unknown, None, why);
    let Some(token) = known.token else {
        return unknown("There is no token yet, so no machine can be told from another.".to_owned());
    };
    if let Some(used) = &token.used {
        return unknown(format!("The machine came in as {}, and that node is gone.", used.node_id));
    }
    if let Some(why) = known.token_is_over() {
        return unknown(format!("Nobody came in with the token before {why}."));
    }
    let since = known.onboarding.token.as_ref().map(|taken| taken.at);
    let sentence = match sign {
        Sign::Certificate => {
            "No machine has come in with the token yet: its certificate is made when it does."
        }
        Sign::Heartbeat => "It comes once the agent has enrolled and runs.",
        Sign::Capabilities | Sign::Telemetry => "It comes with the first heartbeat.",
    };
    (LampState::Waiting, since, sentence.to_owned())
}

fn of_node(known: &Known<'_>, node: &NodeRecord, sign: Sign) -> (LampState, Option<Timestamp>, String) {
    match sign {
        Sign::Certificate => certificate(known, node),
        Sign::Heartbeat => heartbeat(known, node),
        Sign::Capabilities => capabilities(known, node),
        Sign::Telemetry => telemetry(known, node),
    }
}

fn certificate(known: &Known<'_>, node: &NodeRecord) -> (LampState, Option<Timestamp>, String) {
    let serial: String = node.certificate.serial.chars().take(8).collect();
    let ends = node.certificate.not_after;
    let sentence = if ends > known.now {
        format!("Made for {}, serial {serial}…, ends {} UTC.", node.name, ends.date_and_minute())
    } else {
        format!("Made for {}, serial {serial}…; it ended {} UTC.", node.name, ends.date_and_minute())
    };
    (LampState::There, Some(node.created_at), sentence)
}

fn heartbeat(known: &Known<'_>, node: &NodeRecord) -> (LampState, Option<Timestamp>, String) {
    if node.last_heartbeat_at.is_none() {
        let sentence = "The machine has its certificate; its agent has not spoken yet. Does `slipway-node run` run there?";
        return (LampState::Waiting, Some(node.created_at), sentence.to_owned());
    }
    let version = node.agent_version.as_deref().unwrap_or("that does not say its version");
    (LampState::There, known.first.heartbeat, format!("The agent runs, version {version}."))
}

fn capabilities(known: &Known<'_>, node: &NodeRecord) -> (LampState, Option<Timestamp>, String) {
    if !has_capabilities(node) {
        return after_heartbeat(known, node, "no capability is in the heartbeats yet");
    }
    let said = node.heartbeat.as_ref().map(|beat| beat.capabilities.as_slice()).unwrap_or_default();
    let can = said.iter().filter(|one| one.available).count();
    (
        LampState::There,
        known.first.capabilities,
        format!("It said what it can do: {can} of {} are there.", said.len()),
    )
}

fn telemetry(known: &Known<'_>, node: &NodeRecord) -> (LampState, Option<Timestamp>, String) {
    if !has_usage(node) {
        return after_heartbeat(known, node, "no measurement is in the heartbeats yet");
    }
    let sentence =
        "Load, memory and disk come with every heartbeat. That is all that counts as telemetry today.";
    (LampState::There, known.first.usage, sentence.to_owned())
}

fn after_heartbeat(
    known: &Known<'_>,
    node: &NodeRecord,
    missing: &str,
) -> (LampState, Option<Timestamp>, String) {
    if node.last_heartbeat_at.is_none() {
        return (LampState::Waiting, Some(node.created_at), "It comes with the first heartbeat.".to_owned());
    }
    (LampState::Waiting, known.first.heartbeat, format!("The agent speaks, and {missing}."))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Sample, T0, minutes};
    use super::*;

    fn states(sample: &Sample) -> Vec<(LampState, Option<Timestamp>)> {
        lamps(&sample.known()).into_iter().map(|lamp| (lamp.state, lamp.since)).collect()
    }

    #[test]
    fn each_lamp_is_unknown_waiting_or_there_by_the_servers_facts_alone() {
        use LampState::{There, Unknown, Waiting};
        let (heard, came) = (minutes(7), minutes(6));
        for (name, sample, wanted) in [
            ("no token", Sample::begun(), [(Unknown, None); 4]),
            ("a token", Sample::with_token(), [(Waiting, Some(T0)); 4]),
            ("revoked", Sample::with_token().revoked(), [(Unknown, None); 4]),
            ("past its time", Sample::with_token().at(minutes(61)), [(Unknown, None); 4]),
            ("the node is gone", Sample::with_token().used().without_node(), [(Unknown, None); 4]),
            (
                "enrolled",
                Sample::with_token().used(),
                [(Waiting, Some(came)), (There, Some(came)), (Waiting, Some(came)), (Waiting, Some(came))],
            ),
            (
                "heard, and it says nothing",
                Sample::with_token().used().heard(false, false),
                [(There, Some(heard)), (There, Some(came)), (Waiting, Some(heard)), (Waiting, Some(heard))],
            ),
            (
                "everything",
                Sample::with_token().used().heard(true, true),
                [(There, Some(heard)), (There, Some(came)), (There, Some(heard)), (There, Some(heard))],
            ),
        ] {
            assert_eq!(states(&sample), wanted, "{name}");
        }
    }

    #[test]
    fn what_was_seen_before_times_were_written_down_is_there_without_a_time() {
        let mut sample = Sample::with_token().used().heard(true, true);
        sample.first = crate::store::nodes::FirstSigns::default();
        assert_eq!(states(&sample)[0], (LampState::There, None));
    }
}
