//! What proves what happened: bundles, checkpoints, the key.

mod audit;
mod bundle;
mod exports;
mod operations;
mod posture;
mod resource;
mod summary;

use evidence::{Checkpoint, PublicKey};
use read_models::error::ConsoleError;
use read_models::paging::{Page, PageRequest};

pub(crate) use self::exports::ExportFile;
pub(crate) use self::resource::ResourceFile;
use super::Asking;
use crate::authz::{Feed, Permit, Read, Scope};
use crate::store::checkpoints;

impl Asking {
    /// The key that checks checkpoints and bundles. It is no secret; whoever is signed in may have it.
    pub(crate) fn evidence_key(&self) -> Result<&PublicKey, ConsoleError> {
        self.who()?;
        Ok(self.state().evidence.public())
    }

    /// Checkpoints, the newest first. They tell how much happens on the platform.
    pub(crate) async fn signed_checkpoints(
        &self,
        page: PageRequest,
    ) -> Result<Page<Checkpoint>, ConsoleError> {
        let permit: Permit<Read, Feed> = self.permit(&Scope::Platform)?;
        let below = match page.cursor.as_deref() {
            None => i64::MAX,
            Some(text) => text.parse().map_err(|_| super::bad_cursor())?,
        };
        let limit = i64::from(page.limit()) + 1;
        let found = checkpoints::list(&self.state().db, &permit, below, limit).await;
        let found = found.map_err(|error| self.broken(error))?;
        Ok(Page::from_overfull(found, page.limit(), |one: &Checkpoint| one.seq.to_string()))
    }
}
