//! Which views of this list have I saved, and how is the list as it stands saved?

use crate::console::Asking;
use crate::console::account::Own;
use crate::store::saved_views;
use read_models::error::ConsoleError;
use read_models::find::{SavedView, SavedViews};
use read_models::navigation::ListAddress;
use read_models::operation::OperationCard;

impl Asking {
    pub(super) async fn views_of_list(&self, here: &str) -> Result<SavedViews, ConsoleError> {
        self.who()?;
        let list = ListAddress::of_page(here).map_err(|_| ConsoleError::not_found("list"))?;
        let (own, here) = (self.own().await?, list.to_string());
        let saved = saved_views::of_person(&mut &self.state().db, &own.permit, &self.who()?.user_id).await;
        let saved = saved.map_err(|error| self.broken(error))?;
        let of_list = saved.into_iter().filter(|view| view.route == list.list().key());
        let views = of_list.map(|view| SavedView {
            is_here: view.address == here,
            id: view.id,
            name: view.name,
            address: view.address,
        });
        let views: Vec<_> = views.collect();
        let mut save = self.view_card(&own, "view.save", !views.iter().any(|view| view.is_here)).await?;
        for field in save.iter_mut().flat_map(|card| &mut card.fields).filter(|field| field.name == "address")
        {
            field.value.clone_from(&here);
        }
        Ok(SavedViews {
            as_of: self.now(),
            list: list.list(),
            here,
            save,
            rename: self.view_card(&own, "view.rename", !views.is_empty()).await?,
            delete: self.view_card(&own, "view.delete", !views.is_empty()).await?,
            views,
        })
    }

    /// A card where it is of use: each one asks the database, and this strip stands on every list.
    async fn view_card(
        &self,
        own: &Own,
        operation: &str,
        is_of_use: bool,
    ) -> Result<Option<OperationCard>, ConsoleError> {
        if is_of_use { self.own_card(own, operation).await.map(Some) } else { Ok(None) }
    }
}
