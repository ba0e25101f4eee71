//! What a bulk is asked with: which operation, on which targets, how many first, how many at one time, when to stop.

use super::over::Over;
use operations::InputError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// More targets than this nobody reads before they confirm.
const MOST_TARGETS: usize = 200;
/// More at one time is no order any more.
const MOST_AT_ONCE: u32 = 50;

/// One operation on many targets.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BulkInput {
    /// The operation that each of them gets, like `node.drain` or `workload.stop`.
    pub(crate) operation: String,
    /// The ids of the targets, at most 200; their order is the order in which they come.
    pub(crate) targets: Vec<String>,
    /// What each operation is asked with, as for one of them alone.
    #[serde(default)]
    pub(crate) with: Map<String, Value>,
    /// So many come first and have to succeed before the rest begins; 0 for none.
    #[serde(default = "usual_canary")]
    pub(crate) canary: u32,
    /// So many run at one time.
    #[serde(default = "usual_parallelism")]
    pub(crate) parallelism: u32,
    /// When so many did not succeed, no further one starts and a person is asked.
    #[serde(default = "usual_failures")]
    pub(crate) stop_after_failures: u32,
}

fn usual_canary() -> u32 {
    1
}

fn usual_parallelism() -> u32 {
    3
}

fn usual_failures() -> u32 {
    2
}

impl BulkInput {
    /// What is asked for each of them.
    pub(super) fn of_each(&self) -> Value {
        Value::Object(self.with.clone())
    }

    /// What is wrong with it, beside each field.
    pub(super) fn check(&self, over: Over) -> Result<(), Vec<InputError>> {
        let mut errors = Vec::new();
        if !over.operations().contains(&self.operation.as_str()) {
            let known = over.operations().join(", ");
            errors.push(InputError::at("/operation", format!("Choose one of: {known}.")));
        }
        if self.targets.is_empty() || self.targets.len() > MOST_TARGETS {
            let sentence = format!("Choose 1 to {MOST_TARGETS} {}s.", over.of().word());
            errors.push(InputError::at("/targets", sentence));
        }
        if self.canary as usize > MOST_TARGETS {
            let sentence = format!("Let 0 to {MOST_TARGETS} come first.");
            errors.push(InputError::at("/canary", sentence));
        }
        if !(1..=MOST_AT_ONCE).contains(&self.parallelism) {
            let sentence = format!("Let 1 to {MOST_AT_ONCE} run at one time.");
            errors.push(InputError::at("/parallelism", sentence));
        }
        if !(1..=200).contains(&self.stop_after_failures) {
            let sentence = "Stop after 1 to 200 that did not succeed.".to_owned();
            errors.push(InputError::at("/stop_after_failures", sentence));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}
