//! Which files of the checkout have changed, by looking at their times.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, SystemTime},
};

use crate::workspace;

/// What is looked at, below the repository's folder.
const FOLDERS: [&str; 4] = ["crates", "migrations", "public", "style"];
/// An editor that saves several files does so within this time.
const QUIET: Duration = Duration::from_millis(150);

/// The times of every file, as they were at the last look.
pub(super) struct Watch {
    seen: HashMap<PathBuf, SystemTime>,
}

/// What has to be built anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Changed {
    /// What browsers load.
    pub(super) assets: bool,
    /// Server and agent.
    pub(super) programs: bool,
}

impl Watch {
    pub(super) fn begin() -> Self {
        Self { seen: look() }
    }

    /// What has changed since the last look, once nothing changes any more.
    pub(super) fn changed(&mut self) -> Option<Changed> {
        let mut now = look();
        if now == self.seen {
            return None;
        }
        loop {
            thread::sleep(QUIET);
            let later = look();
            if later == now {
                break;
            }
            now = later;
        }
        let differs = |(path, time): &(&PathBuf, &SystemTime)| self.seen.get(*path) != Some(*time);
        let new = now.iter().filter(differs).map(|(path, _)| path);
        let gone = self.seen.keys().filter(|path| !now.contains_key(*path));
        let changed = new.chain(gone).fold(Changed::default(), |before, path| before.and(of(path)));
        self.seen = now;
        Some(changed)
    }
}

impl Changed {
    const fn and(self, other: Self) -> Self {
        Self { assets: self.assets || other.assets, programs: self.programs || other.programs }
    }
}

/// What a file is part of. Tests are part of nothing that runs.
fn of(path: &Path) -> Changed {
    let path = path.strip_prefix(workspace::root()).unwrap_or(path);
    let mut parts = path.iter().filter_map(|part| part.to_str());
    match (parts.next(), parts.next(), parts.next()) {
        (Some("crates"), Some(_), Some("tests")) => Changed::default(),
        (Some("crates"), Some("app" | "read-models"), _) => Changed { assets: true, programs: true },
        (Some("crates"), Some("frontend"), _) | (Some("style" | "public"), ..) => {
            Changed { assets: true, programs: false }
        }
        _ => Changed { assets: false, programs: true },
    }
}

fn look() -> HashMap<PathBuf, SystemTime> {
    let mut found = HashMap::new();
    let mut folders: Vec<PathBuf> = FOLDERS.iter().map(|name| workspace::root().join(name)).collect();
    while let Some(folder) = folders.pop() {
        // A folder that has just gone is a change that the next look sees.
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => folders.push(entry.path()),
                Ok(metadata) => {
                    found.insert(entry.path(), metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH));
                }
                Err(_) => {}
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_in_both_and_a_test_in_neither() {
        let changed = |path: &str| of(&workspace::root().join(path));
        let (both, assets) =
            (Changed { assets: true, programs: true }, Changed { assets: true, programs: false });
        assert_eq!(changed("crates/app/src/pages/mod.rs"), both);
        assert_eq!(changed("crates/read-models/src/lib.rs"), both);
        assert_eq!(changed("style/base.css"), assets);
        assert_eq!(changed("crates/frontend/src/lib.rs"), assets);
        assert_eq!(changed("crates/server/src/main.rs"), Changed { assets: false, programs: true });
        assert_eq!(changed("migrations/sqlite/0001_identity.sql"), Changed { assets: false, programs: true });
        assert_eq!(changed("crates/server/tests/policy.rs"), Changed::default());
    }
}
