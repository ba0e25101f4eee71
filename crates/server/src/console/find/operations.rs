//! Operations by a few words, as places where their cards stand: on the thing one looks at, on a thing that is named after
//! the operation (`drain hx-114`), else on the page where the thing is chosen.

use super::resources::EACH;
use crate::authz::{Action, Principal, Resource, Scope};
use crate::console::Asking;
use crate::console::targets::Found as Thing;
use crate::facts::{action_on, resource_of};
use crate::projections::find::Words;
use ::operations::Declaration;
use read_models::error::{ConsoleError, ErrorKind};
use read_models::find::{Found, FoundKind};
use read_models::ids::{NodeId, OnboardingId, OperationId, SkuId, WorkloadId};
use read_models::navigation::Address;
use read_models::operation::{Target, TargetKind};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Of the things named after an operation, no more are offered.
const NAMED: usize = 3;

/// A thing an operation may be carried out on: its name, its cards' page, and where it counts.
#[derive(Debug, Clone)]
struct On {
    name: String,
    cards: Address,
    scope: Scope,
    simulated: bool,
}

impl Asking {
    /// What this person may carry out somewhere: on the thing of `here`, on things named in the words, and in general.
    pub(super) async fn operations_called(
        &self,
        words: &Words,
        here: Option<Address>,
    ) -> Result<Vec<Found>, ConsoleError> {
        let here = self.thing_of(here).await?;
        let mut named: HashMap<(TargetKind, String), Vec<On>> = HashMap::new();
        let (mut on_this, mut on_named, mut general) = (Vec::new(), Vec::new(), Vec::new());
        for operation in self.state().register.all() {
            let declared = operation.declaration();
            let Some(kind) = TargetKind::parse(declared.target) else { continue };
            let known = format!("{} {}", declared.title, declared.id);
            let leading = words.leading(&known);
            let rest = words.after(leading);
            if leading == 0 && !words.is_empty() {
                continue;
            }
            if rest.is_empty() {
                let this =
                    here.as_ref().filter(|(of, on)| *of == kind && self.may(declared, kind, &on.scope));
                on_this.extend(this.map(|(_, on)| on_thing(declared, on)));
                if self.may_somewhere(declared, kind)? {
                    general.push(in_general(declared, kind));
                }
                continue;
            }
            let things = match named.entry((kind, rest)) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => {
                    let things = self.things_called(kind, &unknown.key().1).await?;
                    unknown.insert(things)
                }
            };
            let things = things.iter();
            let theirs = things.filter(|on| self.may(declared, kind, &on.scope)).take(NAMED);
            on_named.extend(theirs.map(|on| on_thing(declared, on)));
        }
        // What is called so itself comes before what only belongs to something called so.
        for found in [&mut on_this, &mut general] {
            found.sort_by_key(|found: &Found| !words.all_in(&found.title));
        }
        Ok(on_named.into_iter().chain(on_this).chain(general).collect())
    }

    /// The thing whose page this is, when this person may see it.
    async fn thing_of(&self, here: Option<Address>) -> Result<Option<(TargetKind, On)>, ConsoleError> {
        let Some((target, cards)) = here.and_then(target_of_page) else { return Ok(None) };
        match self.target(&target).await {
            Ok(thing) => Ok(Some((target.kind, on(&thing, cards)))),
            Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Denied) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Things of a kind by their names.
    async fn things_called(&self, kind: TargetKind, text: &str) -> Result<Vec<On>, ConsoleError> {
        Ok(match kind {
            TargetKind::Node => {
                let found = self.nodes_called(text).await?.into_iter().take(EACH);
                found
                    .map(|hit| On {
                        name: hit.name,
                        cards: Address::NodeOperations(hit.id),
                        scope: Scope::Platform,
                        simulated: hit.simulated,
                    })
                    .collect()
            }
            TargetKind::Workload => {
                let found = self.workloads_called(text).await?.into_iter().take(EACH);
                found
                    .map(|hit| On {
                        name: hit.name,
                        cards: Address::WorkloadOperations(hit.id),
                        scope: Scope::Project(hit.project),
                        simulated: hit.simulated,
                    })
                    .collect()
            }
            TargetKind::Sku => {
                let found = self.skus_called(text).await?.into_iter().take(EACH);
                found
                    .map(|hit| On {
                        name: hit.name,
                        cards: Address::ConfigSku(hit.id),
                        scope: Scope::Platform,
                        simulated: false,
                    })
                    .collect()
            }
            TargetKind::Project
            | TargetKind::EnrolmentToken
            | TargetKind::Onboarding
            | TargetKind::Platform
            | TargetKind::User
            | TargetKind::Operation
            | TargetKind::People => Vec::new(),
        })
    }

    /// Where the card of an operation on a thing stands, and which it is there.
    pub(in crate::console) fn place_of_card(
        declared: &Declaration,
        target: &Target,
    ) -> (Address, Option<String>) {
        let card = || Some(declared.id.to_owned());
        let of_thing = match target.kind {
            TargetKind::Node => NodeId::parse(&target.id).ok().map(Address::NodeOperations),
            TargetKind::Workload => WorkloadId::parse(&target.id).ok().map(Address::WorkloadOperations),
            TargetKind::Sku => SkuId::parse(&target.id).ok().map(Address::ConfigSku),
            TargetKind::Operation => OperationId::parse(&target.id).ok().map(Address::Operation),
            TargetKind::Onboarding => {
                let onboarding = OnboardingId::parse(&target.id).ok();
                return onboarding.map_or((Address::Onboardings, None), |id| {
                    (Address::Onboarding { id, step: None }, None)
                });
            }
            TargetKind::Project
            | TargetKind::EnrolmentToken
            | TargetKind::Platform
            | TargetKind::User
            | TargetKind::People => None,
        };
        if let Some(address) = of_thing {
            return (address, card());
        }
        let place = in_general(declared, target.kind);
        (place.address, place.anchor)
    }

    fn may(&self, declared: &Declaration, kind: TargetKind, scope: &Scope) -> bool {
        self.who().is_ok_and(|who| who.can(action_on(kind, declared), resource_of(kind, declared), scope))
    }

    /// Whether there is anywhere this person may carry it out.
    fn may_somewhere(&self, declared: &Declaration, kind: TargetKind) -> Result<bool, ConsoleError> {
        let who = self.who()?;
        let (action, resource) = (action_on(kind, declared), resource_of(kind, declared));
        Ok(scopes(who, kind).iter().any(|scope| may(who, action, resource, scope)))
    }
}

