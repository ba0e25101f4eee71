//! Deleting what removed workloads left behind, on a thread of its own.
//!
//! A workload decides what its folder looks like: sixty thousand folders inside each other would overflow the stack of
//! a deletion that recurses and the descriptors of one that keeps each level open. So nested folders are moved up to
//! the top of the doomed folder and emptied there; no path is ever longer than two names below it. The top belongs to
//! the agent, so nothing the workload left running can swap what is being emptied for a link.
//!
//! The slot was free from the moment the folder was set aside. What cannot be deleted is lost disk space: it is said,
//! and tried again when the agent starts.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use nix::unistd::Uid;
use node_protocol::Capability;

/// What is said when something could not be deleted.
const CAPABILITY: &str = "disk.removed-workloads";
/// A folder that still fills after so many looks has somebody writing into it.
const MOST_LOOKS: usize = 100;

/// The thread that deletes, and what it could not.
pub(crate) struct Debris {
    doomed: Option<Sender<PathBuf>>,
    failed: Arc<Mutex<BTreeMap<PathBuf, String>>>,
}

impl Debris {
    /// Starts the thread. It ends with this; what is left then is deleted by the next agent.
    pub(crate) fn start() -> Self {
        let failed: Arc<Mutex<BTreeMap<PathBuf, String>>> = Arc::default();
        let (doomed, orders) = mpsc::channel::<PathBuf>();
        let seen = Arc::clone(&failed);
        let work = move || {
            for path in orders {
                let done = delete(&path);
                let mut failed = seen.lock().unwrap_or_else(PoisonError::into_inner);
                match done {
                    Ok(()) => _ = failed.remove(&path),
                    Err(error) => {
                        tracing::warn!(%error, "{} cannot be deleted: {error}", path.display());
                        failed.insert(path, error.to_string());
                    }
                }
            }
        };
        let thread = thread::Builder::new().name("debris".to_owned()).spawn(work);
        if let Err(error) = &thread {
            tracing::warn!(%error, "removed workloads' files stay for now: there is no thread to delete them");
        }
        Self { doomed: thread.is_ok().then_some(doomed), failed }
    }

    /// Deletes a folder when its turn comes.
    pub(crate) fn delete(&self, path: PathBuf) {
        if let Some(doomed) = &self.doomed {
            // The other end ends only after this one.
            let _ = doomed.send(path);
        }
    }

    /// What is said to the server while there is debris.
    pub(crate) fn capability(&self) -> Option<Capability> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let (path, error) = failed.first_key_value()?;
        let detail = format!(
            "{} folder(s) of removed workloads cannot be deleted and use disk space; the first is {}: {error}.",
            failed.len(),
            path.display()
        );
        Some(Capability { name: CAPABILITY.to_owned(), available: false, detail })
    }
}

/// Deletes a folder and everything in it, however deep. What is not there counts as deleted.
pub(crate) fn delete(doomed: &Path) -> io::Result<()> {
    match fs::symlink_metadata(doomed) {
        Ok(found) if found.is_dir() => {}
        Ok(_) => return fs::remove_file(doomed),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    }
    let mut deletion = Deletion { doomed, next: 0, waiting: Vec::new(), first_error: None };
    open_up(doomed);
    deletion.empty(doomed);
    while let Some(folder) = deletion.waiting.pop() {
        // Looked at again: at the top it can no longer be exchanged.
        match fs::symlink_metadata(&folder) {
            Ok(found) if found.is_dir() => {
                open_up(&folder);
                deletion.empty(&folder);
                deletion.note(fs::remove_dir(&folder));
            }
            Ok(_) => deletion.note(fs::remove_file(&folder)),
            Err(error) => deletion.note(Err(error)),
        }
    }
    deletion.note(fs::remove_dir(doomed));
    deletion.first_error.map_or(Ok(()), Err)
}

/// One deletion under way.
struct Deletion<'a> {
    doomed: &'a Path,
    next: u64,
    /// Folders at the top that are still to be emptied. The last goes first, so that few are there at one time.
    waiting: Vec<PathBuf>,
    first_error: Option<io::Error>,
}

