//! What the machine has to offer: programs on it, distribution packages, the wasm target.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};

use crate::{
    command::{output, run, say},
    workspace,
};

/// A program tests or workloads need, and where to look for it beside `PATH`.
pub(crate) struct Needed<'a> {
    pub(crate) program: &'a str,
    /// The Debian or Ubuntu package that brings it.
    pub(crate) package: &'a str,
    /// What it is needed for, to be put after "needed for".
    pub(crate) purpose: &'a str,
    pub(crate) folders: Vec<PathBuf>,
}

impl Needed<'_> {
    /// The program's path; as root a missing package is installed, otherwise the error is the line to type.
    pub(crate) fn find_or_install(&self) -> Result<PathBuf> {
        if let Some(found) = self.find() {
            return Ok(found);
        }
        install(self.package, self.purpose)?;
        match self.find() {
            Some(found) => Ok(found),
            None => bail!("{} is not there although {} is installed", self.program, self.package),
        }
    }

    fn find(&self) -> Option<PathBuf> {
        find_program(self.program, &self.folders)
    }
}

/// Looks for a program in `PATH`, then in the folders given.
pub(crate) fn find_program(name: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let in_path = env::split_paths(&path).collect::<Vec<_>>();
    in_path.iter().chain(folders).map(|folder| folder.join(name)).find(|candidate| is_executable(candidate))
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|facts| facts.is_file() && facts.permissions().mode() & 0o111 != 0)
}

/// Installs a distribution package, or says the line that does it.
fn install(package: &str, purpose: &str) -> Result<()> {
    let line = format!("apt-get install -y {package}");
    if !is_root() || find_program("apt-get", &[]).is_none() {
        bail!("{package} is missing (needed for {purpose}); as root: {line}");
    }
    say(format!("installing the package {package} (needed for {purpose})"));
    let apt = |arguments: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        apt
    };
    let install = ["install", "-y", "--no-install-recommends", package];
    if run(&mut apt(&install)).is_err() {
        // A fresh machine may not have fetched any package list yet.
        run(&mut apt(&["update"]))?;
        run(&mut apt(&install))?;
    }
    Ok(())
}

/// Whether this process may do anything.
pub(crate) fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// Adds the target browsers run to the pinned toolchain, if it is not there.
pub(crate) fn add_wasm_target() -> Result<()> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let mut rustc = Command::new("rustc");
    rustc.current_dir(workspace::root()).args(["--print", "target-libdir", "--target", TARGET]);
    if output(&mut rustc).is_ok_and(|folder| Path::new(folder.trim()).is_dir()) {
        return Ok(());
    }
    say(format!("adding the target {TARGET}"));
    run(Command::new("rustup").current_dir(workspace::root()).args(["target", "add", TARGET]))
}
