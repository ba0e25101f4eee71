//! The verbs and nouns of the policy table, as values (for the table) and as types (for permits).

use std::fmt;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Look at it.
    Read,
    /// Change it so that someone may notice.
    Operate,
    /// Change it so that data or a machine is lost.
    Destroy,
    /// Decide about who may do what.
    Administer,
}

/// To what it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    Workloads,
    Nodes,
    Skus,
    Projects,
    OperationRecords,
    Feed,
    EnrolmentTokens,
    Users,
    Tokens,
    /// Who is asked to come in.
    Invitations,
    /// What proves what happened: files of it, checks of it.
    Evidence,
    /// What a person keeps for themselves: profile, keys, tokens, sessions.
    Account,
}

impl Action {
    pub const ALL: [Self; 4] = [Self::Read, Self::Operate, Self::Destroy, Self::Administer];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Operate => "operate",
            Self::Destroy => "destroy",
            Self::Administer => "administer",
        }
    }
}

impl Resource {
    pub const ALL: [Self; 12] = [
        Self::Workloads,
        Self::Nodes,
        Self::Skus,
        Self::Projects,
        Self::OperationRecords,
        Self::Feed,
        Self::EnrolmentTokens,
        Self::Users,
        Self::Tokens,
        Self::Invitations,
        Self::Evidence,
        Self::Account,
    ];

    pub const fn words(self) -> &'static str {
        match self {
            Self::Workloads => "workloads",
            Self::Nodes => "nodes",
            Self::Skus => "SKUs",
            Self::Projects => "projects",
            Self::OperationRecords => "operations",
            Self::Feed => "the feed",
            Self::EnrolmentTokens => "enrolment tokens",
            Self::Users => "users",
            Self::Tokens => "API tokens",
            Self::Invitations => "invitations",
            Self::Evidence => "evidence",
            Self::Account => "the account",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// A type that stands for an action in a permit.
pub trait ActionMarker: Send + Sync + 'static {
    const ACTION: Action;
}

/// A type that stands for a resource in a permit.
pub trait ResourceMarker: Send + Sync + 'static {
    const RESOURCE: Resource;
}

macro_rules! markers {
    ($trait_:ident, $constant:ident, $kind:ident: $($name:ident),+) => {$(
        #[doc = concat!("`", stringify!($kind), "::", stringify!($name), "` as a type.")]
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}
        impl $trait_ for $name {
            const $constant: $kind = $kind::$name;
        }
    )+};
}

markers!(ActionMarker, ACTION, Action: Read, Operate, Destroy, Administer);
markers!(ResourceMarker, RESOURCE, Resource: Workloads, Nodes, Skus, Projects, OperationRecords, Feed, EnrolmentTokens, Users, Tokens, Invitations, Evidence, Account);