impl Deletion<'_> {
    /// Takes everything out of a folder: files are deleted, folders wait at the top.
    fn empty(&mut self, folder: &Path) {
        // A folder that changes while it is read may hide entries, so it is read until it is empty.
        for _ in 0..MOST_LOOKS {
            if folder == self.doomed {
                // Its folders stay where they are, so each look finds them again.
                self.waiting.clear();
            }
            let taken = match fs::read_dir(folder) {
                Ok(entries) => entries.map(|entry| self.take(folder, entry)).filter(|taken| *taken).count(),
                Err(error) => return self.note(Err(error)),
            };
            if taken == 0 {
                return;
            }
        }
    }

    /// Takes one entry away; answers whether it is gone from where it was.
    fn take(&mut self, folder: &Path, entry: io::Result<fs::DirEntry>) -> bool {
        let done = entry.and_then(|entry| {
            let path = entry.path();
            if !entry.file_type()?.is_dir() {
                return fs::remove_file(&path).map(|()| true);
            }
            if fs::remove_dir(&path).is_ok() {
                return Ok(true);
            }
            if folder == self.doomed {
                self.waiting.push(path);
                return Ok(false);
            }
            self.move_up(&path).map(|()| true)
        });
        done.unwrap_or_else(|error| {
            self.note(Err(error));
            false
        })
    }

    fn move_up(&mut self, path: &Path) -> io::Result<()> {
        open_up(path);
        let place = loop {
            let place = self.doomed.join(format!(".doomed-{}", self.next));
            self.next += 1;
            // An earlier, interrupted deletion may have left one by this name.
            if fs::symlink_metadata(&place).is_err() {
                break place;
            }
        };
        fs::rename(path, &place)?;
        self.waiting.push(place);
        Ok(())
    }

    /// Goes on after an error, so that as much as possible is deleted; the first is the one reported.
    fn note(&mut self, done: io::Result<()>) {
        if let Err(error) = done
            && error.kind() != io::ErrorKind::NotFound
        {
            self.first_error.get_or_insert(error);
        }
    }
}

/// Lets the owner read and change a folder. Root may do both anyway, and must not be led to another file by a link.
fn open_up(folder: &Path) {
    if !Uid::effective().is_root() {
        // What does not work shows when the folder is read.
        let _ = fs::set_permissions(folder, Permissions::from_mode(0o700));
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn very_many_folders_inside_each_other_are_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let doomed = folder.path().join(".removed-wl_1");
        let (deep, around) = (doomed.join("work"), doomed.join("around"));
        fs::create_dir_all(&deep).unwrap();
        // More than a process has descriptors, and more than its stack holds. From the inside out: a path to the innermost would be too long for any call.
        for _ in 0..12_000 {
            fs::create_dir(&around).unwrap();
            fs::rename(&deep, around.join("d")).unwrap();
            fs::rename(&around, &deep).unwrap();
        }
        delete(&doomed).unwrap();
        assert!(!doomed.exists());
    }

    #[test]
    fn closed_folders_go_and_what_links_point_to_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (doomed, kept) = (folder.path().join(".removed-wl_1"), folder.path().join("kept"));
        fs::create_dir_all(doomed.join("work/a/b")).unwrap();
        fs::create_dir_all(doomed.join(".doomed-0/left")).unwrap();
        fs::create_dir(&kept).unwrap();
        fs::write(kept.join("file"), "x").unwrap();
        fs::write(doomed.join("work/a/b/file"), "x").unwrap();
        symlink(&kept, doomed.join("work/a/link")).unwrap();
        for closed in ["work/a/b", "work/a"] {
            fs::set_permissions(doomed.join(closed), Permissions::from_mode(0o000)).unwrap();
        }
        delete(&doomed).unwrap();
        assert!(!doomed.exists() && kept.join("file").exists());
        delete(&doomed).unwrap();
    }

    #[test]
    fn what_cannot_be_deleted_is_said() {
        let debris = Debris::start();
        assert_eq!(debris.capability(), None);
        debris.delete(PathBuf::from("/proc/self/fdinfo"));
        let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while debris.capability().is_none() {
            assert!(std::time::Instant::now() < until, "nothing is said");
            thread::yield_now();
        }
        let said = debris.capability().unwrap();
        assert!(!said.available && said.detail.contains("/proc/self/fdinfo"), "{}", said.detail);
    }
}
