//! The agent's data folder: where each file is, and how files are written so that a crash leaves old or new, never half.
//!
//! Folders are 0711, so that an unprivileged workload can reach its own part by path; what is secret is a 0600 file.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use node_protocol::{WorkloadId, first_run};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How the name of a removed workload's folder begins.
const REMOVED: &str = ".removed-";

/// Where everything of one agent is kept.
#[derive(Debug, Clone)]
pub(crate) struct DataDir {
    root: PathBuf,
}

impl DataDir {
    /// Opens the folder, making it where it is missing.
    pub(crate) fn open(root: &Path) -> Result<Self, DataError> {
        make_folder(&root.join("workloads")).map_err(|source| DataError::write(root, source))?;
        let root = root.canonicalize().map_err(|source| DataError::write(root, source))?;
        Ok(Self { root })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The identity key. It never leaves this machine.
    pub(crate) fn identity_key(&self) -> PathBuf {
        self.root.join("identity.key")
    }

    /// Who this node is: id, certificate, root certificate, address. One file, so that they always belong together.
    pub(crate) fn node(&self) -> PathBuf {
        self.root.join("node.json")
    }

    /// What failed while enrolling, for the server to be told.
    pub(crate) fn enrolment_failures(&self) -> PathBuf {
        self.root.join("enrolment-failures.json")
    }

    /// When the server was last heard.
    pub(crate) fn contact(&self) -> PathBuf {
        self.root.join("contact.json")
    }

    /// Checkpoints of the server's audit chain.
    pub(crate) fn checkpoints(&self) -> PathBuf {
        self.root.join("checkpoints.json")
    }

    /// Held by the running agent.
    pub(crate) fn lock(&self) -> PathBuf {
        self.root.join("agent.lock")
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.root.join("journal.jsonl")
    }

    pub(crate) fn ledger(&self) -> PathBuf {
        self.root.join("effects.jsonl")
    }

    /// Where the drivers are tried out at start.
    pub(crate) fn probe(&self) -> PathBuf {
        self.root.join("probe")
    }

    pub(crate) fn workloads(&self) -> PathBuf {
        self.root.join("workloads")
    }

    pub(crate) fn workload(&self, id: &WorkloadId) -> PathBuf {
        self.workloads().join(id.as_str())
    }

    /// Where a workload's folder goes at the moment it is removed. It may come back in a later run and be removed again.
    pub(crate) fn removed_workload(&self, id: &WorkloadId, run: u32) -> PathBuf {
        let run = if run == first_run() { String::new() } else { format!("-run-{run}") };
        self.workloads().join(format!("{REMOVED}{id}{run}"))
    }

    /// The folders of removed workloads that are not deleted yet.
    pub(crate) fn removed_workloads(&self) -> io::Result<Vec<PathBuf>> {
        let entries = fs::read_dir(self.workloads())?;
        let is_removed = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with(REMOVED);
        Ok(entries.flatten().filter(is_removed).map(|entry| entry.path()).collect())
    }
}

/// Why the data folder could not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DataError {
    /// The disk or the permissions: repeat when they are mended.
    #[error("cannot read {path}")]
    Read { path: PathBuf, source: io::Error },
    /// The disk or the permissions: repeat when they are mended.
    #[error("cannot write {path}")]
    Write { path: PathBuf, source: io::Error },
    /// Not what this program wrote: a person has to look.
    #[error("{path} is damaged")]
    Damaged { path: PathBuf, source: serde_json::Error },
}

impl DataError {
    pub(crate) fn read(path: &Path, source: io::Error) -> Self {
        Self::Read { path: path.to_owned(), source }
    }

    pub(crate) fn write(path: &Path, source: io::Error) -> Self {
        Self::Write { path: path.to_owned(), source }
    }
}

/// Makes a folder and its parents.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o711).create(path)
}

/// Reads a file of JSON; `None` when there is no such file.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, DataError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(DataError::read(path, source)),
    };
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|source| DataError::Damaged { path: path.to_owned(), source })
}

/// Writes a file of JSON, whole and durable, in place of what was there.
pub(crate) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), DataError> {
    let bytes = to_json(path, value)?;
    write_atomically(path, &bytes).map_err(|source| DataError::write(path, source))
}

/// Writes a file of JSON unless there is one; answers whether it was written. Of two who try, one succeeds.
pub(crate) fn write_json_once<T: Serialize>(path: &Path, value: &T) -> Result<bool, DataError> {
    let bytes = to_json(path, value)?;
    write_once(path, &bytes).map_err(|source| DataError::write(path, source))
}

fn to_json<T: Serialize>(path: &Path, value: &T) -> Result<Vec<u8>, DataError> {
    serde_json::to_vec(value).map_err(|source| DataError::Damaged { path: path.to_owned(), source })
}

/// Temporary file, fsync, rename, fsync of the folder.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = write_temporary(path, bytes)?;
    fs::rename(&temporary, path)?;
    sync_parent(path)
}

/// Like [`write_atomically`], but a file that is there stays. A hard link is made or refused as a whole, so unlike
/// with `O_EXCL` nobody can see the file without its content.
fn write_once(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    let temporary = write_temporary(path, bytes)?;
    let linked = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary)?;
    match linked {
        Ok(()) => sync_parent(path).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

fn write_temporary(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.{}-{count}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(temporary)
}

/// Makes a rename durable.
pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn of_two_who_write_once_the_first_wins() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("claim.json");
        assert!(write_json_once(&path, &1).unwrap());
        assert!(!write_json_once(&path, &2).unwrap());
        assert_eq!(read_json::<i32>(&path).unwrap(), Some(1));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file is left");
    }

    #[test]
    fn files_are_for_the_agent_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("node.json");
        write_json(&path, &"x").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_file_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("node.json");
        fs::write(&path, "{").unwrap();
        assert!(read_json::<i32>(&path).unwrap_err().to_string().contains("node.json"));
        assert_eq!(read_json::<i32>(&dir.path().join("none")).unwrap(), None);
    }
}
