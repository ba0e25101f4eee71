//! `GET /api/v1/events`: the numbered log as server-sent events.
//!
//! The log is the truth and is read in batches; the hint from the sequencer only makes it quick, and other servers' events
//! are found by looking once a second. Nothing is lost between two connections: the first thing sent is a cursor, each
//! event has its own, and `Last-Event-ID` reads on after it. Who listens is asked again every half minute: an ended
//! session, an expired token, a role taken away end the stream or narrow it.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream;
use read_models::ids::ProjectId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, sleep_until, timeout_at};

use self::listener::{Listener, Places};
use self::reading::Reading;
use super::api::ReadQuery;
use super::document::{Description, Endpoints, Reply};
use super::{Problem, Viewer};
use crate::projections::event_view;
use crate::state::AppState;
use crate::store::events;

mod listener;
mod reading;

/// How long a browser waits before it connects again.
const RETRY: Duration = Duration::from_secs(2);
/// A comment so often keeps proxies from closing a silent stream.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often events of other servers are looked for.
const LOOK: Duration = Duration::from_secs(1);

/// How many follow it is counted by the layer that [`places`] makes.
pub(super) fn endpoints() -> Endpoints {
    Endpoints::under(super::api::PREFIX, "Events").get(
        "/events",
        follow,
        "What happens, as server-sent events (`EventView`): each with its cursor, read on after `Last-Event-ID`. An event \
         `reset` says that the cursor is too old, one without a cursor (`workload.log`) that a log grew.",
    )
}

