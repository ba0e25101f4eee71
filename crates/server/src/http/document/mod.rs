//! The API's document (`OpenAPI` 3.1), made from the program: each endpoint's handler says by its own arguments and its own
//! answer what it takes and gives ([`parts`]), and the types of those say their schemas.
//!
//! An endpoint is added to router and document by one call ([`Endpoints`]): there is no way into one without the other.

mod assembly;
mod endpoints;
mod parts;
mod planning;
mod schemas;

pub(crate) use self::endpoints::{Described, Description, Endpoints};
pub(crate) use self::parts::{Part, Reply};
pub(crate) use self::planning::PLAN_REQUEST;

/// What the document of the whole server says.
pub fn openapi() -> &'static serde_json::Value {
    static DOCUMENT: std::sync::LazyLock<serde_json::Value> =
        std::sync::LazyLock::new(|| assembly::document(&super::described(), &crate::operations::register()));
    &DOCUMENT
}