fn may(who: &Principal, action: Action, resource: Resource, scope: &Scope) -> bool {
    who.can(action, resource, scope)
}

/// Where operations on a kind of thing can count for this person.
fn scopes(who: &Principal, kind: TargetKind) -> Vec<Scope> {
    match kind {
        // The card of the people stands on a page of the platform, whosever people they are.
        TargetKind::Node
        | TargetKind::EnrolmentToken
        | TargetKind::Onboarding
        | TargetKind::Platform
        | TargetKind::Sku
        | TargetKind::Operation
        | TargetKind::People => vec![Scope::Platform],
        TargetKind::User => vec![Scope::Person(who.user_id.clone())],
        TargetKind::Workload | TargetKind::Project => {
            std::iter::once(Scope::Platform).chain(who.projects().into_iter().map(Scope::Project)).collect()
        }
    }
}

/// The thing of a page, and the page with its cards.
fn target_of_page(page: Address) -> Option<(Target, Address)> {
    let node = |id: NodeId| {
        let target = Target { kind: TargetKind::Node, id: id.as_str().to_owned() };
        Some((target, Address::NodeOperations(id)))
    };
    let workload = |id: WorkloadId| {
        let target = Target { kind: TargetKind::Workload, id: id.as_str().to_owned() };
        Some((target, Address::WorkloadOperations(id)))
    };
    let sku = |id: SkuId| {
        let target = Target { kind: TargetKind::Sku, id: id.as_str().to_owned() };
        Some((target, Address::ConfigSku(id)))
    };
    match page {
        Address::ConfigSku(id) => sku(id),
        Address::Node(id)
        | Address::NodeOperations(id)
        | Address::NodeActivity(id)
        | Address::NodeCapabilities(id)
        | Address::NodeCertificate(id) => node(id),
        Address::Workload(id)
        | Address::WorkloadMetrics { id, .. }
        | Address::WorkloadOperations(id)
        | Address::WorkloadActivity(id) => workload(id),
        Address::SignIn
        | Address::Workbench
        | Address::Workloads(_)
        | Address::Compute
        | Address::LaunchCompute { .. }
        | Address::ConfigSkus
        | Address::Onboardings
        | Address::Onboarding { .. }
        | Address::Ops
        | Address::Nodes
        | Address::Invitation { .. }
        | Address::IamUsers
        | Address::AccountProfile
        | Address::AccountSecurity
        | Address::AccountSessions
        | Address::Find { .. }
        | Address::Plan(_)
        | Address::Operation(_)
        | Address::OperationEvidence(_)
        | Address::Evidence
        | Address::EvidenceAudit(_)
        | Address::EvidenceBundles
        | Address::EvidenceOperations(_)
        | Address::AccessAudit { .. }
        | Address::EvidenceCheckpoints => None,
    }
}

