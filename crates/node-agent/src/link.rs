//! What the threads of the agent share about the connection: who wants to say something, and what the clocks say.
//!
//! While there is no connection, results of commands wait here; everything else is said anew on the next one.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use node_protocol::{CommandResult, ToServer, measure_every};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Results that wait for a connection. More cannot be needed: the server sends what it has no result for again.
const MOST_WAITING: usize = 1000;

/// The shared part of the connection.
#[derive(Default)]
pub(crate) struct Link {
    state: Mutex<State>,
    heartbeat_due: Notify,
}

#[derive(Default)]
struct State {
    sender: Option<UnboundedSender<ToServer>>,
    /// Counts connections, so that others notice a new one.
    connection: u64,
    waiting: VecDeque<CommandResult>,
    clock_skew_us: Option<i64>,
    /// How often the server last asked for heartbeats.
    heartbeat_every: Option<Duration>,
}

impl Link {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says something to the server, if it can hear it.
    pub(crate) fn tell(&self, message: ToServer) {
        let mut state = self.state();
        let unsaid = match &state.sender {
            Some(sender) => sender.send(message).err().map(|error| error.0),
            None => Some(message),
        };
        if let Some(ToServer::CommandResult(result)) = unsaid {
            state.waiting.push_back(result);
            if state.waiting.len() > MOST_WAITING {
                state.waiting.pop_front();
            }
        }
    }

    /// A connection is there: what is said from now on comes out of the receiver, beginning with the waiting results.
    pub(crate) fn open(&self) -> UnboundedReceiver<ToServer> {
        let (sender, receiver) = unbounded_channel();
        let mut state = self.state();
        for result in state.waiting.drain(..) {
            // The receiver is in our hands; it cannot be closed yet.
            let _ = sender.send(ToServer::CommandResult(result));
        }
        state.sender = Some(sender);
        state.connection += 1;
        receiver
    }

    /// The connection is gone.
    pub(crate) fn close(&self) {
        self.state().sender = None;
    }

    /// The number of the open connection, if there is one.
    pub(crate) fn connection(&self) -> Option<u64> {
        let state = self.state();
        state.sender.as_ref().map(|_| state.connection)
    }

    /// Asks for a heartbeat now.
    pub(crate) fn heartbeat_due(&self) {
        self.heartbeat_due.notify_one();
    }

    /// Waits until somebody asks for a heartbeat.
    pub(crate) async fn wait_for_heartbeat_due(&self) {
        self.heartbeat_due.notified().await;
    }

    /// The server asked for a heartbeat every so often.
    pub(crate) fn beats_every(&self, every: Duration) {
        self.state().heartbeat_every = Some(every);
    }

    /// How often workloads are measured; before the first welcome of a server nobody has asked for anything.
    pub(crate) fn measure_every(&self) -> Option<Duration> {
        self.state().heartbeat_every.map(measure_every)
    }

    /// This machine's clock minus the server's, as last measured.
    pub(crate) fn clock_skew_us(&self) -> Option<i64> {
        self.state().clock_skew_us
    }

    /// A message that left at `sent_us` was answered at `received_us` with the server's time. The answer was made
    /// somewhere in between; the middle is the best guess.
    pub(crate) fn measure_clock(&self, sent_us: i64, received_us: i64, server_us: i64) {
        let middle = sent_us + (received_us - sent_us) / 2;
        self.state().clock_skew_us = Some(middle - server_us);
    }

    /// What the server's clock says, as far as is known.
    pub(crate) fn server_time_us(&self, now_us: i64) -> i64 {
        now_us - self.clock_skew_us().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use node_protocol::Outcome;

    use super::*;

    fn result(id: &str) -> ToServer {
        let outcome = Outcome::refused("x", "X.");
        ToServer::CommandResult(CommandResult { command_id: id.parse().unwrap(), fencing_token: 1, outcome })
    }

    #[test]
    fn a_result_that_could_not_be_said_is_said_first_on_the_next_connection() {
        let link = Link::default();
        link.tell(result("cmd_1"));
        link.tell(ToServer::Pong);
        let mut receiver = link.open();
        link.tell(result("cmd_2"));
        assert_eq!(receiver.try_recv(), Ok(result("cmd_1")));
        assert_eq!(receiver.try_recv(), Ok(result("cmd_2")));
        assert!(receiver.try_recv().is_err());
        assert_eq!(link.connection(), Some(1));
        link.close();
        assert_eq!(link.connection(), None);
    }

    #[test]
    fn the_servers_time_follows_from_the_measured_clock() {
        let link = Link::default();
        assert_eq!(link.server_time_us(100), 100);
        link.measure_clock(1_000, 1_200, 600);
        assert_eq!(link.clock_skew_us(), Some(500));
        assert_eq!(link.server_time_us(2_000), 1_500);
    }
}
