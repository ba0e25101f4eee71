//! What was refused at the door, written down for whoever waits for the machine: also when its agent never got in.
//!
//! Who shows a token's secret may write as the store's bounds allow. Of strangers, who need nothing to knock, only so many
//! are written down in a while, whatever they claim; the rest is in the log alone. No event is made of any of them: the
//! audit chain never forgets, and a stranger must not be able to make it grow.

use std::net::IpAddr;
use std::time::Duration;

use node_protocol::enrolment::{EarlierFailure, EarlierReason};
use node_protocol::{EnrolRefusal, EnrolRequest, RefusalCode};
use read_models::ids::EnrolmentTokenId;
use read_models::onboarding::AttemptReason;
use read_models::time::Timestamp;

use super::{proof, texts};
use crate::state::AppState;
use crate::store::db::StoreError;
use crate::store::enrolment_attempts::{self, NewAttempt};
use crate::store::enrolment_tokens;

/// Strangers that are written down at once…
const BURST: u32 = 60;
/// …and one more each time this has passed.
const REFILL: Duration = Duration::from_secs(2);
/// A machine's name as it is kept.
const NAME: usize = 63;
/// What an agent may tell of earlier.
const EARLIER: usize = 10;

/// How many strangers may still be written down.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Allowance {
    used: u32,
    since: Option<Timestamp>,
}

impl Allowance {
    /// Takes one; `false` when there is none left now.
    pub(super) fn take(&mut self, now: Timestamp) -> bool {
        let passed = now.since(*self.since.get_or_insert(now));
        let back = passed.as_micros() / REFILL.as_micros();
        if back > 0 {
            self.used = self.used.saturating_sub(u32::try_from(back).unwrap_or(u32::MAX));
            self.since = Some(now);
        }
        let is_left = self.used < BURST;
        self.used += u32::from(is_left);
        is_left
    }
}

/// A request that could be read was answered: what was refused, and what the agent had to tell of earlier.
pub async fn note(state: &AppState, request: &EnrolRequest, address: IpAddr, refusal: Option<&EnrolRefusal>) {
    let (token, is_shown) = match claimed(state, request).await {
        Ok(claimed) => claimed,
        Err(error) => return error.log(),
    };
    let machine = request.node_name.as_deref().unwrap_or(&request.hostname);
    let machine = texts::short(machine, NAME);
    let mut attempts = Vec::new();
    if let Some(refusal) = refusal
        && (is_shown || state.hub.may_note_stranger(state.clock.now()))
    {
        attempts.push(of_refusal(refusal, state.clock.now()));
    }
    if is_shown {
        let earlier = request.earlier_failures.iter().take(EARLIER);
        attempts.extend(earlier.map(|failure| of_earlier(failure, request.agent_time_us, state.clock.now())));
    }
    let told = (token.as_ref(), Some(machine.as_str()).filter(|name| !name.is_empty()));
    write(state, address, told, &attempts).await;
}

/// A request that could not be read, or was not looked at.
pub async fn note_stranger(state: &AppState, address: IpAddr, refusal: &EnrolRefusal) {
    let now = state.clock.now();
    if state.hub.may_note_stranger(now) {
        write(state, address, (None, None), &[of_refusal(refusal, now)]).await;
    }
}

/// A connection on which nothing could be said.
pub async fn note_handshake(state: &AppState, address: IpAddr, failure: Handshake) {
    let now = state.clock.now();
    if !state.hub.may_note_stranger(now) {
        return;
    }
    let (reason, sentence, next_step) = failure.words();
    let attempt = Noted {
        at: now,
        reason,
        sentence: sentence.to_owned(),
        next_step: next_step.to_owned(),
        told_later: false,
    };
    write(state, address, (None, None), &[attempt]).await;
}

/// How a connection failed before anything was said, as far as this side can see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// The other side did not accept our certificate.
    NotTrusted,
    /// The two sides found no way to speak.
    NoCommonGround,
}

impl Handshake {
    const fn words(self) -> (AttemptReason, &'static str, &'static str) {
        match self {
            Self::NotTrusted => (
                AttemptReason::ServerNotTrusted,
                "A machine broke the connection off because it did not accept this server's certificate. Which machine it was, and which token it had, was not said.",
                "Compare what its terminal says: a token of another server, a proxy that ends TLS, or a name that is not in the certificate (--agents-name).",
            ),
            Self::NoCommonGround => (
                AttemptReason::HandshakeFailed,
                "Something tried to connect and found no common ground: agents speak TLS 1.3. It did not get to say who it was.",
                "If it was your machine: use an agent of the server's version, and nothing in between that ends TLS.",
            ),
        }
    }
}

/// An attempt on its way into the store.
struct Noted {
    at: Timestamp,
    reason: AttemptReason,
    sentence: String,
    next_step: String,
    told_later: bool,
}

/// The token of a request where there is one with that id, and whether its secret was shown.
async fn claimed(
    state: &AppState,
    request: &EnrolRequest,
) -> Result<(Option<EnrolmentTokenId>, bool), StoreError> {
    let Ok(id) = EnrolmentTokenId::parse(request.token.id()) else { return Ok((None, false)) };
    match enrolment_tokens::find(&mut &state.db, &proof(), &id).await {
        Ok(token) => {
            let is_shown = token.secret_hash == hex::encode(request.token.secret_hash());
            Ok((Some(id), is_shown))
        }
        Err(StoreError::NotFound) => Ok((None, false)),
        Err(error) => Err(error),
    }
}

