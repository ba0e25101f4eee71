//! Find and go: what is called so, ends so as an id, or is reached so? And which views of a list have I saved?

mod operations;
mod resources;
mod views;

use super::Asking;
use crate::projections::find::{Words, page_title};
use read_models::Answer;
use read_models::error::ConsoleError;
use read_models::find::{FindConsole, FindView, Found, FoundKind, SavedViews};
use read_models::navigation::{Address, CONTRACT};

/// Of operations and of pages, no more are told.
const OFFERED: usize = 8;

impl FindConsole for Asking {
    fn find(&self, words: String, here: Option<Address>) -> Answer<'_, FindView> {
        Box::pin(async move {
            self.who()?;
            let words = Words::of(&words);
            let (resources, more) = self.resources_called(&words).await?;
            let mut operations = self.operations_called(&words, here).await?;
            let mut pages = self.pages_called(&words)?;
            let left_out = more || operations.len() > OFFERED || pages.len() > OFFERED;
            operations.truncate(OFFERED);
            pages.truncate(OFFERED);
            let looked = looked(&words, left_out);
            Ok(FindView { as_of: self.now(), words: words.text, operations, pages, resources, looked })
        })
    }

    fn saved_views(&self, here: String) -> Answer<'_, SavedViews> {
        Box::pin(async move { self.views_of_list(&here).await })
    }
}

impl Asking {
    /// Pages of the contract that one of this person's roles opens, and that name no thing.
    fn pages_called(&self, words: &Words) -> Result<Vec<Found>, ConsoleError> {
        let who = self.who()?;
        let theirs = CONTRACT
            .iter()
            .filter(|row| row.roles.iter().any(|role| who.grants.iter().any(|grant| grant.role == *role)));
        let called = theirs.filter(|row| words.all_in(&format!("{} {}", page_title(row), row.path)));
        let found = called.filter_map(|row| {
            Some(Found {
                kind: FoundKind::Page,
                title: page_title(row),
                detail: row.path.to_owned(),
                state: None,
                // Only what is a whole address: the page of a thing has no address without the thing.
                address: Address::try_from(row.path.to_owned()).ok()?,
                anchor: None,
                simulated: false,
            })
        });
        Ok(found.collect())
    }
}

fn looked(words: &Words, left_out: bool) -> String {
    if words.is_empty() {
        return "Write a name, an id, an IP or hardware address, or what you want to do.".to_owned();
    }
    let how = format!(
        "Beginnings of names and addresses are looked for everywhere, the middle of a name among the newest {} of each kind, ids by their last six digits.",
        crate::store::views::find::WITHIN
    );
    if left_out { format!("There is more than is shown: write more of it. {how}") } else { how }
}
