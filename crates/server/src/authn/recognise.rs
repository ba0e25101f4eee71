//! From a cookie or a bearer token to the person: the question every request asks first.

use super::{Authn, stored_hash, token};
use crate::authz::{Principal, SystemProof, Via, system};
use crate::store::db::StoreError;
use crate::store::{sessions, tokens, users};

impl Authn {
    /// The person whose session this cookie opens; none when it is over.
    pub async fn by_cookie(&self, key: &str) -> Result<Option<Principal>, StoreError> {
        let (proof, now) = (proof(), self.clock.now());
        let Some(session) = sessions::by_hash(&mut &self.db, &proof, &stored_hash(key), now).await? else {
            return Ok(None);
        };
        if sessions::is_worth_noting(&session, now) {
            let mut tx = self.db.begin().await?;
            sessions::seen(&mut tx, &proof, &session.id, now).await?;
            tx.commit().await?;
        }
        let grants = users::grants(&mut &self.db, &proof, &session.user_id).await?;
        let via =
            Via::Session { id: session.id, stepped_up_at: session.stepped_up_at, project: session.project };
        let (email, display_name, landing) = (session.email, session.display_name, session.landing);
        Ok(Some(Principal { user_id: session.user_id, email, display_name, grants, landing, via }))
    }

    /// The person whose token this is; none when it is unknown, expired or revoked.
    pub async fn by_token(&self, text: &str) -> Result<Option<Principal>, StoreError> {
        if !token::is_well_formed(text) {
            return Ok(None);
        }
        let (proof, now) = (proof(), self.clock.now());
        let Some(found) = tokens::by_hash(&mut &self.db, &proof, &stored_hash(text), now).await? else {
            return Ok(None);
        };
        if tokens::is_worth_noting(&found, now) {
            let mut tx = self.db.begin().await?;
            tokens::used(&mut tx, &proof, &found.id, now).await?;
            tx.commit().await?;
        }
        let grants = users::grants(&mut &self.db, &proof, &found.user_id).await?;
        let via = Via::Token { id: found.id, scope: found.scope };
        let (email, display_name, landing) = (found.email, found.display_name, found.landing);
        Ok(Some(Principal { user_id: found.user_id, email, display_name, grants, landing, via }))
    }
}

fn proof() -> SystemProof {
    system::for_worker("recognise")
}
