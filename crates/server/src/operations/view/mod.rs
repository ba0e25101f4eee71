//! Operations on the views of lists that a person keeps, and what they share: the person's views as facts.

pub(super) mod delete;
pub(super) mod rename;
pub(super) mod save;

use super::world::{World, no_facts};
use crate::store::saved_views::{self, SavedView};
use operations::{Blocker, FactsError};
use read_models::ids::{UserId, ViewId};

/// More than these help nobody to find the one they want.
const MOST: usize = 50;

/// The views of a person, and what an operation is asked about; nothing on a card.
pub(crate) struct Facts<T> {
    user: UserId,
    views: Vec<SavedView>,
    about: Option<T>,
}

impl<T> Facts<T> {
    async fn load(world: &World, target: &str, about: Option<T>) -> Result<Self, FactsError> {
        let user = UserId::parse(target).map_err(|_| FactsError::NoTarget)?;
        let views = saved_views::of_person(&mut &world.db, &world.proof, &user).await.map_err(no_facts)?;
        Ok(Self { user, views, about })
    }

    fn view(&self, id: &ViewId) -> Option<&SavedView> {
        self.views.iter().find(|view| view.id == *id)
    }

    /// Whether the person has it; on a card, whether there is any.
    fn has(&self, id: Option<&ViewId>) -> Result<(), Blocker> {
        match id {
            None if self.views.is_empty() => Err(Blocker::new("You have saved no view.")),
            Some(id) if self.view(id).is_none() => Err(Blocker::new("You have no such view.")),
            None | Some(_) => Ok(()),
        }
    }

    /// Whether no other view of the list is called so.
    fn name_is_free(&self, route: &str, name: &str, but: Option<&ViewId>) -> Result<(), Blocker> {
        let taken = |view: &SavedView| view.route == route && view.name == name && Some(&view.id) != but;
        if self.views.iter().any(taken) {
            return Err(Blocker::new(format!(
                "A view of yours of this list is named {name}: choose another name."
            )));
        }
        Ok(())
    }
}
