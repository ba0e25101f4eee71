//! `/onboardings`, `/onboardings/{id}`: the machines that are being brought in.

use read_models::ids::OnboardingId;
use read_models::onboarding::{OnboardingConsole as _, OnboardingView, OnboardingsView};

use super::answer::Unkept;
use super::input::{Asked, ReadId};
use crate::http::Problem;
use crate::http::document::Endpoints;

pub(super) fn endpoints() -> Endpoints {
    Endpoints::under(super::PREFIX, "Nodes")
        .get("/onboardings", onboardings, "Which machines are being brought in, and what is next for each?")
        .get(
            "/onboardings/{id}",
            onboarding,
            "How far is this machine, and what is next? To whoever issued its token the command is shown while it is good.",
        )
}

async fn onboardings(Asked(asking): Asked) -> Result<Unkept<OnboardingsView>, Problem> {
    Ok(Unkept(asking.onboardings(None).await?))
}

async fn onboarding(
    Asked(asking): Asked,
    ReadId(id): ReadId<OnboardingId>,
) -> Result<Unkept<OnboardingView>, Problem> {
    Ok(Unkept(asking.onboarding(id, None, None).await?))
}
