//! An agent as the server sees it: a key, a certificate, one WebSocket. It checks the server by pin and name, as the real
//! one does, and says what a test tells it to.

use std::sync::Arc;
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use node_protocol::enrolment::EarlierFailure;
use node_protocol::{
    EnrolAnswer, EnrolRefusal, EnrolRequest, EnrolmentToken, Heartbeat, Inventory, NodeId, PROTOCOL_VERSION,
    SlotReport, ToAgent, ToServer, Usage, decode_to_agent, encode,
};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, RootCertStore};
use server::clock::{Clock as _, TestClock};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::server::Server;

/// Long enough for any machine; a test that waits so long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What a machine brings to its enrolment.
pub(crate) struct Identity {
    pub(crate) key: KeyPair,
    pub(crate) name: Option<String>,
    pub(crate) hostname: String,
    pub(crate) clock_off_us: i64,
    pub(crate) csr: Option<String>,
    pub(crate) fingerprint: Option<String>,
    /// What failed before.
    pub(crate) simulated: bool,
    pub(crate) earlier: Vec<EarlierFailure>,
}

impl Identity {
    pub(crate) fn new() -> Self {
        Self {
            key: KeyPair::generate().unwrap(),
            name: None,
            hostname: "worker-1.lab.example".to_owned(),
            clock_off_us: 0,
            csr: None,
            fingerprint: None,
            earlier: Vec::new(),
            simulated: false,
        }
    }

    pub(crate) async fn enrols(
        &self,
        server: &Server,
        token: &EnrolmentToken,
    ) -> Result<EnrolAnswer, EnrolRefusal> {
        let csr = || CertificateParams::default().serialize_request(&self.key).unwrap().pem().unwrap();
        let request = EnrolRequest {
            token: token.clone(),
            csr_pem: self.csr.clone().unwrap_or_else(csr),
            node_name: self.name.clone(),
            hostname: self.hostname.clone(),
            agent_version: "0.1.0".to_owned(),
            boot_id: "boot-1".to_owned(),
            identity_key_fingerprint: self.fingerprint.clone(),
            agent_time_us: server.clock.now().as_micros() + self.clock_off_us,
            protocol_version: PROTOCOL_VERSION,
            earlier_failures: self.earlier.clone(),
            simulated: self.simulated,
        };
        let answer =
            self::request(server, "POST /agent/v1/enrol", &serde_json::to_string(&request).unwrap()).await;
        if answer.status == 200 {
            return Ok(serde_json::from_value(answer.body).unwrap());
        }
        assert!(answer.is_problem);
        Err(serde_json::from_value(answer.body).unwrap())
    }
}

/// An enrolled agent.
pub(crate) struct Agent {
    pub(crate) node: NodeId,
    /// Whether it says that it is simulated.
    pub(crate) simulated: bool,
    chain: Vec<CertificateDer<'static>>,
    key: Vec<u8>,
    roots: Vec<CertificateDer<'static>>,
}

/// A machine that has gone through enrolment.
pub(crate) async fn enrolled(server: &Server, name: &str) -> Agent {
    enrolled_as(server, Identity { name: Some(name.to_owned()), ..Identity::new() }).await
}

/// The same as somebody in particular.
pub(crate) async fn enrolled_as(server: &Server, identity: Identity) -> Agent {
    let answer = identity.enrols(server, &server.issues_a_token(None).await).await.unwrap();
    Agent {
        node: answer.node_id,
        simulated: identity.simulated,
        chain: der_of(&answer.certificate_pem),
        key: identity.key.serialize_der(),
        roots: der_of(&answer.ca_pem),
    }
}

impl Agent {
    /// Takes the server's root as its own, so that only the server can refuse.
    pub(crate) fn trusts(&mut self, server: &Server) {
        self.roots = der_of(&server.state.authority.root_pem());
    }

    /// Connects without saying anything.
    pub(crate) async fn connects(&self, server: &Server) -> Result<Session, tungstenite::Error> {
        let key = PrivateKeyDer::try_from(self.key.clone()).unwrap();
        let config = trusting(&self.roots, server.clock.clone())
            .with_client_auth_cert(self.chain.clone(), key)
            .unwrap();
        let stream = dial(server, config).await.map_err(tungstenite::Error::Io)?;
        let url = format!("wss://localhost:{}/agent/v1/control", server.port());
        Ok(Session(client_async(url, stream).await?.0))
    }

    pub(crate) fn hello(&self) -> ToServer {
        ToServer::Hello {
            protocol_version: PROTOCOL_VERSION,
            node_id: self.node.clone(),
            boot_id: "boot-1".to_owned(),
            agent_version: "0.1.0".to_owned(),
            simulated: self.simulated,
        }
    }

    /// Connects and says hello; what the server answered first.
    pub(crate) async fn greets(&self, server: &Server) -> (Session, ToAgent) {
        let mut session = self.connects(server).await.unwrap();
        session.says(&self.hello()).await;
        let answer = session.hears().await;
        (session, answer)
    }

    /// Connects and is welcome.
    pub(crate) async fn joins(&self, server: &Server) -> Session {
        let (session, answer) = self.greets(server).await;
        assert!(matches!(answer, ToAgent::Welcome { .. }), "{answer:?}");
        session
    }
}

/// One connection.
pub(crate) struct Session(WebSocketStream<TlsStream<TcpStream>>);

impl Session {
    pub(crate) async fn says(&mut self, message: &ToServer) {
        self.says_text(&encode(message).unwrap()).await;
    }

    pub(crate) async fn says_text(&mut self, text: &str) {
        self.0.send(Message::Text(text.into())).await.unwrap();
    }

