//! Sessions: heartbeats, commands and their results, and who may not have one.

use std::future::Future;
use std::time::Duration;

use ::server::args;
use ::server::nodes::silent;
use ::server::store::commands::{self, NewCommand};
use ::server::store::testing::on_both;
use ::server::store::{checkpoints, events, incidents, nodes};
use node_protocol::{Command, CommandBody, CommandResult, Outcome, ToAgent, ToServer};
use read_models::ids::{CommandId, NodeId, OperationId};
use read_models::nodes::{NodePolicy, NodeState};

use crate::fake_agent::{Agent, PATIENCE, Session, beat, enrolled};
use crate::server::{Server, proof};

const OPERATION: &str = "INSERT INTO operation (id, operation, target_kind, target_id, input, plan_hash, user_id,
    requested_by, requested_at, accepted_at, idempotency_key, request_hash, state, state_since, locks, record,
    lease_until, fencing_token, woken) VALUES ($1, 'node.probe', 'node', $2, '{}', '', '', '', 0, 0, $1, '', 'running', 0, '[]', '{}', 0, 0, 0)";
const WOKEN: &str = "SELECT woken FROM operation WHERE id = $1";

impl Server {
    fn id(agent: &Agent) -> NodeId {
        NodeId::parse(agent.node.as_str()).unwrap()
    }

    /// An operation that waits for the answer to a command to this agent.
    async fn tells(&self, agent: &Agent, token: i64) -> NewCommand {
        let node = Self::id(agent);
        let new = NewCommand {
            id: CommandId::from_uuid(&format!("{:032x}", 1)),
            operation: OperationId::from_uuid(&format!("{:032x}", 2)),
            step: 0,
            fencing_token: token,
            body: CommandBody::Probe,
            deadline_at: read_models::time::Timestamp::from_micros(i64::MAX),
            node,
        };
        let mut tx = self.state.db.begin().await.unwrap();
        if token == 1 {
            tx.execute(OPERATION, args![&new.operation, &new.node]).await.unwrap();
        }
        commands::put(&mut tx, &proof(), &new, new.deadline_at).await.unwrap();
        tx.commit().await.unwrap();
        self.state.hub.notify_node(&new.node);
        new
    }

    async fn sets_policy(&self, agent: &Agent, policy: NodePolicy) {
        let mut tx = self.state.db.begin().await.unwrap();
        let now = read_models::time::Timestamp::from_micros(1);
        nodes::set_policy(&mut tx, &proof(), &Self::id(agent), (policy, None), now).await.unwrap();
        tx.commit().await.unwrap();
    }
}

impl Session {
    async fn is_told(&mut self) -> Command {
        loop {
            let said = self.hears().await;
            if let ToAgent::Command(command) = said {
                return *command;
            }
            assert!(matches!(said, ToAgent::HeartbeatAck { .. }), "the server said {said:?}");
        }
    }

    async fn beats(&mut self) {
        self.says(&ToServer::Heartbeat(Box::new(beat()))).await;
        assert!(matches!(self.hears().await, ToAgent::HeartbeatAck { .. }));
    }
}

/// Waits for a fact, not for a while.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, is_so: impl Fn() -> F) {
    let looked = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, looked).await.unwrap_or_else(|_| panic!("in time: {what}"));
}

#[tokio::test]
async fn the_first_heartbeat_makes_a_node_ready_and_silence_unreachable() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let agent = enrolled(&server, "worker-1").await;
        let mut session = agent.joins(&server).await;
        session.beats().await;
        let node = server.node(&agent.node).await;
        assert_eq!(
            (node.state, node.slots_total, node.clock_skew_us),
            (NodeState::Ready, Some(2), Some(1500))
        );
        assert!(node.connection.is_some() && server.state.hub.is_connected(&node.id));
        assert_eq!(silent::mark_unreachable(&server.state).await.unwrap(), 0);
        server.clock.advance(Duration::from_secs(16));
        assert_eq!(silent::mark_unreachable(&server.state).await.unwrap(), 1);
        assert_eq!(server.node(&agent.node).await.state, NodeState::Unreachable);
        assert_eq!(session.is_refused().await, "replaced");
        let mut again = agent.joins(&server).await;
        again.beats().await;
        assert_eq!(server.node(&agent.node).await.state, NodeState::Ready);
        let states = server.events().await.iter().filter(|kind| *kind == "node.state").count();
        assert_eq!(states, 3);
    })
    .await;
}

