//! `POST /operations/plan`: make a plan of what was filled in, or bring the form back with what is wrong beside the fields.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use read_models::error::{ConsoleError, ErrorKind, FieldError};
use read_models::ids::ProjectId;
use read_models::navigation::Address;
use read_models::operation::{PlanRequest, Target};
use read_models::operations::OperationsConsole as _;
use serde_json::Value;

use super::typed::Typed;
use super::{back_with, input, see_other, with};
use crate::console::Asking;
use crate::http::Problem;
use crate::state::AppState;

/// The fields of the operation's input are told from the form's own by this.
const OF_INPUT: &str = "input.";

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/operations/plan", post(plan))
}

async fn plan(State(state): State<AppState>, typed: Typed) -> Result<Response, Problem> {
    let (asking, operation) = (typed.asking(&state), typed.field("operation").unwrap_or_default().to_owned());
    if let Some(project) = typed.field("project").and_then(|id| ProjectId::parse(id).ok()) {
        asking.use_project(project).await?;
    }
    let filled = filled(&typed);
    let made = match request(&state, &operation, typed.field("target"), &filled) {
        Ok(request) => asking.plan(request).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(plan) => Ok(see_other(&Address::Plan(plan.id).to_string())),
        Err(error) => came_back(&asking, operation, filled, typed.back(), error).await,
    }
}

/// The input's fields, by the names they have in the input.
fn filled(typed: &Typed) -> BTreeMap<String, String> {
    let of_input =
        |(name, value): (&String, &String)| Some((name.strip_prefix(OF_INPUT)?.to_owned(), value.clone()));
    typed.fields.iter().filter_map(of_input).collect()
}

fn request(
    state: &AppState,
    operation: &str,
    target: Option<&str>,
    filled: &BTreeMap<String, String>,
) -> Result<PlanRequest, ConsoleError> {
    let target: Target = target.unwrap_or_default().parse().map_err(|wrong| {
        ConsoleError::new(ErrorKind::BadRequest, "bad_target", format!("The form is not whole: {wrong}."))
    })?;
    // An operation that does not exist is refused by the Console, in its words.
    let schema = |id: &str| state.register.find(id).map_or(Value::Null, |known| known.input_schema());
    let wrong = |fields: Vec<FieldError>| {
        ConsoleError::new(ErrorKind::Invalid, "invalid_input", "Some of it is wrong. Nothing was changed.")
            .with_fields(fields)
    };
    let (of_each, own) = input::parted(filled);
    let mut input = input::of_form(&schema(operation), &own).map_err(wrong)?;
    if let Some(each) = own.get("operation").filter(|_| !of_each.is_empty()) {
        input["with"] = input::of_each(&schema(each), &of_each).map_err(wrong)?;
    }
    Ok(PlanRequest { operation: operation.to_owned(), target, input })
}

/// What was typed is kept, with what is wrong with it; the page shows both.
async fn came_back(
    asking: &Asking,
    operation: String,
    filled: BTreeMap<String, String>,
    page: &str,
    error: ConsoleError,
) -> Result<Response, Problem> {
    match error.kind {
        ErrorKind::NotSignedIn | ErrorKind::Internal | ErrorKind::Unavailable | ErrorKind::TooMany => {
            return Ok(back_with(page, &error));
        }
        ErrorKind::BadRequest
        | ErrorKind::Denied
        | ErrorKind::NotFound
        | ErrorKind::Gone
        | ErrorKind::Conflict
        | ErrorKind::Invalid => {}
    }
    let errors = if error.fields.is_empty() {
        // Not about one field: it stands above the form.
        vec![FieldError { pointer: String::new(), sentence: error.sentence }]
    } else {
        error.fields
    };
    let draft = asking.keep_draft(operation, filled, errors).await?;
    Ok(see_other(&with(page, &[("draft", draft.as_str()), ("error", &error.code)])))
}
