//! The folders of builds: their names, which of them stay, copying.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

use super::compress;
use crate::command::say;

/// Gives the fresh build its name and place, and removes all builds but it and the one before it.
pub(super) fn settle(out: &Path, fresh: &Path, compressed: bool) -> Result<String> {
    let build = build_id(fresh)?;
    let before = fs::read_to_string(out.join("build-id")).unwrap_or_default().trim().to_owned();
    let place = out.join("pkg").join(&build);
    if place.is_dir() {
        // The name is made from the contents: what lies there is the same build.
        remove(fresh)?;
    } else {
        if compressed {
            say("compressing");
            compress::folder(fresh)?;
        }
        fs::rename(fresh, &place).with_context(|| format!("cannot move the build to {}", place.display()))?;
    }
    fs::write(out.join("build-id"), format!("{build}\n")).context("cannot write build-id")?;
    if before != build {
        remove_all_but(&out.join("pkg"), &[&build, &before])?;
    }
    Ok(build)
}

/// A name made from every file's name and contents.
fn build_id(folder: &Path) -> Result<String> {
    let mut hash = Sha256::new();
    for file in files(folder)? {
        let bytes = fs::read(folder.join(&file)).with_context(|| format!("cannot read {file}"))?;
        hash.update(format!("{file} {}\n", bytes.len()));
        hash.update(bytes);
    }
    let mut name = hex::encode(hash.finalize());
    name.truncate(16);
    Ok(name)
}

/// Every file below a folder, by its path from there, in a fixed order.
pub(super) fn files(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(inner) = open.pop() {
        for name in names_in(&folder.join(&inner))? {
            let path = inner.join(name);
            if folder.join(&path).is_dir() {
                open.push(path);
            } else {
                found.push(path.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}

fn names_in(folder: &Path) -> Result<Vec<OsString>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    entries.map(|entry| Ok(entry?.file_name())).collect()
}

/// Makes `copy` hold what `original` holds and nothing else; an absent original is an empty one.
pub(super) fn mirror(original: &Path, copy: &Path) -> Result<()> {
    make_empty(copy)?;
    if !original.is_dir() {
        return Ok(());
    }
    for file in files(original)? {
        let to = copy.join(&file);
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        }
        fs::copy(original.join(&file), &to).with_context(|| format!("cannot copy {file}"))?;
    }
    Ok(())
}

/// A folder that is there and empty.
pub(super) fn make_empty(folder: &Path) -> Result<()> {
    remove(folder)?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

fn remove_all_but(folder: &Path, keep: &[&str]) -> Result<()> {
    for name in names_in(folder)? {
        if !keep.iter().any(|kept| name == *kept) {
            remove(&folder.join(name))?;
        }
    }
    Ok(())
}

/// What a build weighs, as a person wants to read it: as sent where compressed copies exist.
pub(super) fn weight(build: &Path) -> Result<String> {
    let (mut plain, mut sent) = (0, 0);
    for file in files(build)? {
        let size = fs::metadata(build.join(&file)).with_context(|| format!("cannot look at {file}"))?.len();
        match Path::new(&file).extension().and_then(|ending| ending.to_str()) {
            Some("br") => sent += size,
            Some("gz") => {}
            Some(_) | None => plain += size,
        }
    }
    let plain = format!("{} KB", plain / 1024);
    Ok(if sent == 0 { plain } else { format!("{plain}, {} KB sent as brotli", sent / 1024) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build_with(out: &Path, contents: &str) -> String {
        let fresh = out.join("pkg/.new");
        make_empty(&fresh).unwrap();
        fs::write(fresh.join("slipway.js"), contents).unwrap();
        settle(out, &fresh, true).unwrap()
    }

    fn builds(out: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            names_in(&out.join("pkg")).unwrap().into_iter().map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_build_and_the_one_before_it_stay_and_older_ones_go() {
        let out = tempfile::tempdir().unwrap();
        let first = build_with(out.path(), "one");
        let second = build_with(out.path(), "two");
        let again = build_with(out.path(), "two");
        assert_eq!(second, again);
        let mut both = [first, second.clone()];
        both.sort();
        assert_eq!(builds(out.path()), both);

        let third = build_with(out.path(), "three");
        let mut both = [second, third.clone()];
        both.sort();
        assert_eq!(builds(out.path()), both);
        assert_eq!(fs::read_to_string(out.path().join("build-id")).unwrap().trim(), third);
    }

    #[test]
    fn compressed_copies_lie_beside_their_file_and_do_not_change_the_name() {
        let out = tempfile::tempdir().unwrap();
        let build = build_with(out.path(), "one");
        let files = files(&out.path().join("pkg").join(&build)).unwrap();
        assert_eq!(files, ["slipway.js", "slipway.js.br", "slipway.js.gz"]);
        assert_eq!(build_with(out.path(), "one"), build);
    }

    #[test]
    fn a_mirror_forgets_what_the_original_no_longer_has() {
        let place = tempfile::tempdir().unwrap();
        let (original, copy) = (place.path().join("public"), place.path().join("copy"));
        fs::create_dir_all(original.join("marks")).unwrap();
        fs::write(original.join("marks/a.svg"), "a").unwrap();
        mirror(&original, &copy).unwrap();
        assert_eq!(files(&copy).unwrap(), ["marks/a.svg"]);
        fs::remove_file(original.join("marks/a.svg")).unwrap();
        mirror(&original, &copy).unwrap();
        assert_eq!(files(&copy).unwrap(), Vec::<String>::new());
    }
}
