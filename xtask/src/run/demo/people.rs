//! The people of the demo: one for each role, with passwords that are made for this data folder and nowhere else.

use std::{collections::BTreeMap, fs, io::Read as _, path::Path};

use anyhow::{Context as _, Result};
use serde_json::json;

use super::{
    PROJECTS,
    api::Api,
    stage::{self, Stage},
};
use crate::run::server::Server;

/// Who has which role where; addresses that cannot be anybody's.
const PEOPLE: [(&str, &str, Option<&str>); 6] = [
    (ADMINISTRATOR, "platform_admin", None),
    (OPERATOR, "operator", None),
    ("auditor@demo.invalid", "auditor", None),
    (MEMBERS[0], "project_admin", Some(PROJECTS[0])),
    (MEMBERS[1], "member", Some(PROJECTS[1])),
    ("viewer@demo.invalid", "viewer", Some(PROJECTS[1])),
];
pub(super) const ADMINISTRATOR: &str = "admin@demo.invalid";
pub(super) const OPERATOR: &str = "operator@demo.invalid";
/// Who launches, in each of the projects.
pub(super) const MEMBERS: [&str; 2] = ["inference@demo.invalid", "training@demo.invalid"];

/// The people and their passwords, by address.
pub(super) struct People(BTreeMap<String, String>);

impl People {
    /// Makes those that are missing. Their passwords stand in a file for this account alone.
    pub(super) fn made(server: &Server, folder: &Path) -> Result<Self> {
        let path = folder.join("sign-in.json");
        let mut known: BTreeMap<String, String> = match fs::read(&path) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).with_context(|| format!("{} is damaged", path.display()))?
            }
            Err(_) => BTreeMap::new(),
        };
        for (email, role, project) in PEOPLE {
            if known.contains_key(email) {
                continue;
            }
            let password = new_password()?;
            let mut words = vec!["create-user", "--email", email, "--role", role, "--password-stdin"];
            words.extend(project.into_iter().flat_map(|project| ["--project", project]));
            server.admin_with_stdin(&words, &password)?;
            known.insert(email.to_owned(), password);
            stage::write_private(&path, &serde_json::to_string_pretty(&known)?)?;
        }
        Ok(Self(known))
    }

    /// Lines for the terminal.
    pub(super) fn how_to_sign_in(&self) -> Vec<String> {
        let line = |(email, role, project): &(&str, &str, Option<&str>)| {
            let password = self.0.get(*email).map_or("as before", String::as_str);
            let place = project.map_or_else(String::new, |project| format!(" in {project}"));
            format!("{email:<24} {password}   {role}{place}")
        };
        PEOPLE.iter().map(line).collect()
    }
}

/// A token to act with while the demo is made.
pub(super) fn token(server: &Server, email: &str) -> Result<String> {
    let words = ["issue-token", "--email", email, "--expires", "10m", "--scope", "destructive"];
    server.admin(&[&words[..], &["--name", "making the demo"]].concat())
}

/// An invitation that waits for somebody.
pub(super) fn invite(administrator: &Api, stage: &Stage) -> Result<()> {
    stage.once("an invitation", || {
        let input = json!({ "email": "newcomer@demo.invalid", "role": "finance", "days": 7 });
        administrator.carry_out("user.invite", "people:platform", &input).map(drop)
    })
}

/// 96 bits from the system, in letters that are easily typed.
fn new_password() -> Result<String> {
    let mut random = [0; 12];
    fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut random))
        .context("no randomness")?;
    let digits = hex::encode(random);
    let parts: Vec<&str> = (0..4).filter_map(|at| digits.get(at * 6..at * 6 + 6)).collect();
    Ok(parts.join("-"))
}
