//! Whether what was approved is what would be done now, and if not, what is different.

use operations::{EvaluateError, Evaluated, StepRecord};

/// What is different, as sentences; none when it is the same plan.
pub fn differs(
    plan_hash: &str,
    steps: &[StepRecord],
    now: &Result<Evaluated, EvaluateError>,
) -> Option<String> {
    let now = match now {
        Ok(now) if now.hash == plan_hash => return None,
        Ok(now) => now,
        Err(EvaluateError::NoTarget | EvaluateError::Input(_)) => {
            return Some("What it was planned for is not there any more.".to_owned());
        }
        // Nobody knows: asked again.
        Err(EvaluateError::Unavailable(_)) => return None,
    };
    let mut found: Vec<String> = now.blockers().map(|(_, blocker)| blocker.sentence.clone()).collect();
    let titles = |steps: &[StepRecord]| steps.iter().map(|step| step.title.clone()).collect::<Vec<_>>();
    if titles(steps) != titles(&now.steps) {
        found.push(format!("It would now be {}.", titles(&now.steps).join(", then ")));
    }
    if found.is_empty() {
        found.push("Who notices, or what it stands on, is not the same.".to_owned());
    }
    Some(format!("What the plan was made from has changed: {}", found.join(" ")))
}
