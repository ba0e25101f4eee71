//! Who may log in to a workload: its `~/.ssh/authorized_keys`.
//!
//! The drivers here run no SSH server; a program that serves SSH finds the keys where sshd(8) looks for them. They are
//! made ready beside the workload's own folder, where only the agent writes, and moved into it in one step: nothing the
//! workload does in its folder meanwhile can lead the agent elsewhere.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, chown};
use std::path::Path;

/// Writes the keys for the workload's user. Where there is anything by the name of `.ssh` it is the workload's own, from
/// this try or an earlier run, and stays as it is.
pub(crate) fn let_in(work: &Path, keys: &[String], uid: Option<u32>) -> io::Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    let ready = work.with_extension("ssh");
    clear(&ready)?;
    DirBuilder::new().mode(0o700).create(&ready)?;
    let path = ready.join("authorized_keys");
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    file.write_all((keys.join("\n") + "\n").as_bytes())?;
    file.sync_all()?;
    for made in [&path, &ready] {
        chown(made, uid, uid)?;
    }
    match fs::rename(&ready, work.join(".ssh")) {
        Err(error) if is_taken(&error) => clear(&ready),
        done => done,
    }
}

/// A folder that is not empty, a file, a link: rename(2) replaces none of them by a folder.
fn is_taken(error: &io::Error) -> bool {
    use io::ErrorKind::{AlreadyExists, DirectoryNotEmpty, NotADirectory};
    matches!(error.kind(), AlreadyExists | DirectoryNotEmpty | NotADirectory)
}

fn clear(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::PathBuf;

    use super::*;

    const KEY: &str = "ssh-ed25519 AAAA";

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let work = folder.path().join("work");
        fs::create_dir(&work).unwrap();
        (folder, work)
    }

    #[test]
    fn the_keys_stand_where_sshd_looks_and_only_their_owner_reads_them() {
        let (folder, work) = folder();
        let_in(&work, &[], None).unwrap();
        assert!(!work.join(".ssh").exists());
        // Half written by a try that was interrupted.
        fs::create_dir(folder.path().join("work.ssh")).unwrap();
        let_in(&work, &[KEY.to_owned(), "ssh-rsa BBBB".to_owned()], None).unwrap();
        let path = work.join(".ssh/authorized_keys");
        assert_eq!(fs::read_to_string(&path).unwrap(), "ssh-ed25519 AAAA\nssh-rsa BBBB\n");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_an_earlier_run_left_is_neither_followed_nor_changed() {
        let (folder, work) = folder();
        let elsewhere = folder.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        symlink(&elsewhere, work.join(".ssh")).unwrap();
        let_in(&work, &[KEY.to_owned()], None).unwrap();
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
        fs::remove_file(work.join(".ssh")).unwrap();
        fs::create_dir(work.join(".ssh")).unwrap();
        fs::write(work.join(".ssh/known_hosts"), "its own").unwrap();
        let_in(&work, &[KEY.to_owned()], None).unwrap();
        assert!(!work.join(".ssh/authorized_keys").exists() && work.join(".ssh/known_hosts").exists());
    }
}
