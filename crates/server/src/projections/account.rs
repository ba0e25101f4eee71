//! What of an account needs its person, what to run next, and what can be left alone.

use crate::store::tokens::TokenRecord;
use read_models::account::{SecondFactorView, SessionRow, TokenRow};
use read_models::time::{Timestamp, spoken};
use read_models::workloads::RunNext;
use std::time::Duration;

/// How long the text of a new token can be seen, unless it is used before.
pub const SHOWN_FOR: Duration = Duration::from_mins(10);
/// So few recovery codes are worth a word.
const FEW: u32 = 2;
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

/// Passkeys that may be in two hands.
pub fn doubted_passkeys(second: &SecondFactorView) -> Vec<String> {
    let doubted = second.passkeys.keys.iter().filter(|key| key.doubted_at.is_some());
    doubted
        .map(|key| {
            format!(
                "The passkey {} was refused, because its counter had gone back: it may have been copied. Remove it.",
                key.name
            )
        })
        .collect()
}

fn has_any(second: &SecondFactorView) -> bool {
    second.app.is_some() || !second.passkeys.keys.is_empty()
}

/// Recovery codes that are nearly used up: without one a lost second factor is a lost account.
pub fn codes_ending(second: &SecondFactorView) -> Option<String> {
    let left = second.recovery.left;
    (has_any(second) && left <= FEW).then(|| match left {
        0 => "No recovery code is left: without the second factor nobody lets you in. Issue new ones."
            .to_owned(),
        1 => "1 recovery code is left. Issue new ones.".to_owned(),
        more => format!("{more} recovery codes are left. Issue new ones."),
    })
}

/// What to do next about what lets somebody in. No launch uses SSH keys yet, so none is missed.
pub fn security_next(tokens: &[TokenRow], second: &SecondFactorView) -> Option<RunNext> {
    if codes_ending(second).is_some() {
        return Some(RunNext {
            operation: "recovery_code.issue".to_owned(),
            title: "Issue recovery codes".to_owned(),
            reason: "Few are left for the day the second factor is lost.".to_owned(),
        });
    }
    if !has_any(second) {
        return Some(RunNext {
            operation: "totp.add".to_owned(),
            title: "Add authenticator app".to_owned(),
            reason: "Only a password stands before your account.".to_owned(),
        });
    }
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
    use read_models::account::{AppView, PasskeyRow, PasskeysView, RecoveryView};
    use read_models::ids::{PasskeyId, TokenId};
    use read_models::operation::{Button, Danger, Intent, OperationCard, Target, TargetKind};

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

    fn second(app: bool, left: u32) -> SecondFactorView {
        let card = |operation: &str| OperationCard {
            operation: operation.to_owned(),
            target: Target { kind: TargetKind::User, id: "usr_1".to_owned() },
            intent: Intent::SetUp,
            title: String::new(),
            danger: Danger::Safe,
            preconditions: Vec::new(),
            expected: String::new(),
            verified_by: String::new(),
            steps: Vec::new(),
            sla: String::new(),
            usually: None,
            progress: String::new(),
            on_failure: String::new(),
            evidence: String::new(),
            never_held_back: None,
            last_run: None,
            fields: Vec::new(),
            button: Button { enabled: true, reason: None },
        };
        let added_at = Timestamp::from_micros(0);
        SecondFactorView {
            app: app.then_some(AppView { added_at, last_used_at: None }),
            enrolling: None,
            add: card("totp.add"),
            remove: card("totp.remove"),
            passkeys: PasskeysView {
                keys: Vec::new(),
                host: Some("localhost".to_owned()),
                why_not: None,
                add: card("passkey.add"),
                remove: card("passkey.remove"),
            },
            recovery: RecoveryView { left, issued_at: None, shown: None, issue: card("recovery_code.issue") },
        }
    }

    #[test]
    fn what_comes_next_is_what_keeps_the_account_then_the_token_that_ends_or_nothing() {
        let next = |tokens: &[TokenRow], app, left| {
            security_next(tokens, &second(app, left)).map(|next| next.operation)
        };
        assert_eq!(next(&[token(30, 1, true)], false, 0).as_deref(), Some("totp.add"));
        assert_eq!(next(&[token(30, 1, true)], true, 2).as_deref(), Some("recovery_code.issue"));
        assert_eq!(next(&[token(30, 1, true)], true, 10).as_deref(), Some("token.issue"));
        assert_eq!(next(&[], true, 10), None);
        assert_eq!(next(&[token(30, 20, true)], true, 3), None);
    }

    #[test]
    fn codes_that_are_nearly_used_up_are_worth_a_word_to_who_needs_them() {
        assert!(codes_ending(&second(true, 0)).unwrap().contains("nobody lets you in"));
        assert!(codes_ending(&second(true, 2)).is_some());
        assert_eq!(codes_ending(&second(true, 3)), None);
        assert_eq!(codes_ending(&second(false, 0)), None);
    }

    #[test]
    fn a_passkey_is_a_second_factor_and_one_that_may_be_copied_is_worth_a_word() {
        let key = |doubted: bool| PasskeyRow {
            id: PasskeyId::from_uuid(&format!("{:032x}", 1)),
            name: "phone".to_owned(),
            added_at: Timestamp::from_micros(0),
            last_used_at: None,
            doubted_at: doubted.then(|| Timestamp::from_micros(1)),
        };
        let mut view = second(false, 10);
        view.passkeys.keys = vec![key(false)];
        assert_eq!((security_next(&[], &view), doubted_passkeys(&view).len()), (None, 0));
        view.passkeys.keys = vec![key(true)];
        assert!(doubted_passkeys(&view)[0].contains("phone"));
        view.recovery.left = 1;
        assert!(codes_ending(&view).is_some());
    }
}