#[tokio::test]
async fn a_command_reaches_the_agent_and_its_result_wakes_the_operation() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let agent = enrolled(&server, "worker-1").await;
        let mut session = agent.joins(&server).await;
        let new = server.tells(&agent, 1).await;
        let command = session.is_told().await;
        assert_eq!((command.id.as_str(), command.fencing_token), (new.id.as_str(), 1));
        session.says(&ToServer::CommandAccepted { id: command.id.clone() }).await;
        let result = CommandResult {
            command_id: command.id,
            fencing_token: 1,
            outcome: Outcome::Done { detail: serde_json::json!({ "seen": true }) },
        };
        session.says(&ToServer::CommandResult(result.clone())).await;
        tokio::time::timeout(PATIENCE, server.state.hub.workers_woken())
            .await
            .expect("the workers are woken");
        let db = &server.state.db;
        eventually("the result is stored", || async {
            commands::result(&mut &*db, &proof(), &new.id).await.unwrap() == Some(result.clone())
        })
        .await;
        assert!(db.row(WOKEN, args![&new.operation]).await.unwrap().unwrap().flag("woken").unwrap());
        assert!(commands::is_delivered(&mut &*db, &proof(), &new.id).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn what_was_not_answered_is_told_again_and_a_newer_worker_tells_it_anew() {
    let server = Server::on_sqlite().await;
    let agent = enrolled(&server, "worker-1").await;
    server.tells(&agent, 1).await;
    let mut first = agent.joins(&server).await;
    assert_eq!(first.is_told().await.fencing_token, 1);
    server.tells(&agent, 2).await;
    assert_eq!(first.is_told().await.fencing_token, 2);
    first.vanishes();
    let mut second = agent.joins(&server).await;
    assert_eq!(second.is_told().await.fencing_token, 2);
}

#[tokio::test]
async fn a_command_written_without_a_bell_arrives_too() {
    let server = Server::on_sqlite().await;
    let agent = enrolled(&server, "worker-1").await;
    let mut session = agent.joins(&server).await;
    session.beats().await;
    // Another replica has its own hub: ringing there is not heard here.
    let mut elsewhere = Server::on_sqlite().await;
    elsewhere.state.db = server.state.db.clone();
    elsewhere.tells(&agent, 1).await;
    assert_eq!(session.is_told().await.fencing_token, 1);
}

#[tokio::test]
async fn a_newer_session_replaces_the_older_one() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let agent = enrolled(&server, "worker-1").await;
        let mut older = agent.joins(&server).await;
        let mut newer = agent.joins(&server).await;
        assert_eq!(older.is_refused().await, "replaced");
        newer.beats().await;
        let node = server.node(&agent.node).await;
        assert!(server.state.hub.is_connected(&node.id));
        newer.vanishes();
        eventually("the node is not connected", || async {
            server.node(&agent.node).await.connection.is_none()
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_retired_node_is_refused_at_the_door_in_a_session_and_recorded() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let agent = enrolled(&server, "worker-1").await;
        let mut session = agent.joins(&server).await;
        server.sets_policy(&agent, NodePolicy::Retired).await;
        session.says(&ToServer::Heartbeat(Box::new(beat()))).await;
        assert_eq!(session.is_refused().await, "node_retired");
        let (_, answer) = agent.greets(&server).await;
        assert!(matches!(&answer, ToAgent::Refused { code, .. } if code == "node_retired"), "{answer:?}");
        let db = &server.state.db;
        eventually("it is recorded", || async {
            let newest = incidents::newest(db, &proof(), 5).await.unwrap();
            newest.iter().any(|incident| incident.kind == "retired_node")
        })
        .await;
        assert_eq!(server.node(&agent.node).await.last_heartbeat_at, None);
    })
    .await;
}

