//! Which views of this list have I saved, and how is the list as it stands saved?

use crate::console::Asking;
use crate::store::saved_views;
use read_models::error::ConsoleError;
use read_models::find::{SavedView, SavedViews};
use read_models::navigation::ListAddress;

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
        let mut save = self.own_card(&own, "view.save").await?;
        for field in save.fields.iter_mut().filter(|field| field.name == "address") {
            field.value.clone_from(&here);
        }
        Ok(SavedViews {
            as_of: self.now(),
            list: list.list(),
            here,
            views,
            save,
            rename: self.own_card(&own, "view.rename").await?,
            delete: self.own_card(&own, "view.delete").await?,
        })
    }
}
