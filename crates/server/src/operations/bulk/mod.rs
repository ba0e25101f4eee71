//! One operation on many targets: a parent that locks nothing and has an ordinary operation for each of them.

mod children;
mod choices;
mod counting;
mod input;
mod over;
pub(crate) mod run;
mod running;
mod selection;
mod step;

pub(crate) use children::{Child, ChildStart, StartsChildren};
pub(crate) use counting::Tally;
pub(crate) use input::BulkInput;
pub(crate) use over::{Nodes, Over, Workloads};
pub(crate) use selection::Selection;
pub(crate) use step::selection_of;
