//! People for tests.
#![doc(hidden)]

use read_models::ids::{SessionId, TokenId, UserId};
use read_models::time::Timestamp;

use super::{Grant, Principal, Role, Scope, TokenScope, Via};

/// A signed-in person with one role.
pub fn person(role: Role, scope: Scope) -> Principal {
    Principal {
        user_id: UserId::from_uuid(&format!("{:032x}", 1)),
        email: format!("{}@example.org", role.key()),
        display_name: role.key().to_owned(),
        grants: vec![Grant { role, scope }],
        landing: None,
        via: Via::Session {
            id: SessionId::from_uuid(&format!("{:032x}", 2)),
            stepped_up_at: Timestamp::from_micros(0),
            project: None,
        },
    }
}

/// The same person's script.
pub fn with_token(mut person: Principal, scope: TokenScope) -> Principal {
    person.via = Via::Token { id: TokenId::from_uuid(&format!("{:032x}", 3)), scope };
    person
}
