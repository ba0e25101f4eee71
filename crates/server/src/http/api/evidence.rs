//! `/evidence…` and `/operations/{id}/evidence`: what proves what happened, for whoever doubts it.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use evidence::{Bundle, Checkpoint};
use read_models::evidence::{EvidenceConsole as _, OperationEvidence};
use read_models::ids::OperationId;
use read_models::paging::Page;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::answer::{Listed, One};
use super::input::{Asked, PageQuery, ReadId, ReadQuery};
use crate::http::Problem;
use crate::http::document::{Description, Endpoints, Reply};

pub(super) fn endpoints() -> Endpoints {
    Endpoints::under(super::PREFIX, "Evidence")
        .get(
            "/operations/{id}/evidence",
            bundle,
            "Everything that is known about an operation, as one file that proves itself.",
        )
        .get(
            "/operations/{id}/evidence/summary",
            summary,
            "What does an operation's bundle hold, and is it signed already?",
        )
        .get("/evidence/key", key, "The key that checks checkpoints and bundles.")
        .get("/evidence/checkpoints", checkpoints, "Where the audit chain ended, signed, the newest first.")
}

/// The public key.
#[derive(Serialize, JsonSchema)]
struct EvidenceKey {
    /// By what checkpoints and bundles name it.
    id: String,
    /// `Ed25519`.
    algorithm: &'static str,
    /// The key, as `slipway evidence verify --key` and `openssl pkey -pubin` read it.
    pem: String,
}

/// A signed checkpoint. Keep it: it shows later whether the chain was cut off or written anew.
#[derive(Serialize, JsonSchema)]
struct CheckpointView {
    /// The number of the last event.
    seq: i64,
    /// Its hash.
    hash: String,
    /// When it was signed, in microseconds since the Unix epoch.
    at: i64,
    /// The id of the key.
    key: String,
    /// Ed25519, base64.
    signature: String,
}

/// One file.
struct File {
    name: String,
    bundle: Bundle,
}

impl IntoResponse for File {
    fn into_response(self) -> Response {
        let mut response = axum::Json(self.bundle).into_response();
        let named = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", self.name));
        if let Ok(named) = named {
            response.headers_mut().insert(header::CONTENT_DISPOSITION, named);
        }
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        response
    }
}

impl Reply for File {
    fn describe(into: &mut Description<'_>) {
        let says = "An evidence bundle, as `docs/evidence.md` describes it.";
        into.answers(200, says, "application/json", &json!({ "type": "object" }));
        into.with_header(200, "Content-Disposition", "A name for the file.");
        into.refuses(503, "Its events are not numbered and signed yet: ask again in a moment.");
    }
}

async fn bundle(Asked(asking): Asked, ReadId(id): ReadId<OperationId>) -> Result<File, Problem> {
    let bundle = asking.bundle(&id).await?;
    Ok(File { name: format!("{id}.evidence.json"), bundle })
}

async fn summary(
    Asked(asking): Asked,
    ReadId(id): ReadId<OperationId>,
) -> Result<One<OperationEvidence>, Problem> {
    Ok(One(asking.operation_evidence(id).await?))
}

async fn key(Asked(asking): Asked) -> Result<One<EvidenceKey>, Problem> {
    let key = asking.evidence_key()?;
    Ok(One(EvidenceKey { id: key.id(), algorithm: "Ed25519", pem: key.to_pem() }))
}

async fn checkpoints(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<PageQuery>,
) -> Result<Listed<CheckpointView>, Problem> {
    let Page { items, next_cursor } = asking.signed_checkpoints(query.page()?).await?;
    let view =
        |Checkpoint { seq, hash, at, key, signature }| CheckpointView { seq, hash, at, key, signature };
    Ok(Listed(Page { items: items.into_iter().map(view).collect(), next_cursor }))
}
