//! A server as small as an agent can be tested with: its own certificate authority, enrolment, one control socket.
//!
//! It is written from the protocol, not from the real server, so that both are held against the same words.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use futures::{SinkExt as _, StreamExt as _};
use node_protocol::{
    Command, EnrolAnswer, EnrolmentToken, Heartbeat, Outcome, ToAgent, ToServer, ca_pin,
    decode_enrol_request, decode_to_server, encode, node_uri,
};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, CertifiedIssuer, IsCa, KeyPair,
    SanType,
};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_tungstenite::tungstenite::Message;

use super::wait_for;

/// The one node there is.
pub(crate) const NODE: &str = "node_1";

/// The server, and what it heard.
pub(crate) struct FakeServer {
    pub(crate) url: String,
    pub(crate) token: EnrolmentToken,
    shared: Arc<Shared>,
    runtime: Option<tokio::runtime::Runtime>,
}

struct Shared {
    authority: Authority,
    heard: Mutex<Vec<ToServer>>,
    logs: Mutex<BTreeMap<String, (u64, String)>>,
    say: Mutex<Option<UnboundedSender<String>>>,
    enrolments: AtomicU32,
    fingerprints: Mutex<Vec<String>>,
    /// So many enrolments are done and not answered.
    answers_to_lose: AtomicU32,
}

struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    issuing: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let ca = |name: &str| {
            let mut params = CertificateParams::new(Vec::new()).unwrap();
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.distinguished_name.push(rcgen::DnType::CommonName, name);
            params
        };
        let root = CertifiedIssuer::self_signed(ca("root"), KeyPair::generate().unwrap()).unwrap();
        let issuing = CertifiedIssuer::signed_by(ca("issuing"), KeyPair::generate().unwrap(), &root).unwrap();
        Self { root, issuing }
    }

    fn tls(&self) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = KeyPair::generate().unwrap();
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let leaf = CertificateParams::new(names).unwrap().signed_by(&key, &self.issuing).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(self.root.der().clone()).unwrap();
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let chain = vec![leaf.der().clone(), self.issuing.der().clone(), self.root.der().clone()];
        ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_client_cert_verifier(clients.allow_unauthenticated().build().unwrap())
            .with_single_cert(chain, PrivateKeyDer::Pkcs8(key.serialize_der().into()))
            .unwrap()
    }

    fn certify(&self, csr_pem: &str) -> String {
        let mut request = CertificateSigningRequestParams::from_pem(csr_pem).unwrap();
        let uri = node_uri(&NODE.parse().unwrap());
        request.params.subject_alt_names = vec![SanType::URI(uri.try_into().unwrap())];
        format!("{}{}", request.signed_by(&self.issuing).unwrap().pem(), self.issuing.pem())
    }
}

