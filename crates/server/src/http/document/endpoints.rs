//! Endpoints: each goes into the router and into the document at once.

use std::future::Future;

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodRouter, get, post};
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::parts::{Part, Reply};
use super::schemas::Schemas;
use crate::state::AppState;

/// Some endpoints, and what the document says of them.
pub(crate) struct Endpoints {
    prefix: &'static str,
    tag: &'static str,
    router: Router<AppState>,
    described: Vec<Described>,
}

/// One endpoint, as the document names it.
pub(crate) struct Described {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) tag: &'static str,
    pub(super) id: String,
    pub(super) summary: &'static str,
    pub(super) describe: fn(&mut Description<'_>),
}

impl Endpoints {
    /// None yet. All of them stand below a prefix and under one heading of the document.
    pub(crate) fn under(prefix: &'static str, tag: &'static str) -> Self {
        Self { prefix, tag, router: Router::new(), described: Vec::new() }
    }

    /// The same with something to read. The sentence says what it answers.
    pub(crate) fn get<T: 'static, D, H>(self, path: &str, handler: H, summary: &'static str) -> Self
    where
        H: Handler<T, AppState> + Speaks<D>,
    {
        let id = id_of::<H>();
        self.add(Method::GET, path, get(handler), id, summary, H::describe)
    }

    /// The same with something to do. The sentence says what it does.
    pub(crate) fn post<T: 'static, D, H>(self, path: &str, handler: H, summary: &'static str) -> Self
    where
        H: Handler<T, AppState> + Speaks<D>,
    {
        let id = id_of::<H>();
        self.add(Method::POST, path, post(handler), id, summary, H::describe)
    }

    /// These and those.
    pub(crate) fn and(mut self, others: Self) -> Self {
        self.router = self.router.merge(others.router);
        self.described.extend(others.described);
        self
    }

    pub(crate) fn described(self) -> Vec<Described> {
        self.described
    }

    pub(crate) fn router(self) -> Router<AppState> {
        self.router
    }

    fn add(
        mut self,
        method: Method,
        path: &str,
        route: MethodRouter<AppState>,
        id: String,
        summary: &'static str,
        describe: fn(&mut Description<'_>),
    ) -> Self {
        let path = format!("{}{path}", self.prefix);
        self.router = self.router.route(&path, route);
        self.described.push(Described { method, path, tag: self.tag, id, summary, describe });
        self
    }
}

/// A query has no null: what is not said is not there.
fn without_null(schema: &mut Value) {
    let only = |of: &Value, null: &Value| {
        let mut left = of.as_array()?.iter().filter(|one| *one != null);
        left.next().filter(|_| left.next().is_none()).cloned()
    };
    if let Some(kind) = only(&schema["type"], &json!("null")) {
        schema["type"] = kind;
    }
    if let Some(choice) = only(&schema["anyOf"], &json!({ "type": "null" })) {
        *schema = choice;
    }
}

/// `nodes.node`: the handler's module and name.
fn id_of<H>() -> String {
    let mut names = std::any::type_name::<H>().rsplit("::");
    let (name, module) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
    format!("{module}.{name}")
}

/// A handler that says by its arguments and its answer what the endpoint takes and gives.
pub(crate) trait Speaks<D> {
    fn describe(into: &mut Description<'_>);
}

macro_rules! speaks {
    ($($part:ident),*) => {
        impl<F, Fut, R, $($part,)*> Speaks<(R, $($part,)*)> for F
        where
            F: Fn($($part),*) -> Fut,
            Fut: Future<Output = R>,
            R: Reply,
            $($part: Part,)*
        {
            fn describe(into: &mut Description<'_>) {
                $($part::describe(into);)*
                R::describe(into);
            }
        }
    };
}

speaks!();
speaks!(A);
speaks!(A, B);
speaks!(A, B, C);
speaks!(A, B, C, E);
speaks!(A, B, C, E, G);

/// What is said of one endpoint.
pub(crate) struct Description<'a> {
    pub(super) path: &'a str,
    pub(super) schemas: &'a mut Schemas,
    pub(super) parameters: Vec<Value>,
    pub(super) body: Option<Value>,
    pub(super) responses: Map<String, Value>,
    pub(super) needs_somebody: bool,
}