fn on(thing: &Thing, cards: Address) -> On {
    On { name: thing.view.name.clone(), cards, scope: thing.scope(), simulated: thing.view.simulated }
}

fn on_thing(declared: &Declaration, on: &On) -> Found {
    Found {
        kind: FoundKind::Operation,
        title: declared.title.to_owned(),
        detail: format!("on {}", on.name),
        state: None,
        address: on.cards.clone(),
        anchor: Some(declared.id.to_owned()),
        simulated: on.simulated,
    }
}

/// Where the card stands, or where the thing is chosen whose page has it.
fn in_general(declared: &Declaration, kind: TargetKind) -> Found {
    let card = || Some(declared.id.to_owned());
    let part = |id: &str| Some(id.to_owned());
    let (address, anchor, detail) = match (kind, declared.id.split('.').next().unwrap_or_default()) {
        (TargetKind::Node, _) => (Address::Nodes, None, "choose the node first"),
        (TargetKind::Workload, _) => (Address::Workbench, None, "choose the workload first"),
        (TargetKind::Project, "bulk") => (Address::Workbench, part("bulk"), "tick the workloads first"),
        (TargetKind::Project, _) => (Address::LaunchCompute { sku: None }, None, "choose the SKU first"),
        (TargetKind::EnrolmentToken, _) => (Address::Nodes, part("enrolment"), "choose the token first"),
        (TargetKind::Onboarding, _) => (Address::Onboardings, None, "choose the machine first"),
        (TargetKind::Sku, _) => (Address::ConfigSkus, None, "choose the SKU first"),
        (TargetKind::Platform, "sku") => (Address::ConfigSkus, card(), "its card, under the SKUs"),
        (TargetKind::Platform, "action_item") => {
            (Address::Ops, part("needs-action"), "choose the item first")
        }
        (TargetKind::Platform, "bulk") => (Address::Nodes, part("bulk"), "tick the nodes first"),
        (TargetKind::Platform, "platform") => (Address::Ops, card(), "its card, under platform operations"),
        (TargetKind::Platform, "evidence" | "audit" | "checkpoint") => {
            (Address::Evidence, card(), "its card, under the evidence")
        }
        (TargetKind::Platform, "onboarding") => (Address::Onboardings, card(), "its card, under bringing in"),
        (TargetKind::Platform, _) => (Address::Nodes, card(), "its card, under the nodes"),
        (TargetKind::People, _) if matches!(declared.id, "user.invite" | "approval_policy.set") => {
            (Address::IamUsers, card(), "its card, under the users")
        }
        (TargetKind::People, _) => (Address::IamUsers, None, "choose the invitation first"),
        (TargetKind::Operation, _) => (Address::Ops, part("needs-action"), "choose the operation first"),
        (TargetKind::User, "session") => (Address::AccountSessions, None, "of your own account"),
        (TargetKind::User, "ssh_key") => (Address::AccountSecurity, part("ssh-keys"), "of your own account"),
        (TargetKind::User, "password") => (Address::AccountSecurity, card(), "of your own account"),
        (TargetKind::User, "passkey") => (Address::AccountSecurity, part("passkeys"), "of your own account"),
        (TargetKind::User, "totp" | "recovery_code") => {
            (Address::AccountSecurity, part("second-factor"), "of your own account")
        }
        (TargetKind::User, "token") => (Address::AccountSecurity, part("tokens"), "of your own account"),
        (TargetKind::User, "view") => (Address::Workbench, part("views"), "of your own, on the list"),
        (TargetKind::User, _) => (Address::AccountProfile, card(), "of your own account"),
    };
    Found {
        kind: FoundKind::Operation,
        title: declared.title.to_owned(),
        detail: detail.to_owned(),
        state: None,
        address,
        anchor,
        simulated: false,
    }
}
