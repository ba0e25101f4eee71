//! Operations on SKUs: what the platform offers, and for how much.

mod facts;
mod price;

pub(super) mod create;
pub(super) mod retire;
pub(super) mod update;

use operations::InputError;

pub(crate) use price::written as price_written;

/// What people call it: one line, not empty, short.
fn check_title(title: &str, errors: &mut Vec<InputError>) {
    if !super::token::is_name(title) {
        errors.push(InputError::at("/title", "Use a title of 1 to 63 characters, on one line."));
    }
}

fn check_price(text: &str, errors: &mut Vec<InputError>) {
    if let Err(sentence) = price::read(text) {
        errors.push(InputError::at("/price_per_hour", sentence));
    }
}
