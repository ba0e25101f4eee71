//! What of the demo is done, so that nothing is done twice.

use std::{
    collections::BTreeSet,
    fs::{self, DirBuilder, OpenOptions},
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use anyhow::{Context as _, Result};

use crate::command::say;

/// The parts that are done, one line each in a file.
pub(super) struct Stage {
    path: PathBuf,
    done: Mutex<BTreeSet<String>>,
}

impl Stage {
    pub(super) fn open(folder: &Path) -> Result<Self> {
        let path = folder.join("done.txt");
        let text = if path.exists() {
            fs::read_to_string(&path).context("what of the demo is done")?
        } else {
            String::new()
        };
        Ok(Self { path, done: Mutex::new(text.lines().map(str::to_owned).collect()) })
    }

    /// Does a part that is not done. What does not work is said, and tried again at the next start.
    pub(super) fn once(&self, part: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
        if self.done.lock().unwrap_or_else(PoisonError::into_inner).contains(part) {
            return Ok(());
        }
        if let Err(error) = work() {
            say(format!("the demo goes on without {part}: {error:#}"));
            return Ok(());
        }
        let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.path)?;
        writeln!(file, "{part}").context("what of the demo is done cannot be noted")?;
        self.done.lock().unwrap_or_else(PoisonError::into_inner).insert(part.to_owned());
        Ok(())
    }
}

/// A folder for this account alone.
pub(super) fn private_folder(path: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make {}", path.display()))
}

/// A file for this account alone, in place of what was there.
pub(super) fn write_private(path: &Path, text: &str) -> Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_done_once_and_what_did_not_work_is_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let (mut good, mut bad) = (0, 0);
        for _ in 0..2 {
            let stage = Stage::open(folder.path()).unwrap();
            let works = || {
                good += 1;
                Ok(())
            };
            stage.once("one", works).unwrap();
            let fails = || {
                bad += 1;
                anyhow::bail!("no room")
            };
            stage.once("two", fails).unwrap();
        }
        assert_eq!((good, bad), (1, 2));
        assert_eq!(fs::read_to_string(folder.path().join("done.txt")).unwrap(), "one\n");
    }
}
