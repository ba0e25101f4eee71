//! `/audit` and `/evidence/exports…`: what happened, searched; files of it; checkpoints to keep.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evidence::Checkpoint;
use read_models::audit::{
    AuditEventView, AuditSearch, AuditView, CheckpointsView, EvidenceView, ExportRow, ExportsView,
    OperationsEvidence, OperationsSearch,
};
use read_models::error::ConsoleError;
use read_models::evidence::EvidenceConsole as _;
use read_models::ids::{OperationId, ProjectId};
use read_models::paging::Page;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::answer::{Listed, One};
use super::input::{Asked, PageQuery, ReadId, ReadQuery, ReadText};
use crate::console::{ExportFile, ResourceFile};
use crate::http::Problem;
use crate::http::document::{Description, Endpoints, Reply};

pub(super) fn endpoints() -> Endpoints {
    Endpoints::under(super::PREFIX, "Evidence")
        .get("/audit", events, "What happened, who did it, to what? Newest first, searched.")
        .get("/platform/evidence", posture, "How far is the audit chain, is it signed, was it checked?")
        .get("/platform/evidence/audit", page, "The same search with everything its page shows.")
        .get(
            "/access/audit",
            of_project,
            "What happened in a project, searched, with everything its page shows.",
        )
        .get(
            "/platform/evidence/operations",
            operations,
            "Which operations were carried out, and is the evidence of each signed?",
        )
        .get(
            "/evidence/bundle",
            bundle,
            "What happened to a thing in a time, as one file that proves itself.",
        )
        .get("/platform/evidence/bundles", files_page, "Which files were made of the audit, and how?")
        .get(
            "/platform/evidence/checkpoints",
            checkpoints,
            "Where did the chain end, signed, and who has it?",
        )
        .get("/evidence/exports", files, "The files that were made of the audit, newest first.")
        .get(
            "/evidence/exports/{id}/file",
            file,
            "The file an export made, written anew and the same each time.",
        )
        .get("/evidence/checkpoints/{number}", one, "A signed checkpoint, to be kept elsewhere.")
}

/// What is searched for, and which part of what is found.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AuditQuery {
    /// Who did it, as events name them.
    actor: Option<String>,
    /// What it is: `audit.intent`.
    kind: Option<String>,
    /// The operation it belongs to, by its id.
    operation: Option<String>,
    /// What it happened to: `node:node_…`.
    resource: Option<String>,
    /// The project it belongs to, by its id.
    project: Option<String>,
    /// Words in its sentence, capital letters or not. So many events are looked at for one answer: it may be short, or
    /// empty, and still have a `next_cursor`.
    text: Option<String>,
    /// Not before: `2026-11-22T14:02` in UTC, or RFC 3339.
    from: Option<String>,
    /// Not after; a minute is meant to its end.
    until: Option<String>,
    /// At most this many; 50 when it is not said, and never more than 200.
    #[schemars(with = "Option<u32>", range(min = 1))]
    limit: Option<String>,
    /// `next_cursor` of the part before.
    cursor: Option<String>,
}

impl AuditQuery {
    fn parts(self) -> (AuditSearch, PageQuery) {
        let Self { actor, kind, operation, resource, project, text, from, until, limit, cursor } = self;
        let search = AuditSearch { actor, kind, operation, resource, project, text, from, until };
        (search, PageQuery { limit, cursor })
    }
}

async fn events(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<AuditQuery>,
) -> Result<Listed<AuditEventView>, Problem> {
    let (search, page) = query.parts();
    Ok(Listed(asking.audit_events(search, page.page()?).await?))
}

async fn page(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<AuditQuery>,
) -> Result<One<AuditView>, Problem> {
    let (search, page) = query.parts();
    Ok(One(asking.audit(search, page.page()?.cursor, None).await?))
}

async fn of_project(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<AuditQuery>,
) -> Result<One<AuditView>, Problem> {
    let (search, page) = query.parts();
    let named = search.project.as_deref();
    let project = named.map(|id| id.parse::<ProjectId>().map_err(|_| ConsoleError::not_found("project")));
    Ok(One(asking.project_audit(project.transpose()?, search, page.page()?.cursor).await?))
}

/// Which operations, and which part of what is found.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OperationsQuery {
    /// What it is: `node.drain`.
    operation: Option<String>,
    /// On what it was carried out: `node:node_…`.
    target: Option<String>,
    /// Who asked, as operations name them.
    requested_by: Option<String>,
    /// The project it belongs to, by its id.
    project: Option<String>,
    /// Not asked for before: `2026-11-22T14:02` in UTC, or RFC 3339.
    from: Option<String>,
    /// Not asked for after; a minute is meant to its end.
    until: Option<String>,
    /// `next_cursor` of the part before.
    cursor: Option<String>,
}

