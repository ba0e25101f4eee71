//! `/platform/ops`: the queue of whoever looks after the machines.

use read_models::ops::{OpsConsole as _, OpsView};

use super::answer::One;
use super::input::Asked;
use crate::http::Problem;
use crate::http::document::Endpoints;

pub(super) fn endpoints() -> Endpoints {
    Endpoints::under(super::PREFIX, "Ops").get(
        "/platform/ops",
        ops,
        "What needs an operator, what is under way, what ends soon, what has ended?",
    )
}

async fn ops(Asked(asking): Asked) -> Result<One<OpsView>, Problem> {
    Ok(One(asking.ops(None, None).await?))
}
