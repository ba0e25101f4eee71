//! The seven steps: which is done, which is next, and what each has to say in a few words.

use super::{Known, has_landed};
use read_models::onboarding::{OnboardingStatus, OnboardingStep, Posture, SetupRow, StepRow, StepStanding};
use read_models::time::spoken;

/// How the onboarding stands.
pub fn status(known: &Known<'_>) -> OnboardingStatus {
    if known.node.is_some_and(has_landed) {
        OnboardingStatus::Landed
    } else if known.onboarding.abandoned.is_some() {
        OnboardingStatus::Abandoned
    } else {
        OnboardingStatus::Unfinished
    }
}

/// The steps, in order.
pub fn steps(known: &Known<'_>, setup: &[SetupRow]) -> Vec<StepRow> {
    let one = |step: &OnboardingStep| {
        let (standing, summary) = match step {
            OnboardingStep::Site => site(known),
            OnboardingStep::Role => role(known),
            OnboardingStep::Setup => set_up(known, setup),
            OnboardingStep::Token => token(known),
            OnboardingStep::Command => command(known),
            OnboardingStep::Signs => signs(known),
            OnboardingStep::Land => land(known),
        };
        StepRow { step: *step, standing, summary }
    };
    OnboardingStep::ALL.iter().map(one).collect()
}

/// The step that is next: the first that asks for something.
pub fn next(steps: &[StepRow]) -> OnboardingStep {
    let asks = steps.iter().find(|row| row.standing == StepStanding::Next);
    asks.map_or(OnboardingStep::Signs, |row| row.step)
}

fn site(known: &Known<'_>) -> (StepStanding, String) {
    let mode = known.onboarding.mode.word();
    let summary = match &known.onboarding.site {
        Some(site) => format!("{site} · {mode}"),
        None => mode.to_owned(),
    };
    (StepStanding::Done, summary)
}

fn role(known: &Known<'_>) -> (StepStanding, String) {
    let Some(role) = known.onboarding.role else {
        return (StepStanding::Next, "not chosen yet".to_owned());
    };
    let name = known.onboarding.node_name.as_deref().unwrap_or("the machine's own name");
    (StepStanding::Done, format!("{} · {name}", role.word()))
}

fn set_up(known: &Known<'_>, setup: &[SetupRow]) -> (StepStanding, String) {
    let configured = setup.iter().filter(|row| row.posture == Posture::Configured).count();
    let lacking = setup.iter().filter(|row| row.is_needed && row.posture != Posture::Configured).count();
    match lacking {
        0 => (
            StepStanding::Done,
            format!("{configured} of {} configured, the rest is not needed", setup.len()),
        ),
        1 if known.onboarding.role.is_some() => (StepStanding::Next, "1 thing is needed".to_owned()),
        more if known.onboarding.role.is_some() => (StepStanding::Next, format!("{more} things are needed")),
        more => (StepStanding::Open, format!("{more} needed")),
    }
}

fn token(known: &Known<'_>) -> (StepStanding, String) {
    if known.onboarding.role.is_none() && known.token.is_none() {
        return (StepStanding::Later, "after the role".to_owned());
    }
    let Some(token) = known.token else {
        return (StepStanding::Next, "none yet".to_owned());
    };
    if token.used.is_some() {
        return (StepStanding::Done, "used".to_owned());
    }
    match known.token_is_over() {
        Some(why) => (StepStanding::Next, format!("{why}: another one is needed")),
        None => (StepStanding::Done, format!("ends in {}", spoken(token.expires_at.since(known.now)))),
    }
}

fn command(known: &Known<'_>) -> (StepStanding, String) {
    match known.token {
        Some(token) if token.used.is_some() => (StepStanding::Done, "the machine has come in".to_owned()),
        // What it was told when it tried says more than the command.
        Some(token) if token.is_good(known.now) && known.attempts.is_empty() => {
            (StepStanding::Next, "not run yet".to_owned())
        }
        Some(token) if token.is_good(known.now) => (StepStanding::Open, "tried, and refused".to_owned()),
        Some(_) | None => (StepStanding::Later, "after the token".to_owned()),
    }
}

fn signs(known: &Known<'_>) -> (StepStanding, String) {
    let Some(token) = known.token else { return (StepStanding::Later, "after the token".to_owned()) };
    let there = super::lamps(known)
        .iter()
        .filter(|lamp| lamp.state == read_models::onboarding::LampState::There)
        .count();
    let summary = format!("{there} of 4 there");
    if known.node.is_some_and(has_landed) {
        return (StepStanding::Done, summary);
    }
    let has_tried = token.used.is_some() || (!known.attempts.is_empty() && token.is_good(known.now));
    (if has_tried { StepStanding::Next } else { StepStanding::Open }, summary)
}

fn land(known: &Known<'_>) -> (StepStanding, String) {
    match known.node.filter(|node| has_landed(node)) {
        Some(node) => (StepStanding::Next, format!("on {}", node.name)),
        None => (StepStanding::Later, "when all signs are there".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Sample, minutes};
    use super::*;
    use StepStanding::{Done, Later, Next, Open};

    fn standings(sample: &Sample) -> Vec<StepStanding> {
        steps(&sample.known(), &[]).into_iter().map(|row| row.standing).collect()
    }

    #[test]
    fn one_step_is_next_whatever_has_happened() {
        use OnboardingStep::{Command, Land, Role, Signs, Token};
        let token = Sample::with_token;
        for (name, sample, wanted, is_next) in [
            ("begun", Sample::begun(), [Done, Next, Done, Later, Later, Later, Later], Role),
            ("role", Sample::chosen(), [Done, Done, Done, Next, Later, Later, Later], Token),
            ("token", token(), [Done, Done, Done, Done, Next, Open, Later], Command),
            ("revoked", token().revoked(), [Done, Done, Done, Next, Later, Open, Later], Token),
            ("over", token().at(minutes(61)), [Done, Done, Done, Next, Later, Open, Later], Token),
            ("refused", token().refused(minutes(2)), [Done, Done, Done, Done, Open, Next, Later], Signs),
            ("came in", token().used(), [Done, Done, Done, Done, Done, Next, Later], Signs),
            ("heard", token().used().heard(true, false), [Done, Done, Done, Done, Done, Next, Later], Signs),
            ("landed", token().used().heard(true, true), [Done, Done, Done, Done, Done, Done, Next], Land),
        ] {
            assert_eq!(standings(&sample), wanted, "{name}");
            assert_eq!(next(&steps(&sample.known(), &[])), is_next, "{name}");
        }
    }

    #[test]
    fn what_is_needed_and_not_there_comes_before_the_token() {
        let lacking = SetupRow {
            code: "agents_address".to_owned(),
            title: "Address for agents".to_owned(),
            posture: Posture::Missing,
            is_needed: true,
            sentence: String::new(),
            address: None,
        };
        let rows = steps(&Sample::chosen().known(), std::slice::from_ref(&lacking));
        assert_eq!((rows[2].standing, next(&rows)), (Next, OnboardingStep::Setup));
        let optional = SetupRow { is_needed: false, ..lacking };
        assert_eq!(steps(&Sample::chosen().known(), &[optional])[2].standing, Done);
    }

    #[test]
    fn a_machine_that_has_landed_has_landed_also_when_somebody_gave_it_up() {
        assert_eq!(status(&Sample::begun().known()), OnboardingStatus::Unfinished);
        assert_eq!(status(&Sample::begun().abandoned().known()), OnboardingStatus::Abandoned);
        let landed = Sample::with_token().used().heard(true, true);
        assert_eq!(status(&landed.abandoned().known()), OnboardingStatus::Landed);
    }
}