async fn operations(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<OperationsQuery>,
) -> Result<One<OperationsEvidence>, Problem> {
    let OperationsQuery { operation, target, requested_by, project, from, until, cursor } = query;
    let search = OperationsSearch { operation, target, requested_by, project, from, until };
    Ok(One(asking.operations_evidence(search, cursor).await?))
}

/// Which thing, and which time.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BundleQuery {
    /// The thing, as events name it: `node:node_…`, `workload:wl_…`, `project:prj_…`.
    resource: Option<String>,
    /// From when: `2026-11-22T14:02` in UTC, or RFC 3339.
    from: Option<String>,
    /// Until when; a minute is meant to its end. Now, when it is not said.
    until: Option<String>,
}

async fn bundle(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<BundleQuery>,
) -> Result<ResourceFile, Problem> {
    let BundleQuery { resource, from, until } = query;
    let search = AuditSearch { resource, from, until, ..AuditSearch::default() };
    Ok(asking.resource_file(&search).await?)
}

impl IntoResponse for ResourceFile {
    fn into_response(self) -> Response {
        let name = format!("attachment; filename=\"{}\"", self.name);
        let mut response = Body::from_stream(self.body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        if let Ok(name) = HeaderValue::from_str(&name) {
            headers.insert(header::CONTENT_DISPOSITION, name);
        }
        response
    }
}

impl Reply for ResourceFile {
    fn describe(into: &mut Description<'_>) {
        let says = "An evidence bundle, as `docs/evidence.md` describes it.";
        into.answers(200, says, "application/json", &json!({ "type": "object" }));
        into.with_header(200, "Content-Disposition", "A name for the file.");
        into.refuses(
            409,
            "So much happened in that time that no bundle holds it: it says what to ask instead.",
        );
        into.refuses(503, "What happened is not numbered yet: ask again in a moment.");
    }
}

async fn posture(Asked(asking): Asked) -> Result<One<EvidenceView>, Problem> {
    Ok(One(asking.evidence(None).await?))
}

async fn files_page(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<PageQuery>,
) -> Result<One<ExportsView>, Problem> {
    Ok(One(asking.exports(query.page()?.cursor, None).await?))
}

async fn checkpoints(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<PageQuery>,
) -> Result<One<CheckpointsView>, Problem> {
    Ok(One(asking.checkpoints(query.page()?.cursor).await?))
}

async fn files(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<PageQuery>,
) -> Result<Listed<ExportRow>, Problem> {
    let made = asking.exports(query.page()?.cursor, None).await?;
    Ok(Listed(Page { items: made.exports, next_cursor: made.next_cursor }))
}

async fn file(Asked(asking): Asked, ReadId(id): ReadId<OperationId>) -> Result<ExportFile, Problem> {
    Ok(asking.export_file(&id).await?)
}

impl IntoResponse for ExportFile {
    fn into_response(self) -> Response {
        let Self { made, format, body } = self;
        let name = format!("attachment; filename=\"{}.audit.{}\"", made.operation, format.key());
        let digest = hex::decode(&made.sha256).map(|bytes| format!("sha-256=:{}:", STANDARD.encode(bytes)));
        let mut response = Body::from_stream(body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(made.bytes));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        let texts = [
            (header::CONTENT_DISPOSITION, Some(name)),
            (HeaderName::from_static("repr-digest"), digest.ok()),
        ];
        for (header, text) in texts {
            if let Some(Ok(value)) = text.map(|text| HeaderValue::from_str(&text)) {
                headers.insert(header, value);
            }
        }
        response
    }
}

impl Reply for ExportFile {
    fn describe(into: &mut Description<'_>) {
        let says = "The file, as `docs/evidence.md` describes it.";
        let text = json!({ "type": "string" });
        into.answers(200, says, "application/x-ndjson", &text);
        into.answers(200, says, "text/csv", &text);
        into.with_header(200, "Content-Disposition", "A name for the file.");
        into.with_header(200, "Repr-Digest", "Its SHA-256, as the operation wrote it down (RFC 9530).");
        into.refuses(410, "This version does not write such files any more.");
    }
}

/// A checkpoint as a file.
struct Signed(Checkpoint);

impl IntoResponse for Signed {
    fn into_response(self) -> Response {
        let name = format!("attachment; filename=\"slipway-checkpoint-{}.json\"", self.0.seq);
        let mut response = axum::Json(self.0).into_response();
        if let Ok(name) = HeaderValue::from_str(&name) {
            response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
        }
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        response
    }
}

impl Reply for Signed {
    fn describe(into: &mut Description<'_>) {
        into.answers(200, "The checkpoint.", "application/json", &json!({ "type": "object" }));
        into.with_header(200, "Content-Disposition", "A name for the file.");
    }
}

async fn one(Asked(asking): Asked, ReadText(number): ReadText) -> Result<Signed, Problem> {
    let number = number.parse().map_err(|_| ConsoleError::not_found("checkpoint"))?;
    Ok(Signed(asking.checkpoint_at(number).await?))
}
