//! How much of everything is there now? For those who may look at the machines.

use super::Asking;
use crate::authz::{Nodes, Permit, Read, Scope};
use crate::store::measures::{self, Measures};
use read_models::error::ConsoleError;

impl Asking {
    /// What there is now, over all projects.
    pub async fn measures(&self) -> Result<Measures, ConsoleError> {
        let permit: Permit<Read, Nodes> = self.permit(&Scope::Platform)?;
        let taken = measures::take(&self.state().db, &permit, &*self.state().clock).await;
        taken.map_err(|error| self.broken(error))
    }
}
