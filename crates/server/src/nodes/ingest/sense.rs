//! Whether what an agent says makes sense, and whether it is new. Only numbers and the agent's own words about itself are
//! judged here; texts in which a tenant may have a part are shortened instead.

use node_protocol::{Heartbeat, MAX_LOG_CHUNK_BYTES, WorkloadReport};

use super::IngestError;
use crate::nodes::wire;

/// More slots or workloads than one machine has.
pub(super) const MOST: usize = 1024;

/// Whether a heartbeat says something new; what is in use changes always and says nothing.
pub(super) fn differs(last: &Heartbeat, beat: &Heartbeat) -> bool {
    last.inventory != beat.inventory
        || last.capabilities != beat.capabilities
        || last.slots != beat.slots
        || last.boot_id != beat.boot_id
        || last.agent_version != beat.agent_version
        || last.workloads.len() != beat.workloads.len()
        || last
            .workloads
            .iter()
            .zip(&beat.workloads)
            .any(|(a, b)| WorkloadReport { log_end: b.log_end, ..a.clone() } != *b)
}

pub(super) fn check(beat: &Heartbeat) -> Result<(), IngestError> {
    let texts = [Some(&beat.boot_id), Some(&beat.agent_version), beat.inventory.hostname.as_ref()];
    if !texts.into_iter().flatten().all(|text| wire::is_plain(text)) {
        return Err(IngestError::Senseless(
            "The heartbeat's boot id, version or host name is no single short line.",
        ));
    }
    let (gpus, addresses) =
        (beat.inventory.gpus.as_ref().map_or(0, Vec::len), beat.inventory.addresses.len());
    let interfaces = beat.inventory.interfaces.as_deref().unwrap_or_default();
    let most_of_one = interfaces.iter().map(|interface| interface.addresses.len()).max().unwrap_or_default();
    let counts = [
        beat.slots.len(),
        beat.workloads.len(),
        beat.capabilities.len(),
        gpus,
        addresses,
        interfaces.len(),
        most_of_one,
        beat.measurements.len(),
    ];
    if counts.into_iter().any(|count| count > MOST) {
        return Err(IngestError::Senseless("The heartbeat lists more than a machine has."));
    }
    Ok(())
}

/// A piece of a log has the text of its bytes and no more. A replaced byte may be three times as long as it was.
pub(super) fn check_log(offset: u64, end: u64, text: &str) -> Result<(i64, i64), IngestError> {
    let (Ok(start), Ok(stop)) = (i64::try_from(offset), i64::try_from(end)) else {
        return Err(IngestError::Senseless("The offsets of the log are too large."));
    };
    let bytes = end.checked_sub(offset).and_then(|bytes| usize::try_from(bytes).ok());
    match bytes {
        Some(bytes) if bytes <= MAX_LOG_CHUNK_BYTES && text.len() <= 3 * bytes => Ok((start, stop)),
        Some(_) | None => Err(IngestError::Senseless(
            "The piece of the log is too long, ends before it begins, or has more text than bytes.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_of_a_log_is_as_long_as_it_says() {
        let chunk = MAX_LOG_CHUNK_BYTES as u64;
        assert_eq!(check_log(4, 7, "abc").unwrap(), (4, 7));
        assert!(check_log(4, 5, "\u{fffd}").is_ok() && check_log(0, chunk, "x").is_ok());
        for (offset, end, text) in [
            (4, 4, "x"),
            (4, 5, "abcd"),
            (5, 4, ""),
            (0, chunk + 1, ""),
            (0, u64::MAX, ""),
            (u64::MAX, u64::MAX, ""),
        ] {
            assert!(check_log(offset, end, text).is_err(), "{offset} {end} {text}");
        }
    }
}
