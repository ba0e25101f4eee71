//! What agents report of workloads: ready, ended, what they said, and what is not theirs to report.

use ::server::args;
use ::server::store::testing::on_both;
use ::server::store::workloads::{self, NewWorkload, WorkloadRecord};
use ::server::store::{projects, workload_logs};
use node_protocol::workload::WorkloadState as Seen;
use node_protocol::{Exit, Heartbeat, ToAgent, ToServer, WorkloadReport};
use read_models::ids::{NodeId, OperationId, ProjectId, SkuId, WorkloadId};
use read_models::time::Timestamp;
use read_models::workloads::{WorkloadKind, WorkloadState};

use crate::fake_agent::{Agent, Session, beat, enrolled};
use crate::server::{Server, proof};
use crate::sessions::eventually;

const SKU: &str = "INSERT INTO sku (id, name, title, placement, cpus, memory_bytes, gpu_model, gpu_count,
    price_microcents_per_hour, created_at) VALUES ($1, 'small', 'Small', 'process', 1, 1, NULL, 0, 0, 0)";
const AT: Timestamp = Timestamp::from_micros(1);

fn uuid(number: u8) -> String {
    format!("{number:032x}")
}

impl Server {
    /// A workload with a port on slot 0 of the agent's node.
    async fn places_a_workload(&self, agent: &Agent) -> WorkloadId {
        let (id, project, sku) =
            (WorkloadId::from_uuid(&uuid(1)), ProjectId::from_uuid(&uuid(2)), SkuId::from_uuid(&uuid(3)));
        let mut tx = self.state.db.begin().await.unwrap();
        projects::create(&mut tx, &proof(), &project, "p", AT).await.unwrap();
        tx.execute(SKU, args![&sku]).await.unwrap();
        let new = NewWorkload {
            id: id.clone(),
            project,
            name: "web".to_owned(),
            kind: WorkloadKind::Slice,
            sku,
            command: vec!["python3".to_owned()],
            port: Some(8000),
            created_by: "test".to_owned(),
            launch_operation: OperationId::from_uuid(&uuid(4)),
            ssh_keys: Vec::new(),
        };
        workloads::insert(&mut tx, &proof(), &new, AT).await.unwrap();
        let node = NodeId::parse(agent.node.as_str()).unwrap();
        workloads::place(&mut tx, &proof(), &id, &node, 0, AT).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    async fn workload(&self, id: &WorkloadId) -> WorkloadRecord {
        workloads::find_system(&mut &self.state.db, &proof(), id).await.unwrap()
    }
}

impl Session {
    /// Sends a heartbeat and waits until it was taken in; what was sent before it was as well.
    async fn beats_with(&mut self, workloads: Vec<WorkloadReport>) {
        self.says(&ToServer::Heartbeat(Box::new(Heartbeat { workloads, ..beat() }))).await;
        let answer = self.hears().await;
        assert!(matches!(answer, ToAgent::HeartbeatAck { .. }), "{answer:?}");
    }
}

fn report(id: &WorkloadId, state: Seen, answering: Option<bool>) -> WorkloadReport {
    WorkloadReport {
        workload_id: id.as_str().parse().unwrap(),
        run: 1,
        slot: 0,
        state,
        pid: Some(7),
        started_at_us: None,
        isolation: None,
        port_answering: answering,
        exit: None,
        log_end: 0,
    }
}

#[tokio::test]
async fn a_workload_is_ready_when_its_port_answers_and_failed_when_it_was_killed() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let agent = enrolled(&server, "worker-1").await;
        let id = server.places_a_workload(&agent).await;
        let mut session = agent.joins(&server).await;
        session.beats_with(vec![report(&id, Seen::Running, Some(false))]).await;
        assert_eq!(server.workload(&id).await.state, WorkloadState::Provisioning);
        session.says(&ToServer::WorkloadChanged(report(&id, Seen::Running, Some(true)))).await;
        session.beats_with(vec![report(&id, Seen::Running, Some(true))]).await;
        assert_eq!(server.workload(&id).await.state, WorkloadState::Running);
        let killed = Exit { code: None, signal: Some(9), at_us: 5, sentence: None };
        let ended = WorkloadReport { exit: Some(killed), ..report(&id, Seen::Exited, None) };
        session.beats_with(vec![ended]).await;
        // A heartbeat with news that comes right after another is written when its time has come.
        eventually("the end is known", async || server.workload(&id).await.state == WorkloadState::Failed)
            .await;
        let workload = server.workload(&id).await;
        assert_eq!(workload.state, WorkloadState::Failed);
        assert_eq!(workload.failure.as_deref(), Some("killed by signal 9 (SIGKILL)"));
        let told = server.events().await.into_iter().filter(|kind| kind == "workload.state").count();
        assert_eq!(told, 2);
    })
    .await;
}

