//! Who has an account, and who is invited? And what does this link let me do?

use super::Asking;
use super::targets::Found;
use crate::authn::{invitation_secret, stored_hash};
use crate::authz::{Grant, Invitations, OperationRecords, Permit, Principal, Read, Scope, Users, Via};
use crate::projections::account::SHOWN_FOR;
use crate::store::invitations::{self, Invitation, Standing};
use crate::store::operations as stored;
use crate::store::projects;
use crate::store::users::{self, Person};
use read_models::Answer;
use read_models::error::ConsoleError;
use read_models::iam::{
    IamConsole, InvitationLink, InvitationRow, InvitationStanding, InvitationView, Invited, PeopleView,
    PersonRow,
};
use read_models::ids::DraftId;
use read_models::navigation::Address;
use read_models::operation::{OperationCard, Target, TargetKind};
use read_models::session::{ProjectRef, RoleView};
use read_models::workloads::RunNext;
use secrecy::ExposeSecret as _;

/// People the page shows.
const PEOPLE: i64 = 500;
/// Invitations it shows.
const OPEN: i64 = 200;
const PAST: i64 = 20;

impl IamConsole for Asking {
    fn people(&self, draft: Option<DraftId>) -> Answer<'_, PeopleView> {
        Box::pin(async move {
            let permit: Permit<Read, Users> = self.permit(&Scope::Platform)?;
            let open: Permit<Read, Invitations> = self.permit(&Scope::Platform)?;
            let records: Permit<Read, OperationRecords> = self.permit(&Scope::Platform)?;
            let (db, now, who) = (&self.state().db, self.now(), self.who()?);
            let target = people_of("platform");
            let found = self.target(&target).await?;
            let people = users::list(db, &permit, PEOPLE + 1).await.map_err(|error| self.broken(error))?;
            let open = invitations::open(&mut &*db, &open, now, OPEN).await;
            let open = open.map_err(|error| self.broken(error))?;
            let visible = projects::visible_to(db, who).await.map_err(|error| self.broken(error))?;
            let visible: Vec<_> =
                visible.into_iter().map(|p| ProjectRef { id: p.id, name: p.name }).collect();
            let past = stored::newest_of_kind(db, &records, TargetKind::People, PAST).await;
            let past = past.map_err(|error| self.broken(error))?;
            let mut invite = self.people_card("user.invite", &target, &found, &past).await?;
            self.bring_back(draft.as_ref(), [&mut invite]).await?;
            let shown = usize::try_from(PEOPLE).unwrap_or(usize::MAX);
            let never = people.iter().filter(|person| person.signed_in_at.is_none()).count();
            Ok(PeopleView {
                as_of: now,
                more_people: people.len() > shown,
                people: people.into_iter().take(shown).map(|person| row(person, &visible)).collect(),
                action_required: without_second(&open),
                run_next: next(&open),
                safe_to_ignore: ignorable(never),
                invitations: open.into_iter().map(|one| self.invitation_row(one, who, &visible)).collect(),
                revoke: self.people_card("user.revoke_invitation", &target, &found, &past).await?,
                approval_policy: {
                    let mut card = self.people_card("approval_policy.set", &target, &found, &past).await?;
                    self.bring_back(draft.as_ref(), [&mut card]).await?;
                    card
                },
                invite,
                places: places(&visible),
                in_progress: past
                    .iter()
                    .filter(|run| !run.state.is_over())
                    .map(|run| self.brief(run))
                    .collect(),
                past_operations: self.past_runs(&past),
            })
        })
    }

    fn invitation(&self, secret: String) -> Answer<'_, InvitationView> {
        Box::pin(async move {
            let found = self.state().authn.invitation(&secret).await.map_err(|error| self.broken(error))?;
            let signed_in_as = self.who().ok().map(|who| who.email.clone());
            let now = self.now();
            let standing = found.as_ref().map(|one| one.standing(now));
            let open = found.filter(|_| standing == Some(Standing::Open));
            let invitation = match open {
                Some(one) => Some(Invited {
                    place: self.place_name(&one.grant.scope).await?,
                    email: one.email,
                    role: one.grant.role,
                    invited_by: one.inviter,
                    good_for_s: one.expires_at.since(now).as_secs(),
                }),
                None => None,
            };
            let standing = match standing {
                Some(Standing::Open) => InvitationStanding::Open,
                Some(Standing::Used) => InvitationStanding::Used,
                Some(Standing::Revoked) => InvitationStanding::Revoked,
                Some(Standing::Over) => InvitationStanding::Over,
                None => InvitationStanding::Unknown,
            };
            Ok(InvitationView { standing, invitation, signed_in_as })
        })
    }
}

