//! The register: every operation there is, one line each. Whatever changes something is in here.

mod asking;
mod enrolment_token;
mod node;
mod profile;
mod session;
mod ssh_key;
mod stopping;
#[cfg(test)]
mod tests;
mod token;
mod workload;
mod world;

use operations::Register;

pub use enrolment_token::issue::secret_of as enrolment_secret_of;
pub(crate) use stopping::seen_gone;
pub use world::World;

/// Every operation there is.
pub fn register() -> Register<World> {
    Register::default()
        .with::<node::probe::Probe>()
        .with::<node::drain::Drain>()
        .with::<node::resume::Resume>()
        .with::<workload::launch::Launch>()
        .with::<workload::release::Release>()
        .with::<enrolment_token::issue::Issue>()
        .with::<profile::update::Update>()
        .with::<ssh_key::add::Add>()
        .with::<ssh_key::remove::Remove>()
        .with::<session::end::End>()
        .with::<token::issue::Issue>()
        .with::<token::revoke::Revoke>()
}
