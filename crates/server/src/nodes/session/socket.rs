//! The control WebSocket in our words: text frames of JSON, each with a limit, each send with a deadline.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use node_protocol::{ToAgent, ToServer, decode_to_server, encode};
use tokio::time::timeout;

/// An agent that does not take a message for so long is gone.
const SENT_WITHIN: Duration = Duration::from_secs(10);

/// What was heard.
#[derive(Debug)]
pub(super) enum Heard {
    Said(Box<ToServer>),
    /// A frame of the WebSocket's own.
    Nothing,
    /// The connection is over.
    Gone,
    /// Something that is no message of ours. Nothing was done.
    Garbage {
        code: &'static str,
        sentence: String,
    },
}

/// The connection is over.
#[derive(Debug)]
pub(super) struct Broken;

#[derive(Debug)]
pub(super) struct Socket(WebSocket);

impl Socket {
    pub(super) const fn new(socket: WebSocket) -> Self {
        Self(socket)
    }

    /// Waits for the next frame. Dropping the future loses nothing.
    pub(super) async fn hear(&mut self) -> Heard {
        match self.0.recv().await {
            Some(Ok(Message::Text(text))) => match decode_to_server(&text) {
                Ok(message) => Heard::Said(Box::new(message)),
                Err(error) => Heard::Garbage { code: error.code(), sentence: error.to_string() },
            },
            Some(Ok(Message::Binary(_))) => Heard::Garbage {
                code: "message_not_text",
                sentence: "Messages are text, not binary.".to_owned(),
            },
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Heard::Nothing,
            Some(Ok(Message::Close(_))) | None => Heard::Gone,
            Some(Err(error)) => broken(&error),
        }
    }

    pub(super) async fn say(&mut self, message: &ToAgent) -> Result<(), Broken> {
        let text = encode(message).map_err(|_| Broken)?;
        match timeout(SENT_WITHIN, self.0.send(Message::Text(text.into()))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Broken),
        }
    }

    /// Says why, and closes.
    pub(super) async fn refuse(&mut self, code: &str, sentence: &str) {
        let refused = ToAgent::Refused { code: code.to_owned(), sentence: sentence.to_owned() };
        if self.say(&refused).await.is_ok() {
            self.close(close_code::POLICY, code).await;
        }
    }

    /// Closes in peace: the agent may come back at once.
    pub(super) async fn leave(&mut self, reason: &str) {
        self.close(close_code::AWAY, reason).await;
    }

    async fn close(&mut self, code: u16, reason: &str) {
        let frame = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
        // The other side may be gone already; there is nobody left to tell.
        drop(timeout(SENT_WITHIN, self.0.send(frame)).await);
    }
}

/// A frame that is too large, or no UTF-8, is the agent's mistake; anything else is the network's.
fn broken(error: &axum::Error) -> Heard {
    use std::error::Error as _;
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if text.contains("too long") || text.contains("too large") || text.contains("Space limit") {
            let sentence = format!(
                "The message is larger than the {} bytes that are read.",
                node_protocol::MAX_FRAME_BYTES
            );
            return Heard::Garbage { code: "message_too_large", sentence };
        }
        if text.contains("UTF-8") {
            return Heard::Garbage {
                code: "message_not_text",
                sentence: "The message is no UTF-8 text.".to_owned(),
            };
        }
        cause = inner.source();
    }
    Heard::Gone
}