/// The places there are to follow from.
pub(super) fn places() -> Extension<Places> {
    Extension(Places::default())
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FeedQuery {
    /// The same as `Last-Event-ID`, for clients that cannot send the header.
    cursor: Option<String>,
}

/// Events, without end.
struct EventStream(Response);

impl IntoResponse for EventStream {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Reply for EventStream {
    fn describe(into: &mut Description<'_>) {
        into.answers(200, "Events.", "text/event-stream", &json!({ "type": "string" }));
        into.takes_header("Last-Event-ID", false, "The cursor after which to read on.");
    }
}

async fn follow(
    State(state): State<AppState>,
    Viewer(who): Viewer,
    Extension(places): Extension<Places>,
    headers: HeaderMap,
    ReadQuery(query): ReadQuery<FeedQuery>,
) -> Result<EventStream, Problem> {
    refuse_other_sites(&headers)?;
    let reading = Reading::of(&who)?;
    let place = places.take(&who.user_id)?;
    let hint = state.feed.subscribe();
    let logs = state.hub.logs();
    let newest = events::last(&state.db).await?;
    let asked = headers
        .get("last-event-id")
        .map(|value| value.to_str().unwrap_or_default().to_owned())
        .or(query.cursor);
    let known = asked
        .as_deref()
        .map(|cursor| event_view::read_cursor(cursor, &state.sealing).filter(|seq| *seq <= newest));
    let position = known.flatten().unwrap_or(newest);
    let mut waiting =
        VecDeque::from([Event::default().retry(RETRY).id(event_view::cursor(position, &state.sealing))]);
    if known == Some(None) {
        waiting.push_back(
            Event::default().event("reset").id(event_view::cursor(position, &state.sealing)).data("{}"),
        );
    }
    let now = Instant::now();
    let listener = Listener::of(&headers, now + state.timing.recheck_streams);
    let follower = Follower {
        state,
        listener,
        reading,
        hint,
        logs,
        logs_told: now,
        logs_grew: false,
        position,
        looked: now,
        waiting,
        _place: place,
    };
    let stream = stream::unfold(follower, async |mut follower| {
        let event = follower.next().await?;
        Some((Ok::<_, Infallible>(event), follower))
    });
    let mut response = Sse::new(stream).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    response.headers_mut().insert("x-accel-buffering", header::HeaderValue::from_static("no"));
    Ok(EventStream(response))
}

/// One listener's place in the log.
struct Follower {
    state: AppState,
    listener: Listener,
    reading: Reading,
    hint: watch::Receiver<i64>,
    logs: broadcast::Receiver<ProjectId>,
    /// Logs grow all the time: pages are told at most this often.
    logs_told: Instant,
    /// One grew since.
    logs_grew: bool,
    /// Everything up to here was sent, or is not for this listener.
    position: i64,
    looked: Instant,
    waiting: VecDeque<Event>,
    _place: listener::Place,
}

impl Follower {
    /// The next event; none when the stream ends.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if self.state.shutdown.is_cancelled() {
                return None;
            }
            if self.listener.is_due() {
                let who = self.listener.still_there(&self.state).await?;
                self.reading = Reading::of(&who).ok()?;
            }
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            self.read_on().await?;
            self.tell_of_logs();
            if self.waiting.is_empty() {
                self.wait().await;
            }
        }
    }

    /// Takes what is new out of the log; none when that fails: the browser comes back and reads on.
    async fn read_on(&mut self) -> Option<()> {
        self.hint.mark_unchanged();
        self.looked = Instant::now();
        let batch = match self.reading.after(&self.state.db, self.position).await {
            Ok(batch) => batch,
            Err(error) => {
                error.log();
                return None;
            }
        };
        self.position = batch.read_to;
        self.waiting.extend(batch.events.into_iter().filter_map(|stored| {
            let view = event_view::view(stored, &self.state.sealing);
            Event::default().id(&view.cursor).json_data(&view).ok()
        }));
        Some(())
    }

    /// Until the sequencer says something, somebody else may have, the listener must be asked, or the server stops.
    async fn wait(&mut self) {
        let until = (self.looked + LOOK).min(self.listener.due());
        tokio::select! {
            () = self.state.shutdown.cancelled() => {}
            said = timeout_at(until, self.hint.changed()) => {
                // A hint that can never come again must not make this a busy loop.
                if matches!(said, Ok(Err(_))) {
                    sleep_until(until).await;
                }
            }
            project = self.logs.recv() => self.log_arrived(project),
        }
    }

    /// Whose log it was when some were missed is not known: it may have been theirs.
    fn log_arrived(&mut self, project: Result<ProjectId, RecvError>) {
        self.logs_grew |= project.map_or_else(
            |missed| matches!(missed, RecvError::Lagged(_)),
            |project| self.reading.covers(&project),
        );
    }

    /// Says that a log grew, without a cursor: it is no event and is not read on from. What grew too soon after the last
    /// time is told when its time has come, for it may be the last line.
    fn tell_of_logs(&mut self) {
        let now = Instant::now();
        if self.logs_grew && now.duration_since(self.logs_told) >= LOOK {
            (self.logs_told, self.logs_grew) = (now, false);
            self.waiting.push_back(Event::default().data(r#"{"kind":"workload.log"}"#));
        }
    }
}

/// The cookie goes along with what another site's page asks for, too.
fn refuse_other_sites(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let ours = match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            host.is_some() && host == text("host")
        }
        (None, None) => true,
    };
    if ours {
        return Ok(());
    }
    Err(Problem::new(StatusCode::FORBIDDEN, "cross_site", "Another site's page asked for the feed.")
        .next("Open Slipway in its own tab; scripts send an API token."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_ours_and_programs_listen() {
        let asked = |name: &'static str, value: &str| {
            let host = (header::HOST, "slipway.example".parse().unwrap());
            let said = (header::HeaderName::from_static(name), value.parse().unwrap());
            refuse_other_sites(&HeaderMap::from_iter([host, said])).is_ok()
        };
        assert!(asked("accept", "text/event-stream") && asked("sec-fetch-site", "same-origin"));
        assert!(asked("origin", "https://slipway.example"));
        for (name, value) in
            [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "null")]
        {
            assert!(!asked(name, value), "{name}: {value}");
        }
        assert!(!asked("origin", "https://evil.example"));
    }
}
