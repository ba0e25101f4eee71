//! `user.invite`: a link that works once, for one email, and gives one role where it counts.
//!
//! When it fails there is no invitation. Asking tells nobody whether the email has an account here: that is never looked at.

use super::super::world::{World, cannot_look, commit, operation_of, surely_nothing};
use super::place_of;
use crate::authn::{invitation_secret, is_email, stored_hash};
use crate::authz::{Grant, Role, Scope};
use crate::store::db::StoreError;
use crate::store::invitations::{self, Invitation, NewInvitation};
use crate::store::operations as stored;
use crate::store::users::canonical_email;
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, InputError, Intent, Lock, Observation,
    Operation, Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::{InvitationId, OperationId, ProjectId};
use schemars::JsonSchema;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The longest time a link is good, in days.
const LONGEST: u16 = 30;
const A_DAY: Duration = Duration::from_hours(24);
/// More than these nobody keeps track of.
const MOST: usize = 200;
/// One more is read, to know.
const READ: i64 = 201;

/// The declaration.
pub(crate) struct Invite;

/// What is open already, and for whom the next one is.
pub(crate) struct Facts {
    scope: Scope,
    place: String,
    open: Vec<Invitation>,
    about: Option<String>,
}

#[async_trait]
impl Operation<World> for Invite {
    const DECLARATION: Declaration = Declaration {
        id: "user.invite",
        version: 1,
        target: "people",
        intent: Intent::SetUp,
        title: "Invite person",
        danger: Danger::Safe,
        steps: &["Write the invitation down"],
        expected: "There is a link that lets this person in once, with this role. It is shown to you for ten minutes, or until it is used, and never again.",
        verified_by: "The invitation is read again.",
        on_failure: "There is no invitation.",
        progress: "On the page of the people.",
        evidence: "Who invited whom, with which role, and until when the link is good. Never the link.",
        audit: "asked to invite somebody to",
    };
    const RULES: &'static [Rule<Facts>] = &[
        Rule {
            code: "is_not_invited",
            holds: "No open invitation here is for this email.",
            check: is_not_invited,
        },
        Rule { code: "has_room", holds: "Fewer than 200 invitations are open here.", check: has_room },
    ];
    const LETS_IN: bool = true;
    type Facts = Facts;
    type Input = InviteInput;
    type Step = InviteStep;

    fn usual_input() -> Option<InviteInput> {
        Some(InviteInput { email: String::new(), role: AskedRole::Member, days: 7 })
    }

    fn check_input(input: &InviteInput) -> Result<(), Vec<InputError>> {
        let mut errors = Vec::new();
        if !is_email(&input.email) {
            errors.push(InputError::at("/email", "Write an email like name@example.org."));
        }
        if !(1..=LONGEST).contains(&input.days) {
            errors.push(InputError::at("/days", format!("Use 1 to {LONGEST} days.")));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    async fn facts(world: &World, target: &str, input: Option<&InviteInput>) -> Result<Facts, FactsError> {
        let (scope, place) = place_of(world, target).await?;
        if let Some(input) = input.filter(|input| !input.email.is_empty()) {
            fits(input.role.role(), &scope)?;
        }
        let now = world.now();
        let open = invitations::open(&mut &world.db, &world.proof, now, READ).await;
        let mut open = open.map_err(super::super::world::no_facts)?;
        open.retain(|invitation| invitation.grant.scope == scope);
        let about = input.map(|input| canonical_email(&input.email)).filter(|email| !email.is_empty());
        Ok(Facts { scope, place, open, about })
    }

    fn locks(target: &str, _: &Facts) -> Vec<Lock> {
        vec![Lock::exclusive(format!("people/{target}"))]
    }

    fn plan(facts: &Facts, input: &InviteInput) -> Plan<InviteStep> {
        let (email, role, days) = (canonical_email(&input.email), input.role, input.days);
        let project = facts.scope.project().cloned();
        let who = format!(
            "Whoever has the link comes in as {} on {}, once, within {days} days.",
            role.role().key().replace('_', " "),
            facts.place
        );
        Plan::new().step(InviteStep::Write { email, role, project, days }).noticed_by(who)
    }
}

/// A role of a project is held in a project, the others on the platform.
fn fits(role: Role, scope: &Scope) -> Result<(), FactsError> {
    if role.is_of_project() == scope.project().is_some() {
        return Ok(());
    }
    let sentence = if role.is_of_project() {
        "This role is held in a project: choose the project, or a role of the platform."
    } else {
        "This role is held on the platform: choose the platform, or a role of a project."
    };
    Err(FactsError::Input(vec![InputError::at("/role", sentence)]))
}

fn is_not_invited(facts: &Facts) -> Result<(), Blocker> {
    let Some(email) = &facts.about else { return Ok(()) };
    if facts.open.iter().any(|invitation| invitation.email == *email) {
        let sentence = format!("An open invitation to {} is for {email}: revoke it first.", facts.place);
        return Err(Blocker::new(sentence).unblocked_by("user.revoke_invitation"));
    }
    Ok(())
}

fn has_room(facts: &Facts) -> Result<(), Blocker> {
    let open = facts.open.len();
    if open < MOST {
        return Ok(());
    }
    let sentence = format!("{open} invitations to {} are open: revoke some first.", facts.place);
    Err(Blocker::new(sentence).unblocked_by("user.revoke_invitation"))
}

/// Who, and as what.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InviteInput {
    /// The email of the person, to whom you give the link.
    email: String,
    /// What the person may be. The first three are held in a project, the others on the platform.
    role: AskedRole,
    /// Days until the link ends, 1 to 30.
    days: u16,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum AskedRole {
    Viewer,
    Member,
    ProjectAdmin,
    Operator,
    PlatformAdmin,
    Finance,
    Auditor,
}

impl AskedRole {
    const fn role(self) -> Role {
        match self {
            Self::Viewer => Role::Viewer,
            Self::Member => Role::Member,
            Self::ProjectAdmin => Role::ProjectAdmin,
            Self::Operator => Role::Operator,
            Self::PlatformAdmin => Role::PlatformAdmin,
            Self::Finance => Role::Finance,
            Self::Auditor => Role::Auditor,
        }
    }
}

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum InviteStep {
    Write { email: String, role: AskedRole, project: Option<ProjectId>, days: u16 },
}

#[async_trait]
impl Step<World> for InviteStep {
    fn title(&self) -> String {
        let Self::Write { email, role, days, .. } = self;
        format!("Write down an invitation for {email}: {}, {days} days", role.role().key())
    }

    fn observed_by(&self) -> Option<String> {
        Some("the invitation, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::TakesBack("The invitation is revoked.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by("user.revoke_invitation"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Write { email, role, project, days } = self;
        let (operation, id) = ids_of(attempt)?;
        let mut tx = world.effect(attempt).await?;
        match invitations::find(&mut tx, &world.proof, &id).await {
            Ok(_) => return Ok(Performed::Acknowledged("It is written down already.".to_owned())),
            Err(StoreError::NotFound) => {}
            Err(error) => return Err(surely_nothing(error)),
        }
        let asked = stored::find_system(&mut tx, &world.proof, &operation).await.map_err(surely_nothing)?;
        let now = world.now();
        let scope = project.clone().map_or(Scope::Platform, Scope::Project);
        let new = NewInvitation {
            id: &id,
            hash: &stored_hash(invitation_secret(&world.sealing, &id).expose_secret()),
            email,
            grant: &Grant { role: role.role(), scope },
            invited_by: &asked.user,
            expires_at: now.plus(A_DAY * u32::from(*days)),
        };
        invitations::add(&mut tx, &world.proof, new, now).await.map_err(surely_nothing)?;
        commit(tx).await?;
        Ok(Performed::Acknowledged("It is written down.".to_owned()))
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        let Ok((_, id)) = ids_of(attempt) else {
            return Observation::Contrary("Its id cannot be read.".to_owned());
        };
        match invitations::find(&mut &world.db, &world.proof, &id).await {
            Ok(found) => Observation::seen(
                "The invitation is open.",
                json!({ "id": id, "email": found.email, "role": found.grant.role.key(),
                    "expires_at": found.expires_at }),
            ),
            Err(StoreError::NotFound) => Observation::Absent("There is no invitation.".to_owned()),
            Err(error) => cannot_look(&error),
        }
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let (_, id) = ids_of(attempt)?;
        let mut tx = world.effect(attempt).await?;
        match invitations::revoke(&mut tx, &world.proof, &id, world.now()).await {
            Ok(()) | Err(StoreError::NotFound) => commit(tx).await?,
            Err(error) => return Err(surely_nothing(error)),
        }
        Ok(Performed::Acknowledged("It is revoked.".to_owned()))
    }

    async fn observe_undone(&self, world: &World, attempt: &Attempt) -> Observation {
        let Ok((_, id)) = ids_of(attempt) else {
            return Observation::Contrary("Its id cannot be read.".to_owned());
        };
        match invitations::find(&mut &world.db, &world.proof, &id).await {
            Ok(found) if found.used_at.is_some() => {
                Observation::Contrary("Somebody has come in with it meanwhile.".to_owned())
            }
            Ok(found) if found.revoked_at.is_none() => {
                Observation::Absent("The invitation is still open.".to_owned())
            }
            Ok(_) => Observation::seen("The link lets nobody in any more.", json!({ "id": id })),
            Err(StoreError::NotFound) => Observation::seen("There is no invitation.", json!(null)),
            Err(error) => cannot_look(&error),
        }
    }
}

/// The invitation of an operation has its digits: written again it is the same one.
fn ids_of(attempt: &Attempt) -> Result<(OperationId, InvitationId), Trouble> {
    let id = operation_of(attempt)?;
    let invitation = InvitationId::from_uuid(id.digits());
    Ok((id, invitation))
}
