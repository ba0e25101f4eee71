//! What a person may do: one policy table, and the only maker of [`Permit`].
//!
//! A permit is a value that says "this was checked". A store function asks for it by type, so that a path that forgot to
//! check does not compile. Nothing here reads the database or knows about HTTP.

mod action;
mod permit;
mod policy;
mod principal;
pub mod system;
pub mod testing;

pub use self::action::{
    Account, Action, ActionMarker, Administer, Destroy, EnrolmentTokens, Evidence, Feed, Invitations, Nodes,
    Operate, OperationRecords, Projects, Read, Resource, ResourceMarker, Skus, Tokens, Users, Workloads,
};
pub use self::permit::{Denied, Permit, authorize, decide};
pub use self::policy::{LANDING, OWN, POLICY, Role, allows, landing};
pub use self::principal::{Grant, Principal, Scope, TokenScope, Via};
pub use self::system::{May, SystemProof};