#[tokio::test]
async fn a_log_is_acknowledged_once_it_is_kept_and_a_foreign_one_is_dropped() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let (agent, other) = (enrolled(&server, "worker-1").await, enrolled(&server, "worker-2").await);
        let id = server.places_a_workload(&agent).await;
        let piece = |offset: u64, text: &str| ToServer::Log {
            workload_id: id.as_str().parse().unwrap(),
            offset,
            end: offset + text.len() as u64,
            text: text.to_owned(),
        };
        let acknowledged = |answer: ToAgent| {
            let ToAgent::LogAck { offset, .. } = answer else { panic!("the server said {answer:?}") };
            offset
        };
        let (mut session, mut foreign) = (agent.joins(&server).await, other.joins(&server).await);
        for (offset, text, end) in [(0, "one\n", 4), (4, "two\n", 8), (0, "one\n", 8)] {
            session.says(&piece(offset, text)).await;
            assert_eq!(acknowledged(session.hears().await), end);
        }
        foreign.says(&piece(8, "not mine\n")).await;
        assert_eq!(acknowledged(foreign.hears().await), 17);
        let kept = workload_logs::tail(&mut &server.state.db, &proof(), &id, 1000).await.unwrap();
        assert_eq!(kept.text, "one\ntwo\n");
    })
    .await;
}

#[tokio::test]
async fn a_workload_that_is_not_the_nodes_is_told_once_and_changes_nothing() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let (agent, other) = (enrolled(&server, "worker-1").await, enrolled(&server, "worker-2").await);
        let id = server.places_a_workload(&agent).await;
        let mut session = other.joins(&server).await;
        let unknown = WorkloadId::from_uuid(&uuid(99));
        let both = |answering| {
            vec![report(&id, Seen::Running, answering), report(&unknown, Seen::Running, answering)]
        };
        session.beats_with(both(Some(false))).await;
        session.beats_with(both(Some(true))).await;
        let workload = server.workload(&id).await;
        assert_eq!((workload.state, workload.report), (WorkloadState::Provisioning, None));
        let told = server.events().await.into_iter().filter(|kind| kind == "node.stray_workload").count();
        assert_eq!(told, 2);
    })
    .await;
}

#[tokio::test]
async fn a_tenants_last_words_are_shortened_and_end_no_session() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let agent = enrolled(&server, "worker-1").await;
        let id = server.places_a_workload(&agent).await;
        let mut session = agent.joins(&server).await;
        session.beats_with(vec![report(&id, Seen::Running, Some(true))]).await;
        let words = format!("\0\u{1b}[31m\nERROR {}", "x".repeat(10_000));
        let exit = Exit { code: Some(1), signal: None, at_us: 5, sentence: Some(words) };
        let ended = WorkloadReport { exit: Some(exit), ..report(&id, Seen::Exited, None) };
        session.says(&ToServer::WorkloadChanged(ended.clone())).await;
        session.beats_with(vec![ended]).await;
        let workload = server.workload(&id).await;
        let failure = workload.failure.unwrap();
        assert!(
            failure.starts_with("ended with exit code 1: [31mERROR xxx") && failure.chars().count() < 400
        );
        let said = workload.report.unwrap().exit.unwrap().sentence.unwrap();
        assert!(said.chars().count() == 300 && !said.chars().any(char::is_control), "{said}");
    })
    .await;
}

#[tokio::test]
async fn a_log_with_more_text_than_bytes_is_refused() {
    let server = Server::on_sqlite().await;
    let agent = enrolled(&server, "worker-1").await;
    let id = server.places_a_workload(&agent).await;
    let chunk = node_protocol::MAX_LOG_CHUNK_BYTES as u64;
    for (end, text) in [(1, "four".to_owned()), (chunk + 1, "x".to_owned()), (0, "x".to_owned())] {
        let mut session = agent.joins(&server).await;
        let workload_id = id.as_str().parse().unwrap();
        session.says(&ToServer::Log { workload_id, offset: 0, end, text }).await;
        assert_eq!(session.is_refused().await, "message_senseless");
    }
    let kept = workload_logs::tail(&mut &server.state.db, &proof(), &id, 1000).await.unwrap();
    assert_eq!(kept.received_at, None);
}
