//! The register: every operation there is, one line each. Whatever changes something is in here.

mod action_item;
mod approval_policy;
mod asking;
mod audit;
mod bulk;
mod checkpoint;
mod enrolment_token;
mod evidence;
mod kept;
mod leaving_alone;
mod node;
mod onboarding;
mod operation;
mod passkey;
mod password;
mod platform;
mod profile;
mod recovery_code;
mod session;
mod sku;
mod ssh_key;
mod stopping;
#[cfg(test)]
mod tests;
mod token;
mod totp;
mod user;
mod view;
mod workload;
mod world;

use operations::Register;

pub(crate) use bulk::{
    BulkInput, Child, ChildStart, Over as BulkOver, Selection, StartsChildren, Tally as BulkTally,
    selection_of,
};
pub use enrolment_token::issue::secret_of as enrolment_secret_of;
pub(crate) use kept::place_of as kept_place;
pub(crate) use operation::{hand_over::nobody as nobody_who_may, is_called, needs_somebody, who_may};
pub(crate) use sku::price_written;
pub(crate) use stopping::seen_gone;
pub use world::World;

/// Every operation there is.
pub fn register() -> Register<World> {
    Register::default()
        .with::<node::probe::Probe>()
        .with::<node::refresh_inventory::RefreshInventory>()
        .with::<node::disable_scheduling::DisableScheduling>()
        .with::<node::enable_scheduling::EnableScheduling>()
        .with::<node::drain::Drain>()
        .with::<node::resume::Resume>()
        .with::<node::begin_maintenance::BeginMaintenance>()
        .with::<node::end_maintenance::EndMaintenance>()
        .with::<bulk::run::RunMany<bulk::Nodes>>()
        .with::<bulk::run::RunMany<bulk::Workloads>>()
        .with::<action_item::acknowledge::Acknowledge>()
        .with::<action_item::reopen::Reopen>()
        .with::<operation::hand_over::HandOverTo>()
        .with::<operation::take_back::TakeBack>()
        .with::<approval_policy::set::Set>()
        .with::<platform::freeze::Freeze>()
        .with::<platform::unfreeze::Unfreeze>()
        .with::<sku::create::Create>()
        .with::<sku::update::Update>()
        .with::<sku::retire::Retire>()
        .with::<workload::launch::Launch>()
        .with::<workload::stop::Stop>()
        .with::<workload::start::Start>()
        .with::<workload::restart::Restart>()
        .with::<workload::retry::Retry>()
        .with::<workload::acknowledge::Acknowledge>()
        .with::<workload::archive::Archive>()
        .with::<workload::release::Release>()
        .with::<enrolment_token::issue::Issue>()
        .with::<enrolment_token::revoke::Revoke>()
        .with::<onboarding::begin::Begin>()
        .with::<onboarding::choose::Choose>()
        .with::<onboarding::use_token::UseToken>()
        .with::<onboarding::abandon::Abandon>()
        .with::<profile::update::Update>()
        .with::<password::change::Change>()
        .with::<totp::add::Add>()
        .with::<totp::remove::Remove>()
        .with::<passkey::add::Add>()
        .with::<passkey::remove::Remove>()
        .with::<recovery_code::issue::Issue>()
        .with::<ssh_key::add::Add>()
        .with::<ssh_key::remove::Remove>()
        .with::<session::end::End>()
        .with::<token::issue::Issue>()
        .with::<token::revoke::Revoke>()
        .with::<user::invite::Invite>()
        .with::<user::revoke_invitation::RevokeInvitation>()
        .with::<view::save::Save>()
        .with::<view::rename::Rename>()
        .with::<view::delete::Delete>()
        .with::<evidence::export::ExportEvidence>()
        .with::<audit::verify::Verify>()
        .with::<checkpoint::publish::Publish>()
}
