//! Who listens: asked again now and then, and not too many streams for one person.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use read_models::ids::UserId;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::Instant;

use crate::authz::Principal;
use crate::http::Problem;
use crate::http::middleware::principal::{bearer, cookie};
use crate::state::AppState;

/// Streams of one person at once. A browser needs one for all its tabs.
const AT_ONCE: usize = 32;

/// What the listener came with, kept to ask again.
pub(super) struct Listener {
    came_with: CameWith,
    due: Instant,
}

enum CameWith {
    Token(SecretString),
    Cookie(SecretString),
    Nothing,
}

impl Listener {
    pub(super) fn of(headers: &HeaderMap, due: Instant) -> Self {
        let came_with = match (bearer(headers), cookie(headers)) {
            (Some(token), _) => CameWith::Token(SecretString::from(token)),
            (None, Some(key)) => CameWith::Cookie(SecretString::from(key)),
            (None, None) => CameWith::Nothing,
        };
        Self { came_with, due }
    }

    /// When to ask again.
    pub(super) fn due(&self) -> Instant {
        self.due
    }

    pub(super) fn is_due(&self) -> bool {
        self.due <= Instant::now()
    }

    /// Who it is today; none when nobody any more, or when that cannot be said now.
    pub(super) async fn still_there(&mut self, state: &AppState) -> Option<Principal> {
        let known = match &self.came_with {
            CameWith::Token(token) => state.authn.by_token(token.expose_secret()).await,
            CameWith::Cookie(key) => state.authn.by_cookie(key.expose_secret()).await,
            CameWith::Nothing => return None,
        };
        self.due = Instant::now() + state.timing.recheck_streams;
        match known {
            Ok(known) => known,
            Err(error) => {
                error.log();
                None
            }
        }
    }
}

/// How many streams each person has.
#[derive(Clone, Debug, Default)]
pub(in crate::http) struct Places(Arc<Mutex<HashMap<UserId, usize>>>);

/// Held as long as the stream lives.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    who: UserId,
}

impl Places {
    pub(super) fn take(&self, who: &UserId) -> Result<Place, Problem> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = all.entry(who.clone()).or_default();
        if *taken >= AT_ONCE {
            return Err(too_many());
        }
        *taken += 1;
        Ok(Place { places: self.clone(), who: who.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut all = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = all.get_mut(&self.who) {
            *taken -= 1;
            if *taken == 0 {
                all.remove(&self.who);
            }
        }
    }
}

fn too_many() -> Problem {
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_streams", "You have 32 streams open already.")
        .next("Close one of them; one stream carries everything you may see.")
        .retry_after(Duration::from_secs(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_given_back_when_its_stream_ends() {
        let (places, who) = (Places::default(), UserId::from_uuid(&format!("{:032x}", 1)));
        let held: Vec<_> = (0..AT_ONCE).map(|_| places.take(&who).unwrap()).collect();
        assert!(places.take(&who).is_err());
        drop(held);
        assert!(places.take(&who).is_ok());
        assert!(places.0.lock().unwrap().is_empty());
    }
}