impl Asking {
    async fn people_card(
        &self,
        operation: &str,
        target: &Target,
        found: &Found,
        past: &[stored::StoredOperation],
    ) -> Result<OperationCard, ConsoleError> {
        let Some(known) = self.state().register.find(operation) else {
            return Err(ConsoleError::not_found("operation"));
        };
        self.card(known, target, found, past).await
    }

    /// The link is made again for the browser of who invited, for a few minutes.
    fn invitation_row(&self, one: Invitation, who: &Principal, visible: &[ProjectRef]) -> InvitationRow {
        let shown_until = one.invited_at.plus(SHOWN_FOR);
        let is_theirs = matches!(who.via, Via::Session { .. }) && one.invited_by == who.user_id;
        let link = (is_theirs && self.now() < shown_until).then(|| {
            let secret = invitation_secret(&self.state().sealing, &one.id);
            let secret = secret.expose_secret();
            let path = Address::Invitation { secret: secret.to_owned() }.to_string();
            (stored_hash(secret) == one.hash).then_some(InvitationLink { path, shown_until })
        });
        InvitationRow {
            target: people_of(one.grant.scope.project().map_or("platform", |id| id.as_str())).to_string(),
            role: role(&one.grant, visible),
            id: one.id,
            email: one.email,
            invited_by: one.inviter,
            expires_at: one.expires_at,
            link: link.flatten(),
        }
    }

    /// The name of where a role counts, for who was invited there.
    async fn place_name(&self, scope: &Scope) -> Result<String, ConsoleError> {
        let Some(id) = scope.project() else { return Ok("the platform".to_owned()) };
        let project = projects::find(&mut &self.state().db, &self.proof(), id).await;
        Ok(project.map_err(|error| self.broken(error))?.name)
    }
}

fn people_of(whose: &str) -> Target {
    Target { kind: TargetKind::People, id: whose.to_owned() }
}

fn role(grant: &Grant, visible: &[ProjectRef]) -> RoleView {
    let project = visible.iter().find(|project| Some(&project.id) == grant.scope.project()).cloned();
    RoleView { role: grant.role, project }
}

fn row(person: Person, visible: &[ProjectRef]) -> PersonRow {
    PersonRow {
        id: person.id,
        email: person.email,
        display_name: person.display_name,
        roles: person.grants.iter().map(|grant| role(grant, visible)).collect(),
        signed_in_at: person.signed_in_at,
        suspended_at: person.suspended_at,
    }
}

fn places(visible: &[ProjectRef]) -> Vec<(String, String)> {
    let platform = (people_of("platform").to_string(), "the platform".to_owned());
    let projects = visible.iter().map(|p| (people_of(p.id.as_str()).to_string(), p.name.clone()));
    std::iter::once(platform).chain(projects).collect()
}

/// An invitation that gives everything is worth a word while it is open.
fn without_second(open: &[Invitation]) -> Vec<String> {
    let all = open.iter().filter(|one| one.grant.role == crate::authz::Role::PlatformAdmin);
    all.map(|one| {
        format!("The link for {} gives every permission there is until it is used or ends.", one.email)
    })
    .collect()
}

fn next(open: &[Invitation]) -> Option<RunNext> {
    open.is_empty().then(|| RunNext {
        operation: "user.invite".to_owned(),
        title: "Invite person".to_owned(),
        reason: "No invitation is open.".to_owned(),
    })
}

fn ignorable(never: usize) -> String {
    match never {
        0 => "Everybody has signed in; nothing has to be done.".to_owned(),
        1 => "1 account was not signed in to since that is written down: it may be somebody's script."
            .to_owned(),
        more => {
            format!("{more} accounts were not signed in to since that is written down: they may be scripts'.")
        }
    }
}