#[tokio::test]
async fn a_hello_of_another_node_or_another_version_is_refused() {
    let server = Server::on_sqlite().await;
    let (agent, other) = (enrolled(&server, "worker-1").await, enrolled(&server, "worker-2").await);
    let mut session = agent.connects(&server).await.unwrap();
    session.says(&other.hello()).await;
    assert_eq!(session.is_refused().await, "other_node");
    for (hello, code) in [
        (
            r#"{"type":"hello","protocol_version":99,"node_id":"NODE","boot_id":"b","agent_version":"9"}"#,
            "unknown_version",
        ),
        (r#"{"type":"pong"}"#, "no_hello"),
        ("garbage", "message_not_json"),
    ] {
        let mut session = agent.connects(&server).await.unwrap();
        session.says_text(&hello.replace("NODE", agent.node.as_str())).await;
        assert_eq!(session.is_refused().await, code);
    }
    assert_eq!(server.node(&agent.node).await.connection, None);
}

#[tokio::test]
async fn garbage_in_a_session_is_refused_and_told_once() {
    let server = Server::on_sqlite().await;
    let agent = enrolled(&server, "worker-1").await;
    let mut long = beat();
    long.boot_id = "x".repeat(300);
    let long = serde_json::to_string(&ToServer::Heartbeat(Box::new(long))).unwrap();
    let large = format!("{{\"type\":\"{}\"}}", "x".repeat(node_protocol::MAX_FRAME_BYTES));
    for (text, code) in [
        ("{", "message_not_json"),
        (r#"{"type":"shell"}"#, "message_unknown"),
        (long.as_str(), "message_senseless"),
        (large.as_str(), "message_too_large"),
        (r#"{"type":"shell"}"#, "message_unknown"),
    ] {
        let mut session = agent.joins(&server).await;
        session.says_text(text).await;
        assert_eq!(session.is_refused().await, code);
    }
    let mut session = agent.joins(&server).await;
    session.says_binary(b"x").await;
    assert_eq!(session.is_refused().await, "message_not_text");
    let told = server.events().await.into_iter().filter(|kind| kind == "node.message_refused").count();
    assert_eq!(told, 5);
    assert_eq!(server.node(&agent.node).await.last_heartbeat_at, None);
}

#[tokio::test]
async fn a_server_that_stops_ends_its_sessions_and_frees_their_places() {
    on_both(async |db| {
        let mut server = Server::on(db).await;
        let agent = enrolled(&server, "worker-1").await;
        let mut session = agent.joins(&server).await;
        session.beats().await;
        server.state.shutdown.cancel();
        let ended =
            tokio::time::timeout(PATIENCE, &mut server.serving).await.expect("the listener ends in time");
        assert!(ended.unwrap().is_ok());
        assert_eq!(server.node(&agent.node).await.connection, None);
    })
    .await;
}

#[tokio::test]
async fn an_agent_that_comes_and_goes_fills_no_feed_and_what_was_left_out_is_told() {
    let server = Server::on_sqlite().await;
    let (agent, other) = (enrolled(&server, "worker-1").await, enrolled(&server, "worker-2").await);
    for _ in 0..25 {
        agent.joins(&server).await.vanishes();
    }
    let of_sessions = async || {
        let events = server.events().await;
        events.iter().filter(|kind| ["node.connected", "node.disconnected"].contains(&kind.as_str())).count()
    };
    assert_eq!(of_sessions().await, 20);
    let _other = other.joins(&server).await;
    assert_eq!(of_sessions().await, 21);
    server.clock.advance(Duration::from_mins(1));
    let _session = agent.joins(&server).await;
    eventually("what was left out is told", async || {
        server.events().await.iter().any(|kind| kind == "node.events_left_out")
    })
    .await;
}

#[tokio::test]
async fn heartbeats_with_news_are_written_once_a_second_and_the_newest_is_not_lost() {
    let server = Server::on_sqlite().await;
    let agent = enrolled(&server, "worker-1").await;
    let mut session = agent.joins(&server).await;
    session.beats().await;
    for count in 3..=9 {
        let slots = (0..count).map(|index| node_protocol::SlotReport { index, workload: None }).collect();
        session.says(&ToServer::Heartbeat(Box::new(node_protocol::Heartbeat { slots, ..beat() }))).await;
        assert!(matches!(session.hears().await, ToAgent::HeartbeatAck { .. }));
    }
    assert_eq!(server.node(&agent.node).await.slots_total, Some(2));
    eventually("the newest is written", async || server.node(&agent.node).await.slots_total == Some(9)).await;
}

#[tokio::test]
async fn a_heartbeat_without_news_is_written_with_others_and_raises_its_node_all_the_same() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let (first, second) = (enrolled(&server, "n1").await, enrolled(&server, "n2").await);
        let mut sessions = [first.joins(&server).await, second.joins(&server).await];
        for session in &mut sessions {
            session.beats().await;
        }
        server.clock.advance(Duration::from_secs(6));
        for session in &mut sessions {
            session.beats().await;
        }
        let now = server.state.clock.now();
        for agent in [&first, &second] {
            eventually("it is written", async || {
                server.node(&agent.node).await.last_heartbeat_at == Some(now)
            })
            .await;
        }
        let (id, mut tx) = (Server::id(&first), server.state.db.begin().await.unwrap());
        let fallen = (NodeState::Ready, NodeState::Unreachable);
        assert!(nodes::set_state(&mut tx, &proof(), &id, fallen, now).await.unwrap());
        tx.commit().await.unwrap();
        server.clock.advance(Duration::from_secs(6));
        sessions[0].beats().await;
        eventually("it is heard of again", async || server.node(&first.node).await.state == NodeState::Ready)
            .await;
    })
    .await;
}