    pub(crate) async fn says_binary(&mut self, bytes: &[u8]) {
        self.0.send(Message::Binary(bytes.to_vec().into())).await.unwrap();
    }

    /// The next message that is not a ping.
    pub(crate) async fn hears(&mut self) -> ToAgent {
        loop {
            match tokio::time::timeout(PATIENCE, self.0.next())
                .await
                .expect("the server says something in time")
            {
                Some(Ok(Message::Text(text))) => match decode_to_agent(&text).unwrap() {
                    ToAgent::Ping => {}
                    message @ (ToAgent::Welcome { .. }
                    | ToAgent::Checkpoint(_)
                    | ToAgent::Command(_)
                    | ToAgent::LogAck { .. }
                    | ToAgent::HeartbeatAck { .. }
                    | ToAgent::Refused { .. }) => return message,
                },
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("the server said {other:?}"),
            }
        }
    }

    /// The code of the refusal, after which the connection ends.
    pub(crate) async fn is_refused(&mut self) -> String {
        loop {
            match self.hears().await {
                ToAgent::Refused { code, .. } => {
                    let end = tokio::time::timeout(PATIENCE, self.0.next())
                        .await
                        .expect("the server closes in time");
                    assert!(matches!(end, Some(Ok(Message::Close(_)) | Err(_)) | None), "{end:?}");
                    return code;
                }
                ToAgent::HeartbeatAck { .. } | ToAgent::Command(_) | ToAgent::Checkpoint(_) => {}
                other @ (ToAgent::Welcome { .. } | ToAgent::LogAck { .. } | ToAgent::Ping) => {
                    panic!("the server said {other:?}")
                }
            }
        }
    }

    /// The agent leaves without a word.
    pub(crate) fn vanishes(self) {
        drop(self);
    }
}

/// A heartbeat of a machine with two slots.
pub(crate) fn beat() -> Heartbeat {
    Heartbeat {
        at_us: 0,
        clock_skew_us: Some(1500),
        boot_id: "boot-1".to_owned(),
        agent_version: "0.1.0".to_owned(),
        uptime_s: Some(60),
        inventory: Inventory {
            hostname: Some("worker-1".to_owned()),
            cpus: Some(8),
            memory_bytes: Some(64 << 30),
            ..Inventory::default()
        },
        capabilities: vec![],
        slots: (0..2).map(|index| SlotReport { index, workload: None }).collect(),
        usage: Usage::default(),
        workloads: vec![],
        measurements: vec![],
    }
}

/// An answer over plain HTTP, without a certificate.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) is_problem: bool,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: serde_json::Value,
}

pub(crate) async fn request(server: &Server, head: &str, body: &str) -> Answer {
    let roots = der_of(&server.state.authority.root_pem());
    let mut stream =
        dial(server, trusting(&roots, server.clock.clone()).with_no_client_auth()).await.unwrap();
    let head = format!(
        "{head} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        server.port(),
        body.len()
    );
    // A server that refuses a large body may close before all of it is sent.
    let sent = stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).await;
    drop(sent);
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer).await);
    let text = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let is_problem = head.to_ascii_lowercase().contains("content-type: application/problem+json");
    let retry_after = head.lines().find_map(|line| line.strip_prefix("retry-after: ")).map(str::to_owned);
    Answer { status, is_problem, retry_after, body: serde_json::from_str(body).unwrap_or_default() }
}

/// The status a WebSocket gets that shows no certificate.
pub(crate) async fn upgrade_without_certificate(server: &Server) -> u16 {
    let roots = der_of(&server.state.authority.root_pem());
    let stream = dial(server, trusting(&roots, server.clock.clone()).with_no_client_auth()).await.unwrap();
    let url = format!("wss://localhost:{}/agent/v1/control", server.port());
    match client_async(url, stream).await {
        Err(tungstenite::Error::Http(answer)) => answer.status().as_u16(),
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn connects_with_tls12(server: &Server) -> std::io::Result<()> {
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_root_certificates(roots_of(&der_of(&server.state.authority.root_pem())))
        .with_no_client_auth();
    dial(server, config).await.map(drop)
}

pub(crate) fn der_of(pem: &str) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<_, _>>().unwrap()
}

/// Dials without knowing the server's root, as a machine does whose token is of another server.
pub(crate) async fn distrusts(server: &Server) -> std::io::Result<()> {
    let foreign = rcgen::generate_simple_self_signed(["elsewhere".to_owned()]).unwrap();
    let config = trusting(&[foreign.cert.der().clone()], server.clock.clone()).with_no_client_auth();
    dial(server, config).await.map(drop)
}

async fn dial(server: &Server, config: ClientConfig) -> std::io::Result<TlsStream<TcpStream>> {
    let tcp = TcpStream::connect(("127.0.0.1", server.port())).await?;
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, tcp).await
}

fn trusting(
    roots: &[CertificateDer<'static>],
    clock: Arc<TestClock>,
) -> rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert> {
    ClientConfig::builder_with_details(
        Arc::new(rustls::crypto::ring::default_provider()),
        Arc::new(TestTime(clock)),
    )
    .with_protocol_versions(&[&rustls::version::TLS13])
    .unwrap()
    .with_root_certificates(roots_of(roots))
}

fn roots_of(roots: &[CertificateDer<'static>]) -> RootCertStore {
    let mut store = RootCertStore::empty();
    for root in roots {
        store.add(root.clone()).unwrap();
    }
    store
}

#[derive(Debug)]
struct TestTime(Arc<TestClock>);

impl rustls::time_provider::TimeProvider for TestTime {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_micros(u64::try_from(self.0.now().as_micros()).ok()?)))
    }
}
