//! The server as `cargo xtask run` starts it, and its `admin` commands.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

use super::{
    Options,
    child::{Child, Event},
};
use crate::{command, workspace::Programs};

/// How long the server may take to be ready; the first start of a debug build migrates and makes keys.
const TIME_TO_BE_READY: Duration = Duration::from_mins(2);
/// What `bootstrap-link` ends with when there is an administrator already.
const HAS_ADMINISTRATOR: i32 = 3;

/// The server program and everything it is told.
pub(super) struct Server {
    program: PathBuf,
    data: PathBuf,
    /// The folder of what browsers load; a release carries it inside.
    assets: Option<PathBuf>,
    listen: String,
    agents_listen: String,
    database_url: Option<String>,
    admit_simulated: bool,
}

/// Where a running server is reached, as it says itself in `serve.json`.
pub(super) struct Addresses {
    pub(super) console: String,
    pub(super) agents: String,
}

impl Server {
    pub(super) fn new(programs: &Programs, data: &Path, options: &Options, assets: &Path) -> Self {
        Self {
            program: programs.server.clone(),
            data: data.to_owned(),
            assets: (!options.release).then(|| assets.to_owned()),
            listen: options.listen.clone(),
            agents_listen: options.agents_listen.clone(),
            database_url: options.database_url.clone(),
            admit_simulated: options.demo,
        }
    }

    pub(super) fn data(&self) -> &Path {
        &self.data
    }

    /// Starts `slipway serve`.
    pub(super) fn start(&self, events: &mpsc::Sender<Event>) -> Result<Child> {
        // A file of an earlier run would answer for the new one.
        let said_before = self.said_in();
        if said_before.exists() {
            fs::remove_file(&said_before)
                .with_context(|| format!("cannot remove {}", said_before.display()))?;
        }
        let mut serve = self.command(&["serve"]);
        serve.args(["--listen", &self.listen, "--agents-listen", &self.agents_listen]);
        if self.admit_simulated {
            serve.arg("--admit-simulated");
        }
        if let Some(assets) = &self.assets {
            serve.env("SLIPWAY_ASSETS", assets);
        }
        Child::start("server", &mut serve, events.clone())
    }

    /// Waits until it has said where it listens and answers there.
    pub(super) fn wait_until_ready(&self, child: &mut Child) -> Result<Addresses> {
        let deadline = Instant::now() + TIME_TO_BE_READY;
        loop {
            if child.has_ended() {
                bail!("the server ended before it was ready; its last lines:\n{}", child.last_lines());
            }
            if let Some(addresses) = self.addresses()
                && answers_ready(&addresses.console)
            {
                return Ok(addresses);
            }
            if Instant::now() > deadline {
                bail!("the server is not ready after {} s", TIME_TO_BE_READY.as_secs());
            }
            thread::sleep(Duration::from_millis(100));
        }
    }

    fn addresses(&self) -> Option<Addresses> {
        let said = fs::read(self.said_in()).ok()?;
        let said: serde_json::Value = serde_json::from_slice(&said).ok()?;
        let address = |name: &str| said[name].as_str().map(str::to_owned);
        Some(Addresses { console: address("console")?, agents: address("agents")? })
    }

    fn said_in(&self) -> PathBuf {
        self.data.join("serve.json")
    }

    /// Runs `slipway admin …` and returns its answer.
    pub(super) fn admin(&self, words: &[&str]) -> Result<String> {
        let answer = command::output(&mut self.command(&[&["admin"], words].concat()))?;
        Ok(answer.trim().to_owned())
    }

    /// The same with a line that is read from its standard input.
    pub(super) fn admin_with_stdin(&self, words: &[&str], line: &str) -> Result<()> {
        let mut admin = self.command(&[&["admin"], words].concat());
        let mut child = admin
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", command::words_of(&admin)))?;
        if let Some(mut stdin) = child.stdin.take() {
            writeln!(stdin, "{line}").context("cannot tell it the line")?;
        }
        let output = child.wait_with_output().context("it cannot be waited for")?;
        if !output.status.success() {
            bail!("{}: {}", command::words_of(&admin), String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(())
    }

    /// The link that makes the first administrator; nothing if there is one.
    pub(super) fn bootstrap_link(&self) -> Result<Option<String>> {
        let mut link = self.command(&["admin", "bootstrap-link"]);
        let answer = link.stdin(Stdio::null()).output().context("cannot ask for the administrator's link")?;
        if answer.status.code() == Some(HAS_ADMINISTRATOR) {
            return Ok(None);
        }
        if !answer.status.success() {
            bail!("no administrator's link: {}", String::from_utf8_lossy(&answer.stderr).trim());
        }
        Ok(Some(String::from_utf8_lossy(&answer.stdout).trim().to_owned()))
    }

    /// The program with words, its data and its database.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words).arg("--data").arg(&self.data);
        if let Some(url) = &self.database_url {
            // In the environment, where the process list does not show the password.
            command.env("SLIPWAY_DATABASE_URL", url);
        }
        command
    }
}

/// Whether `/readyz` says yes.
fn answers_ready(console: &str) -> bool {
    let Some(address) = console.strip_prefix("http://") else {
        return false;
    };
    let asked = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        write!(stream, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    asked().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}
