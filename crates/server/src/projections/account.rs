//! What of an account needs its person, what to run next, and what can be left alone.

use crate::store::tokens::TokenRecord;
use read_models::account::{SessionRow, TokenRow};
use read_models::time::{Timestamp, spoken};
use read_models::workloads::RunNext;
use std::time::Duration;

/// How long the text of a new token can be seen, unless it is used before.
pub const SHOWN_FOR: Duration = Duration::from_mins(10);
/// A token that ends within this is worth a word.
const SOON: Duration = Duration::from_hours(7 * 24);

/// Until when the text of a token can be seen.
pub fn secret_until(token: &TokenRecord) -> Timestamp {
    token.created_at.plus(SHOWN_FOR)
}

/// Whether what ends then is worth a word now.
pub fn ends_soon(expires_at: Timestamp, now: Timestamp) -> bool {
    expires_at.since(now) <= SOON
}

/// Tokens that scripts will soon fail with: used at all, and of a life that was longer than a week.
pub fn ending_tokens(tokens: &[TokenRow], now: Timestamp) -> Vec<String> {
    let lasting = |token: &&TokenRow| token.expires_at.since(token.created_at) > SOON;
    let ending =
        tokens.iter().filter(|token| token.ends_soon && token.last_used_at.is_some()).filter(lasting);
    ending
        .map(|token| {
            let left = spoken(token.expires_at.since(now));
            format!("The token {} ends in {left}, and something uses it: issue another one.", token.name)
        })
        .collect()
}

/// What to do next about tokens. No launch uses SSH keys yet, so none is missed.
pub fn security_next(tokens: &[TokenRow]) -> Option<RunNext> {
    let ends = tokens.iter().any(|token| token.ends_soon && token.last_used_at.is_some());
    ends.then(|| RunNext {
        operation: "token.issue".to_owned(),
        title: "Issue token".to_owned(),
        reason: "A token that is in use ends within a week.".to_owned(),
    })
}

/// What of the tokens can be left alone.
pub fn tokens_over(count: usize) -> Option<String> {
    match count {
        0 => Some("Nothing here does harm by itself.".to_owned()),
        1 => Some("1 token has ended or was revoked: it lets nobody in.".to_owned()),
        more => Some(format!("{more} tokens have ended or were revoked: they let nobody in.")),
    }
}

/// What to do next about sessions.
pub fn sessions_next(sessions: &[SessionRow]) -> Option<RunNext> {
    let others = sessions.iter().filter(|session| !session.is_this).count();
    (others > 0).then(|| RunNext {
        operation: "session.end".to_owned(),
        title: "End session".to_owned(),
        reason: "You are signed in elsewhere too: end what you do not know.".to_owned(),
    })
}

/// What of the sessions can be left alone.
pub fn sessions_quiet(sessions: &[SessionRow]) -> String {
    if sessions.iter().any(|session| !session.is_this) {
        return "Sessions you know: each ends by itself when nobody uses it.".to_owned();
    }
    "You are signed in nowhere else.".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use read_models::ids::TokenId;

    const DAY: u64 = 24 * 60 * 60;

    fn token(life_days: u64, left_days: u64, used: bool) -> TokenRow {
        let now = Timestamp::from_micros(0).plus(Duration::from_secs(400 * DAY));
        let expires_at = now.plus(Duration::from_secs(left_days * DAY));
        TokenRow {
            id: TokenId::from_uuid(&format!("{:032x}", 1)),
            name: "ci".to_owned(),
            scope: "read".to_owned(),
            created_at: expires_at.minus(Duration::from_secs(life_days * DAY)),
            expires_at,
            last_used_at: used.then_some(now),
            ends_soon: ends_soon(expires_at, now),
            secret: None,
        }
    }

    #[test]
    fn a_token_that_is_used_and_ends_within_a_week_is_worth_a_word_and_no_other() {
        let now = Timestamp::from_micros(0).plus(Duration::from_secs(400 * DAY));
        let warned = |one: TokenRow| !ending_tokens(&[one], now).is_empty();
        assert!(warned(token(30, 7, true)));
        assert!(!warned(token(30, 8, true)));
        assert!(!warned(token(30, 7, false)), "nothing fails when it ends");
        assert!(!warned(token(7, 6, true)), "it was meant to be short");
    }

    #[test]
    fn what_comes_next_is_the_token_that_ends_or_nothing() {
        let next = |tokens: &[TokenRow]| security_next(tokens).map(|next| next.operation);
        assert_eq!(next(&[token(30, 1, true)]).as_deref(), Some("token.issue"));
        assert_eq!(next(&[]), None);
        assert_eq!(next(&[token(30, 20, true)]), None);
    }
}
