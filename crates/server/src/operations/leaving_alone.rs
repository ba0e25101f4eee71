//! Why something that needs action can be left alone for a while: the same for a workload and for an item of the queue.

use operations::InputError;

const LONGEST_REASON: usize = 200;

/// One line, not empty, short; what is wrong is said beside the field.
pub(super) fn check_reason(reason: &str, errors: &mut Vec<InputError>) {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
        let sentence = format!("Say in 1 to {LONGEST_REASON} letters why it can be left alone.");
        errors.push(InputError::at("/reason", sentence));
    } else if reason.contains(char::is_control) {
        errors.push(InputError::at("/reason", "Write it on one line."));
    }
}
