//! Operations on who may come in. Their target is the people of the platform, or of one project.

pub(super) mod invite;
pub(super) mod revoke_invitation;

use super::world::{World, no_facts};
use crate::authz::Scope;
use crate::store::projects;
use operations::FactsError;
use read_models::ids::ProjectId;

/// The people of the platform, as a target.
const PLATFORM: &str = "platform";

/// Whose people, and what it is called.
pub(super) async fn place_of(world: &World, target: &str) -> Result<(Scope, String), FactsError> {
    if target == PLATFORM {
        return Ok((Scope::Platform, "the platform".to_owned()));
    }
    let id = ProjectId::parse(target).map_err(|_| FactsError::NoTarget)?;
    let project = projects::find(&mut &world.db, &world.proof, &id).await.map_err(no_facts)?;
    Ok((Scope::Project(id), project.name))
}
