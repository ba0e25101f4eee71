//! `/platform/iam/users`, `/invitations/{token}`: who may come in.

use read_models::iam::{IamConsole as _, InvitationView, PeopleView};

use super::answer::Unkept;
use super::input::{Anybody, Asked, ReadText};
use crate::http::Problem;
use crate::http::document::Endpoints;

pub(super) fn endpoints() -> Endpoints {
    Endpoints::under(super::PREFIX, "People")
        .get("/platform/iam/users", people, "Who has an account, and who is invited?")
        .get(
            "/invitations/{token}",
            invitation,
            "What does the link of an invitation let in? Anybody who has it may ask.",
        )
}

async fn people(Asked(asking): Asked) -> Result<Unkept<PeopleView>, Problem> {
    Ok(Unkept(asking.people(None).await?))
}

async fn invitation(
    Anybody(asking): Anybody,
    ReadText(token): ReadText,
) -> Result<Unkept<InvitationView>, Problem> {
    Ok(Unkept(asking.invitation(token).await?))
}