#[tokio::test]
async fn an_agent_is_handed_the_newest_checkpoint_and_is_believed_when_it_contradicts() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let agent = enrolled(&server, "n1").await;
        let sign = |seq: i64, hash: &str| evidence::Checkpoint::sign(&server.state.evidence, seq, hash, 7);
        let lease = ("test", Duration::from_mins(1));
        let (db, clock) = (&server.state.db, &*server.state.clock);
        while events::sequence(db, &proof(), lease.0, lease.1, clock, 100).await.unwrap() > 0 {}
        assert!(checkpoints::publish(db, &proof(), lease, clock, sign).await.unwrap());
        let mut session = agent.joins(&server).await;
        let ToAgent::Checkpoint(given) = session.hears().await else { panic!("no checkpoint") };
        assert_eq!(given.seq, events::last(db).await.unwrap());
        let kept =
            node_protocol::Checkpoint { seq: given.seq + 9, hash: "another".to_owned(), ..given.clone() };
        session.says(&ToServer::CheckpointRefused { given, kept }).await;
        session.says(&ToServer::Heartbeat(Box::new(beat()))).await;
        assert!(matches!(session.hears().await, ToAgent::HeartbeatAck { .. }));
        while events::sequence(db, &proof(), lease.0, lease.1, clock, 100).await.unwrap() > 0 {}
        let told = events::after(db, &proof(), 0, 100).await.unwrap();
        let told = told.iter().find(|event| event.kind == "node.checkpoint_refused").unwrap();
        assert!(told.sentence.contains("cut off or written anew"), "{}", told.sentence);
    })
    .await;
}
