//! One address before several servers: each connection goes to the next of them that says it is ready, as a load balancer
//! has it.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::api::is_ready_at;

/// How often each server is asked whether it is ready.
const ASK_EVERY: Duration = Duration::from_millis(50);

pub(crate) struct Front {
    port: u16,
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    servers: Vec<Server>,
    next: AtomicUsize,
    is_over: AtomicBool,
}

struct Server {
    /// Where connections go.
    port: u16,
    /// Where it says whether it is ready.
    console: u16,
    is_ready: AtomicBool,
}

impl Front {
    /// Before servers with these ports, which are ready when they say so at these.
    pub(crate) fn before(ports: &[u16], consoles: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let servers = ports.iter().zip(consoles);
        let servers = servers
            .map(|(port, console)| Server { port: *port, console: *console, is_ready: false.into() })
            .collect();
        let shared = Arc::new(Shared { servers, next: 0.into(), is_over: false.into() });
        let mut threads = Vec::new();
        for index in 0..ports.len() {
            let shared = Arc::clone(&shared);
            threads.push(thread::spawn(move || ask(&shared, index)));
        }
        let accepting = Arc::clone(&shared);
        threads.push(thread::spawn(move || accept(&listener, &accepting)));
        Self { port, shared, threads }
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        for thread in self.threads.drain(..) {
            drop(thread.join());
        }
    }
}

fn ask(shared: &Shared, index: usize) {
    let server = &shared.servers[index];
    while !shared.is_over.load(Ordering::Relaxed) {
        server.is_ready.store(is_ready_at(server.console), Ordering::Relaxed);
        thread::sleep(ASK_EVERY);
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    while let Ok((client, _)) = listener.accept() {
        if shared.is_over.load(Ordering::Relaxed) {
            return;
        }
        if let Some(server) = connect(shared) {
            // A connection that cannot be served is closed, and whoever made it tries again.
            drop(forward(client, server));
        }
    }
}

/// The next server that is ready and takes the connection; when none says so, any that takes it.
fn connect(shared: &Shared) -> Option<TcpStream> {
    let first = shared.next.fetch_add(1, Ordering::Relaxed);
    let all = &shared.servers;
    let (ready, others): (Vec<_>, Vec<_>) = (0..all.len())
        .map(|turn| &all[(first + turn) % all.len()])
        .partition(|server| server.is_ready.load(Ordering::Relaxed));
    ready.into_iter().chain(others).find_map(|server| TcpStream::connect(("127.0.0.1", server.port)).ok())
}

fn forward(client: TcpStream, server: TcpStream) -> io::Result<()> {
    let (from, to) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || copy(from, to));
    thread::spawn(move || copy(server, client));
    Ok(())
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    drop(io::copy(&mut from, &mut to));
    drop(to.shutdown(Shutdown::Write));
}
