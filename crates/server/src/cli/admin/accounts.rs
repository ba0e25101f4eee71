//! `bootstrap-link` and `create-user`.

use std::io::BufRead as _;

use clap::Args;
use read_models::ids::{ProjectId, UserId};
use secrecy::{ExposeSecret as _, SecretString};

use super::super::serve::said_in;
use super::super::{CliError, answer};
use super::{Act, proof, record};
use crate::authn::{self, is_email, password};
use crate::authz::{Grant, Role, Scope};
use crate::state::AppState;
use crate::store::users::{self, NewAccount};
use crate::store::{db::StoreError, projects};

#[derive(Args)]
pub(in crate::cli) struct NewUser {
    /// The address they sign in with
    #[arg(long)]
    email: String,
    /// viewer, member, `project_admin` (in a project), operator, `platform_admin`, finance, auditor (on the platform)
    #[arg(long)]
    role: String,
    /// The project's name or id, for a role in a project
    #[arg(long)]
    project: Option<String>,
    /// Read the password from stdin (one line)
    #[arg(long, required = true)]
    password_stdin: bool,
}

pub(super) async fn bootstrap_link(state: &AppState) -> Result<(), CliError> {
    let mut tx = state.db.begin().await.map_err(CliError::Store)?;
    let token = authn::issue_link(&mut tx, &*state.clock, &*state.ids).await.map_err(CliError::Store)?;
    let token = token.ok_or(CliError::AdministratorExists)?;
    let act = Act {
        kind: "admin.bootstrap_link",
        sentence: "Made a one-time link for the first administrator.".to_owned(),
        project: None,
        resource: "bootstrap_link".to_owned(),
    };
    record(&mut tx, state, act).await.map_err(CliError::Store)?;
    tx.commit().await.map_err(CliError::Store)?;
    answer(&format!("{}/sign-in/first?token={}", console(state), token.expose_secret()))
}

pub(super) async fn create(state: &AppState, new: NewUser) -> Result<(), CliError> {
    if !is_email(&new.email) {
        let fix = "write an address like name@example.org".to_owned();
        return Err(CliError::Option { name: "--email", value: new.email, fix });
    }
    let grant = grant(state, &new).await?;
    let password = read_password()?;
    password::check(&password, &new.email).map_err(CliError::Password)?;
    let hash = state.authn.passwords.hash(&password, &*state.ids).await.map_err(CliError::Hashing)?;
    let id = UserId::from_uuid(&state.ids.uuid());
    let made = make(state, &id, &new, &grant, &hash).await;
    made.map_err(|error| {
        if error.is_conflict_on("user_account", "email") {
            let fix = "there is an account with this address already".to_owned();
            return CliError::Option { name: "--email", value: new.email.clone(), fix };
        }
        CliError::Store(error)
    })?;
    answer(id.as_str())
}

async fn make(
    state: &AppState,
    id: &UserId,
    new: &NewUser,
    grant: &Grant,
    hash: &str,
) -> Result<(), StoreError> {
    let (proof, now) = (proof(), state.clock.now());
    let display_name = new.email.trim().split('@').next().unwrap_or_default();
    let mut tx = state.db.begin().await?;
    let account = NewAccount { id, email: &new.email, display_name, password_hash: hash };
    users::create(&mut tx, &proof, account, now).await?;
    users::grant_role(&mut tx, &proof, id, grant, now).await?;
    let act = Act {
        kind: "admin.create_user",
        sentence: format!(
            "Made the account {} with the role {}.",
            users::canonical_email(&new.email),
            grant.role.key()
        ),
        project: grant.scope.project(),
        resource: format!("user:{id}"),
    };
    record(&mut tx, state, act).await?;
    tx.commit().await
}

async fn grant(state: &AppState, new: &NewUser) -> Result<Grant, CliError> {
    let wrong = |name, value: &str, fix: &str| CliError::Option {
        name,
        value: value.to_owned(),
        fix: fix.to_owned(),
    };
    let words = Role::ALL.map(Role::key).join(", ");
    let role =
        Role::parse(&new.role).ok_or_else(|| wrong("--role", &new.role, &format!("write one of {words}")))?;
    match (role.is_of_project(), &new.project) {
        (false, None) => Ok(Grant { role, scope: Scope::Platform }),
        (false, Some(project)) => {
            Err(wrong("--project", project, "this role is held on the platform: leave it out"))
        }
        (true, None) => Err(wrong("--project", "", "this role is held in a project: name it")),
        (true, Some(project)) => {
            let found = project_named(state, project).await?;
            let id =
                found.ok_or_else(|| wrong("--project", project, "there is no project of this name or id"))?;
            Ok(Grant { role, scope: Scope::Project(id) })
        }
    }
}

async fn project_named(state: &AppState, text: &str) -> Result<Option<ProjectId>, CliError> {
    let (proof, mut db) = (proof(), &state.db);
    if let Ok(id) = ProjectId::parse(text) {
        return match projects::find(&mut db, &proof, &id).await {
            Ok(project) => Ok(Some(project.id)),
            Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(CliError::Store(error)),
        };
    }
    let found = projects::find_named(&mut db, &proof, text).await.map_err(CliError::Store)?;
    Ok(found.map(|project| project.id))
}

fn read_password() -> Result<SecretString, CliError> {
    let mut line = zeroize::Zeroizing::new(String::new());
    std::io::stdin().lock().read_line(&mut line).map_err(CliError::Stdin)?;
    Ok(SecretString::from(line.trim_end_matches(['\r', '\n'])))
}

/// Where the console is reached: as the running server says, or as it will by its configuration.
fn console(state: &AppState) -> String {
    let said = std::fs::read(said_in(&state.config.data)).ok();
    let said = said.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
    let running = said.and_then(|said| said["console"].as_str().map(str::to_owned));
    let scheme = if state.config.is_behind_tls() { "https" } else { "http" };
    running.unwrap_or_else(|| format!("{scheme}://{}", state.config.listen))
}