fn of_refusal(refusal: &EnrolRefusal, at: Timestamp) -> Noted {
    Noted {
        at,
        reason: reason(refusal.code),
        // It may quote what was sent.
        sentence: texts::short(&refusal.sentence, texts::SENTENCE),
        next_step: texts::short(&refusal.next_step, texts::SENTENCE),
        told_later: false,
    }
}

/// By the server's clock as far as the agent's is known to be off; never later than now.
fn of_earlier(failure: &EarlierFailure, agent_now_us: i64, now: Timestamp) -> Noted {
    let ago = Duration::from_micros(u64::try_from(agent_now_us.saturating_sub(failure.at_us)).unwrap_or(0));
    let (reason, sentence, next_step) = match failure.reason {
        EarlierReason::ServerNotTrusted => (
            AttemptReason::ServerNotTrusted,
            "The server that answered had no certificate that belongs to the token.",
            "The machine reached another server before, or a proxy that ends TLS.",
        ),
        EarlierReason::HandshakeFailed => (
            AttemptReason::HandshakeFailed,
            "The secure connection was refused.",
            "The name that was dialled has to be in the server's certificate (--agents-name), and the machine's clock right.",
        ),
        EarlierReason::Unreachable => (
            AttemptReason::Unreachable,
            "The server did not answer at the address the machine was given.",
            "The port for agents has to be open between the two.",
        ),
        EarlierReason::NoAnswer => (
            AttemptReason::NoAnswer,
            "The connection broke off before the answer came.",
            "The same command can be repeated for ten minutes.",
        ),
        EarlierReason::NotUnderstood => (
            AttemptReason::NotUnderstood,
            "What answered there was no Slipway server of this version.",
            "The address has to be the one for agents.",
        ),
    };
    Noted {
        at: now.minus(ago),
        reason,
        sentence: sentence.to_owned(),
        next_step: next_step.to_owned(),
        told_later: true,
    }
}

const fn reason(code: RefusalCode) -> AttemptReason {
    match code {
        RefusalCode::TokenUnknown => AttemptReason::TokenUnknown,
        RefusalCode::TokenExpired => AttemptReason::TokenExpired,
        RefusalCode::TokenUsed => AttemptReason::TokenUsed,
        RefusalCode::TokenRevoked => AttemptReason::TokenRevoked,
        RefusalCode::TokenOtherKey => AttemptReason::TokenOtherKey,
        RefusalCode::NameTaken => AttemptReason::NameTaken,
        RefusalCode::BadName => AttemptReason::BadName,
        RefusalCode::ClockSkew => AttemptReason::ClockSkew,
        RefusalCode::BadCsr => AttemptReason::BadCsr,
        RefusalCode::BadRequest => AttemptReason::BadRequest,
        RefusalCode::ProtocolVersion => AttemptReason::ProtocolVersion,
        RefusalCode::TooManyAttempts => AttemptReason::TooManyAttempts,
        RefusalCode::SimulatedNotAdmitted => AttemptReason::SimulatedNotAdmitted,
        RefusalCode::Unavailable => AttemptReason::Unavailable,
    }
}

/// A failure is ours alone: the machine has its answer.
async fn write(
    state: &AppState,
    address: IpAddr,
    (token, machine): (Option<&EnrolmentTokenId>, Option<&str>),
    attempts: &[Noted],
) {
    if attempts.is_empty() {
        return;
    }
    let address = address.to_canonical().to_string();
    let written = async {
        let mut tx = state.db.begin().await?;
        for noted in attempts {
            let new = NewAttempt {
                at: noted.at,
                reason: noted.reason,
                sentence: &noted.sentence,
                next_step: &noted.next_step,
                address: &address,
                machine,
                token,
                told_later: noted.told_later,
            };
            enrolment_attempts::record(&mut tx, &proof(), &new, &*state.ids).await?;
        }
        tx.commit().await
    };
    if let Err(error) = written.await {
        error.log();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_000_000_000_000);

    #[test]
    fn of_strangers_only_so_many_are_written_down_in_a_while() {
        let mut allowance = Allowance::default();
        let taken = |allowance: &mut Allowance, at| (0..1_000).filter(|_| allowance.take(at)).count();
        assert_eq!(taken(&mut allowance, START), 60);
        assert_eq!(taken(&mut allowance, START.plus(REFILL * 3)), 3);
        assert_eq!(taken(&mut allowance, START.plus(Duration::from_hours(9))), 60);
    }

    #[test]
    fn what_was_told_later_stands_at_the_servers_time_and_never_in_the_future() {
        let failure = |at_us| EarlierFailure { at_us, reason: EarlierReason::Unreachable };
        let minute = 60_000_000;
        assert_eq!(
            of_earlier(&failure(5 * minute), 7 * minute, START).at,
            START.minus(Duration::from_mins(2))
        );
        assert_eq!(of_earlier(&failure(9 * minute), 7 * minute, START).at, START);
        assert!(of_earlier(&failure(0), minute, START).told_later);
    }
}
