//! A PostgreSQL of our own: made in a temporary folder, durable as in production, stopped when it is dropped.

use std::{
    fs,
    net::TcpListener,
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, User},
};
use tempfile::TempDir;

use crate::{
    command,
    host::{self, Needed},
};

/// The database's own user; it is asked for no password on a loopback port of a throw-away database.
const USER: &str = "slipway";
const TIME_TO_BE_READY: Duration = Duration::from_mins(1);

/// A running private PostgreSQL.
pub(crate) struct Postgres {
    process: Child,
    port: u16,
    // Removed after the process has ended: fields are dropped in order, after `drop` below.
    folder: TempDir,
}

impl Postgres {
    pub(crate) fn start() -> Result<Self> {
        let initdb = find_initdb()?;
        let programs = initdb.parent().context("initdb without a folder")?;
        let folder = TempDir::new().context("cannot make a temporary folder")?;
        let account = Account::for_database()?;
        account.give(folder.path())?;

        let data = folder.path().join("data");
        let mut make = account.command(&initdb);
        make.args(["--username", USER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--pgdata"])
            .arg(&data);
        command::output(&mut make)?;

        let port = free_port()?;
        let log = fs::File::create(folder.path().join("log")).context("cannot make the database's log")?;
        let mut serve = account.command(&programs.join("postgres"));
        serve.arg("-D").arg(&data).arg("-k").arg(folder.path()).args(["-p", &port.to_string()]);
        for setting in
            ["listen_addresses=127.0.0.1", "fsync=on", "synchronous_commit=on", "max_connections=300"]
        {
            serve.args(["-c", setting]);
        }
        serve.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let process = serve.spawn().context("cannot start postgres")?;
        let mut postgres = Self { process, port, folder };
        postgres.wait_until_ready()?;
        Ok(postgres)
    }

    /// The address tests make their own databases at.
    pub(crate) fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/postgres", self.port)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + TIME_TO_BE_READY;
        while Instant::now() < deadline {
            if let Some(status) = self.process.try_wait().context("lost sight of postgres")? {
                let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
                bail!("postgres ended with {status}: {log}");
            }
            // Postgres writes its state into the eighth line of this file.
            let state =
                fs::read_to_string(self.folder.path().join("data/postmaster.pid")).unwrap_or_default();
            if state.lines().nth(7).is_some_and(|state| state.trim() == "ready") {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(100));
        }
        bail!("postgres is not ready after {} s", TIME_TO_BE_READY.as_secs())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // "Fast shutdown": connections are closed, nothing is lost.
        if let Ok(pid) = i32::try_from(self.process.id()) {
            let _ = kill(Pid::from_raw(pid), Signal::SIGINT);
        }
        let _ = self.process.wait();
    }
}

/// Whom the database runs as: it refuses to run as root.
struct Account(Option<User>);

impl Account {
    fn for_database() -> Result<Self> {
        if !host::is_root() {
            return Ok(Self(None));
        }
        for name in ["postgres", "nobody"] {
            if let Some(user) =
                User::from_name(name).with_context(|| format!("cannot look for the user {name}"))?
            {
                return Ok(Self(Some(user)));
            }
        }
        bail!("postgres does not run as root, and there is neither a user postgres nor nobody")
    }

    fn give(&self, folder: &Path) -> Result<()> {
        let Some(user) = &self.0 else { return Ok(()) };
        chown(folder, Some(user.uid.as_raw()), Some(user.gid.as_raw()))
            .with_context(|| format!("cannot give {} to {}", folder.display(), user.name))
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // The caller's folder may be one this user cannot enter.
        command.current_dir("/");
        if let Some(user) = &self.0 {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        command
    }
}

/// Debian keeps each version's programs in a folder of its own; the newest is taken.
fn find_initdb() -> Result<PathBuf> {
    let needed = |folders| Needed {
        program: "initdb",
        package: "postgresql",
        purpose: "tests on PostgreSQL",
        folders,
    };
    needed(debianfolders()).find_or_install().or_else(|missing| {
        // The folders are only there once the package is.
        host::find_program("initdb", &debianfolders()).ok_or(missing)
    })
}

fn debianfolders() -> Vec<PathBuf> {
    let Ok(versions) = fs::read_dir("/usr/lib/postgresql") else {
        return Vec::new();
    };
    let mut folders: Vec<PathBuf> =
        versions.filter_map(Result::ok).map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    folders
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("there is no free port")?;
    Ok(listener.local_addr().context("a listener without an address")?.port())
}