impl FakeServer {
    pub(crate) fn start() -> Self {
        let authority = Authority::new();
        let token = EnrolmentToken::new("ent_1", &[9; 32], &ca_pin(authority.root.der())).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(authority.tls()));
        let shared = Arc::new(Shared {
            authority,
            heard: Mutex::default(),
            logs: Mutex::default(),
            say: Mutex::default(),
            enrolments: AtomicU32::new(0),
            fingerprints: Mutex::default(),
            answers_to_lose: AtomicU32::new(0),
        });
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let any_port = SocketAddr::from(([0, 0, 0, 0], 0));
        let listener = runtime.block_on(TcpListener::bind(any_port)).unwrap();
        let url = format!("https://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let serving = Arc::clone(&shared);
        runtime.spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let (acceptor, shared) = (acceptor.clone(), Arc::clone(&serving));
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(tcp).await else { return };
                    if stream.get_ref().1.peer_certificates().is_some() {
                        control(stream, &shared).await;
                    } else {
                        enrol(stream, &shared).await;
                    }
                });
            }
        });
        Self { url, token, shared, runtime: Some(runtime) }
    }

    pub(crate) fn lose_next_enrolment_answer(&self) {
        self.shared.answers_to_lose.store(1, Ordering::SeqCst);
    }

    /// How many enrolment requests were read.
    pub(crate) fn enrolments(&self) -> u32 {
        self.shared.enrolments.load(Ordering::SeqCst)
    }

    /// The keys that were enrolled, one entry for each request.
    pub(crate) fn fingerprints(&self) -> Vec<String> {
        self.shared.fingerprints.lock().unwrap().clone()
    }

    /// Sends a command when an agent is connected.
    pub(crate) fn send(&self, command: &Command) {
        self.send_text(&encode(&ToAgent::Command(Box::new(command.clone()))).unwrap());
    }

    /// Sends anything.
    pub(crate) fn send_text(&self, text: &str) {
        wait_for("an agent to be connected", || {
            self.shared.say.lock().unwrap().as_ref()?.send(text.to_owned()).ok()
        });
    }

    /// Everything that was heard so far.
    pub(crate) fn heard(&self) -> Vec<ToServer> {
        self.shared.heard.lock().unwrap().clone()
    }

    /// Forgets what was heard.
    pub(crate) fn forget(&self) {
        self.shared.heard.lock().unwrap().clear();
    }

    /// Waits for the results of a command: `count` of them.
    pub(crate) fn results(&self, id: &str, count: usize) -> Vec<Outcome> {
        wait_for(&format!("{count} results of {id}"), || {
            let results: Vec<_> =
                self.heard().into_iter().filter_map(|message| result_of(message, id)).collect();
            (results.len() >= count).then_some(results)
        })
    }

    /// Waits for the result of a command.
    pub(crate) fn result(&self, id: &str) -> Outcome {
        self.results(id, 1).remove(0)
    }

    /// Waits for a heartbeat that says something.
    pub(crate) fn heartbeat(&self, what: &str, says: impl Fn(&Heartbeat) -> bool) -> Heartbeat {
        wait_for(what, || {
            let beat = |message| if let ToServer::Heartbeat(beat) = message { Some(*beat) } else { None };
            self.heard().into_iter().rev().filter_map(beat).find(|beat| says(beat))
        })
    }

    /// The log of a workload, as far as it was pushed.
    pub(crate) fn log(&self, workload: &str) -> String {
        self.shared.logs.lock().unwrap().get(workload).map(|(_, text)| text.clone()).unwrap_or_default()
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn result_of(message: ToServer, id: &str) -> Option<Outcome> {
    let ToServer::CommandResult(result) = message else { return None };
    (result.command_id.as_str() == id).then_some(result.outcome)
}

/// `POST /agent/v1/enrol`.
async fn enrol(mut stream: TlsStream<TcpStream>, shared: &Shared) {
    let mut request = Vec::new();
    let body = loop {
        let mut buffer = [0; 4096];
        let Ok(read @ 1..) = stream.read(&mut buffer).await else { return };
        request.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        assert!(head.starts_with("POST /agent/v1/enrol HTTP/1.1"), "{head}");
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() == length.unwrap_or(0) {
            break body.to_owned();
        }
    };
    let request = decode_enrol_request(body.as_bytes()).unwrap();
    shared.enrolments.fetch_add(1, Ordering::SeqCst);
    shared.fingerprints.lock().unwrap().extend(request.identity_key_fingerprint);
    if shared.answers_to_lose.swap(0, Ordering::SeqCst) > 0 {
        return;
    }
    let answer = EnrolAnswer {
        node_id: NODE.parse().unwrap(),
        node_name: request.node_name.unwrap_or(request.hostname),
        certificate_pem: shared.authority.certify(&request.csr_pem),
        ca_pem: shared.authority.root.pem(),
        agents_url: "https://127.0.0.1:1".to_owned(),
        expires_at_us: request.agent_time_us + 7 * 86_400_000_000,
        server_time_us: request.agent_time_us,
    };
    let body = encode(&answer).unwrap();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(body.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// `GET /agent/v1/control`.
async fn control(stream: TlsStream<TcpStream>, shared: &Shared) {
    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
    let (sender, mut to_say) = unbounded_channel();
    loop {
        tokio::select! {
            text = to_say.recv() => {
                let Some(text) = text else { return };
                if socket.send(Message::text::<String>(text)).await.is_err() {
                    return;
                }
            }
            message = socket.next() => {
                let Some(Ok(message)) = message else { return };
                let Message::Text(text) = message else { continue };
                let message = decode_to_server(&text).unwrap();
                if let Some(answer) = answer(&message, shared) {
                    let _ = sender.send(encode(&answer).unwrap());
                }
                if matches!(message, ToServer::Hello { .. }) {
                    *shared.say.lock().unwrap() = Some(sender.clone());
                }
                shared.heard.lock().unwrap().push(message);
            }
        }
    }
}

fn answer(message: &ToServer, shared: &Shared) -> Option<ToAgent> {
    match message {
        ToServer::Hello { node_id, .. } => {
            assert_eq!(node_id.as_str(), NODE);
            Some(ToAgent::Welcome { heartbeat_every_ms: 500, server_time_us: 0 })
        }
        ToServer::Heartbeat(beat) => {
            Some(ToAgent::HeartbeatAck { server_time_us: beat.at_us - 3_600_000_000 })
        }
        ToServer::Log { workload_id, offset, end, text } => {
            let mut logs = shared.logs.lock().unwrap();
            let log = logs.entry(workload_id.to_string()).or_default();
            if *offset == log.0 {
                log.0 = *end;
                log.1.push_str(text);
            }
            Some(ToAgent::LogAck { workload_id: workload_id.clone(), offset: log.0 })
        }
        ToServer::WorkloadChanged(_)
        | ToServer::CommandAccepted { .. }
        | ToServer::CommandResult(_)
        | ToServer::CheckpointRefused { .. }
        | ToServer::Pong => None,
    }
}
