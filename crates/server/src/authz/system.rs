//! [`SystemProof`]: what the program's own loops hold instead of a person's permit, and [`May`]: either of the two.

use read_models::ids::{ProjectId, UserId};

use super::{ActionMarker, Permit, ResourceMarker, Scope};

/// What a store function asks for: a permit for exactly this, or the proof that the program itself is at work.
pub trait May<A: ActionMarker, R: ResourceMarker>: sealed::Sealed + Sync {
    /// Who it is, for the audit.
    fn who(&self) -> String;
    /// Where it counts.
    fn scope(&self) -> &Scope;

    /// Whether a thing of this project is in its scope.
    fn covers(&self, project: &ProjectId) -> bool {
        match self.scope() {
            Scope::Platform => true,
            Scope::Project(own) => own == project,
            Scope::Person(_) => false,
        }
    }

    /// Whether what is this person's own is in its scope. A permit for an account is always one person's.
    fn covers_person(&self, person: &UserId) -> bool {
        match self.scope() {
            Scope::Platform => true,
            Scope::Project(_) => false,
            Scope::Person(own) => own == person,
        }
    }

    /// The project it is limited to, or the empty text: for `AND ($n = '' OR project_id = $n)`. For one's own it is the name
    /// of the person as a resource, which is no project: statements that know it add `OR resource = $n`.
    fn project_or_any(&self) -> String {
        match self.scope() {
            Scope::Platform => String::new(),
            Scope::Project(own) => own.as_str().to_owned(),
            Scope::Person(own) => format!("user:{own}"),
        }
    }
}

/// "This is the program itself, at work." Made by loops, agent sessions and the command line, never for a request.
#[derive(Clone, Copy, Debug)]
pub struct SystemProof {
    name: &'static str,
}

impl SystemProof {
    /// Who it is, for the audit: `system:sequencer`.
    pub fn who(&self) -> String {
        format!("system:{}", self.name)
    }
}

/// The proof for a named part of the program. Called from `workers/`, `nodes/` and `cli/` only; a test looks for others.
pub fn for_worker(name: &'static str) -> SystemProof {
    SystemProof { name }
}

impl<A: ActionMarker, R: ResourceMarker> May<A, R> for Permit<A, R> {
    fn who(&self) -> String {
        Permit::who(self).to_owned()
    }

    fn scope(&self) -> &Scope {
        Permit::scope(self)
    }
}

impl<A: ActionMarker, R: ResourceMarker> May<A, R> for SystemProof {
    fn who(&self) -> String {
        SystemProof::who(self)
    }

    fn scope(&self) -> &Scope {
        &Scope::Platform
    }
}

mod sealed {
    /// Nobody else may say that they may.
    pub trait Sealed {}
    impl<A, R> Sealed for super::Permit<A, R> {}
    impl Sealed for super::SystemProof {}
}
