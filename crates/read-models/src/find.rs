//! Find and go: operations, pages and things by a few words, and the lists a person has kept.

use crate::{
    Answer,
    ids::ViewId,
    navigation::{Address, RouteId},
    operation::OperationCard,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// What the palette and the lists ask.
pub trait FindConsole: Send + Sync {
    /// What is called so, ends so as an id, or is reached so? `here` is the page it is asked from: operations on the thing
    /// of that page come first.
    fn find(&self, words: String, here: Option<Address>) -> Answer<'_, FindView>;
    /// Which views of this list have I saved? `here` is the address of the list as it stands.
    fn saved_views(&self, here: String) -> Answer<'_, SavedViews>;
}

/// What was found: never more than a person reads, and never what they may not see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FindView {
    /// As of when.
    pub as_of: Timestamp,
    /// The words it was asked with, without what is too long.
    pub words: String,
    /// Operations, as cards stand somewhere.
    pub operations: Vec<Found>,
    /// Pages of the navigation contract.
    pub pages: Vec<Found>,
    /// Workloads, nodes, operations that were asked for, SKUs.
    pub resources: Vec<Found>,
    /// How it was looked, and what was left out, in a sentence.
    pub looked: String,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Found {
    /// What it is.
    pub kind: FoundKind,
    /// Its name.
    pub title: String,
    /// What tells it from others of that name.
    pub detail: String,
    /// Its state, where it has one.
    pub state: Option<FoundState>,
    /// Its page.
    pub address: Address,
    /// The place on that page: an operation's card.
    pub anchor: Option<String>,
    /// Whether it is a simulated node, or a workload on one.
    pub simulated: bool,
}

impl Found {
    /// Where it leads.
    pub fn href(&self) -> String {
        match &self.anchor {
            Some(anchor) => format!("{}#{anchor}", self.address),
            None => self.address.to_string(),
        }
    }
}

/// The state of something that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FoundState {
    /// The stable word.
    pub key: String,
    /// The word for people.
    pub word: String,
    /// Since when.
    pub since: Timestamp,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FoundKind {
    /// Something that can be done.
    Operation,
    /// A page.
    Page,
    /// A workload.
    Workload,
    /// A node.
    Node,
    /// An operation that was asked for.
    Run,
    /// A SKU.
    Sku,
}

impl FoundKind {
    /// The word for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Operation => "Operation",
            Self::Page => "Page",
            Self::Workload => "Workload",
            Self::Node => "Node",
            Self::Run => "Carried out",
            Self::Sku => "SKU",
        }
    }
}

/// The views of one list that a person has saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SavedViews {
    /// As of when.
    pub as_of: Timestamp,
    /// Which list.
    pub list: RouteId,
    /// The address of the list as it stands, as it would be saved.
    pub here: String,
    /// The views, by name.
    pub views: Vec<SavedView>,
    /// How the list as it stands is saved; none where one of the views is that.
    pub save: Option<OperationCard>,
    /// How a view gets another name; none where there is no view.
    pub rename: Option<OperationCard>,
    /// How a view is deleted; none where there is no view.
    pub delete: Option<OperationCard>,
}

/// A saved view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SavedView {
    /// Its id.
    pub id: ViewId,
    /// What its person calls it.
    pub name: String,
    /// The address of the list with its filters.
    pub address: String,
    /// Whether the list stands so now.
    pub is_here: bool,
}
