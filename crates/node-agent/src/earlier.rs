//! Failures to enrol that the server could not see, or not whole: kept beside the identity key, told with the next attempt
//! that gets through, and forgotten once the machine is enrolled.

use node_protocol::RefusalCode;
use node_protocol::enrolment::{EarlierFailure, EarlierReason};

use crate::data::{self, DataDir};
use crate::enrol::EnrolError;
use crate::tls::TlsError;
use crate::words;

/// More are not worth telling: the oldest go.
const KEPT: usize = 10;

/// What failed before, oldest first. For people only, so a file that cannot be read counts as none.
pub(crate) fn failures(data: &DataDir) -> Vec<EarlierFailure> {
    data::read_json(&data.enrolment_failures()).ok().flatten().unwrap_or_default()
}

/// Keeps a failure, if it is one the server cannot know of.
pub(crate) fn keep(data: &DataDir, error: &EnrolError, now_us: i64) {
    let Some(reason) = unseen(error) else { return };
    let mut all = failures(data);
    all.push(EarlierFailure { at_us: now_us, reason });
    let excess = all.len().saturating_sub(KEPT);
    write(data, &all[excess..]);
}

/// The server has heard them.
pub(crate) fn forget(data: &DataDir) {
    if !failures(data).is_empty() {
        write(data, &[]);
    }
}

/// Whether a server that refuses with this has taken in what it was told: it does for whoever shows a token of its own.
pub(crate) const fn was_heard(code: RefusalCode) -> bool {
    match code {
        RefusalCode::TokenExpired
        | RefusalCode::TokenUsed
        | RefusalCode::TokenRevoked
        | RefusalCode::TokenOtherKey
        | RefusalCode::NameTaken
        | RefusalCode::BadName
        | RefusalCode::ClockSkew => true,
        RefusalCode::TokenUnknown
        | RefusalCode::BadCsr
        | RefusalCode::BadRequest
        | RefusalCode::ProtocolVersion
        | RefusalCode::SimulatedNotAdmitted
        | RefusalCode::TooManyAttempts
        | RefusalCode::Unavailable => false,
    }
}

fn write(data: &DataDir, all: &[EarlierFailure]) {
    if let Err(error) = data::write_json(&data.enrolment_failures(), &all) {
        tracing::warn!("why enrolling failed cannot be kept for the server: {}", words::chain(&error));
    }
}

/// The kind of a failure that happened before, or after, the server had its say.
pub(crate) const fn unseen(error: &EnrolError) -> Option<EarlierReason> {
    match error {
        EnrolError::Connection(TlsError::PinMismatch) => Some(EarlierReason::ServerNotTrusted),
        EnrolError::Connection(TlsError::Handshake(..)) => Some(EarlierReason::HandshakeFailed),
        EnrolError::Connection(TlsError::Unreachable(..) | TlsError::Slow(_)) => {
            Some(EarlierReason::Unreachable)
        }
        EnrolError::NoAnswer(_) => Some(EarlierReason::NoAnswer),
        EnrolError::Garbage { .. } => Some(EarlierReason::NotUnderstood),
        EnrolError::Connection(
            TlsError::BadUrl(_) | TlsError::BadName(..) | TlsError::SetUp(_) | TlsError::Identity(_),
        )
        | EnrolError::Token(_)
        | EnrolError::AlreadyEnrolled { .. }
        | EnrolError::Data(_)
        | EnrolError::Identity(_)
        | EnrolError::Refused(_)
        | EnrolError::WrongAnswer(_)
        | EnrolError::Encode(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_ten_are_kept_and_told_and_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::open(folder.path()).unwrap();
        assert_eq!(failures(&data), []);
        for at_us in 0..12 {
            keep(&data, &EnrolError::Connection(TlsError::PinMismatch), at_us);
        }
        keep(&data, &EnrolError::WrongAnswer("the server knows of it"), 99);
        let told = failures(&data);
        assert_eq!((told.len(), told[0].at_us, told[9].at_us), (KEPT, 2, 11));
        assert!(told.iter().all(|failure| failure.reason == EarlierReason::ServerNotTrusted));
        forget(&data);
        assert_eq!(failures(&data), []);
    }
}