impl Description<'_> {
    /// Somebody has to be recognised.
    pub(crate) fn needs_somebody(&mut self) {
        self.needs_somebody = true;
        for (status, says) in [
            (401, "Nobody was recognised, or the token is not good."),
            (403, "Whoever asks may not."),
            (429, "Too much was asked at once."),
        ] {
            self.refuses(status, says);
        }
    }

    /// What stands between braces in the path.
    pub(crate) fn takes_in_path<T: JsonSchema>(&mut self) {
        let name = self.path.split('{').nth(1).and_then(|rest| rest.split('}').next()).unwrap_or("id");
        let schema = self.schemas.asked::<T>();
        let parameter = json!({ "name": name, "in": "path", "required": true, "schema": schema });
        self.parameters.push(parameter);
        self.refuses(404, "There is no such thing, or it is not theirs to see.");
    }

    /// A header.
    pub(crate) fn takes_header(&mut self, name: &str, required: bool, says: &str) {
        self.parameters
            .push(json!({ "name": name, "in": "header", "required": required, "description": says,
            "schema": { "type": "string" } }));
    }

    /// What stands behind the question mark.
    pub(crate) fn takes_query<T: JsonSchema>(&mut self) {
        let mut schema = self.schemas.asked::<T>();
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let Some(Value::Object(members)) = schema.get_mut("properties").map(Value::take) else { return };
        for (name, mut member) in members {
            let says = member.as_object_mut().and_then(|member| member.remove("description"));
            without_null(&mut member);
            let required = required.iter().any(|word| *word == name);
            self.parameters.push(json!({ "name": name, "in": "query", "required": required,
                "description": says.unwrap_or_default(), "schema": member }));
        }
        self.refuses(400, "The query cannot be read.");
    }

    /// The JSON of the body.
    pub(crate) fn takes_body<T: JsonSchema>(&mut self, required: bool) {
        let schema = self.schemas.asked::<T>();
        let content = json!({ "application/json": { "schema": schema } });
        self.body = Some(json!({ "required": required, "content": content }));
        for (status, says) in [
            (400, "The body cannot be read."),
            (413, "The body is larger than 1 MiB."),
            (415, "The body is not JSON."),
            (422, "The content of the body is wrong."),
        ] {
            self.refuses(status, says);
        }
    }

    /// An answer with nothing in it.
    pub(crate) fn answers_empty(&mut self, status: u16, says: &str) {
        self.responses.insert(status.to_string(), json!({ "description": says }));
    }

    /// An answer of a media type with a schema.
    pub(crate) fn answers(&mut self, status: u16, says: &str, media: &str, schema: &Value) {
        let bare = || json!({ "description": says, "content": {} });
        let answer = self.responses.entry(status.to_string()).or_insert_with(bare);
        answer["description"] = json!(says);
        answer["content"][media] = json!({ "schema": schema });
    }

    /// A JSON answer.
    pub(crate) fn answers_json<T: JsonSchema>(&mut self, status: u16, says: &str) {
        let schema = self.schemas.answered::<T>();
        self.answers(status, says, "application/json", &schema);
    }

    /// A resource whose `row` is spread out beside the rest.
    pub(crate) fn answers_flat<T: JsonSchema>(&mut self, status: u16, says: &str) {
        let schema = self.schemas.answered_flat::<T>();
        self.answers(status, says, "application/json", &schema);
    }

    /// A header of an answer that was named before.
    pub(crate) fn with_header(&mut self, status: u16, name: &str, says: &str) {
        if let Some(answer) = self.responses.get_mut(&status.to_string()) {
            answer["headers"][name] = json!({ "description": says, "schema": { "type": "string" } });
        }
    }

    /// A refusal: problem details.
    pub(crate) fn refuses(&mut self, status: u16, says: &str) {
        let problem = self.schemas.problem();
        self.answers(status, says, "application/problem+json", &problem);
    }

    /// A refusal that may hold members of its own.
    pub(crate) fn refuses_with<T: JsonSchema>(&mut self, status: u16, says: &str) {
        let more = self.schemas.members::<T>();
        let schema = json!({ "allOf": [self.schemas.problem(), more] });
        self.answers(status, says, "application/problem+json", &schema);
    }

    /// Whatever else is refused: problem details as well.
    pub(crate) fn refuses_otherwise(&mut self) {
        let problem = self.schemas.problem();
        let answer = json!({ "description": "What was asked was not done; the problem says why and what to do.",
            "content": { "application/problem+json": { "schema": problem } } });
        self.responses.insert("default".to_owned(), answer);
    }
}
