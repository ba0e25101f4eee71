//! Why a command did not do what was asked, and the exit code that says so to a script.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use read_models::error::{ConsoleError, ErrorKind};

use crate::authn::PasswordProblem;
use crate::authn::password::HashingFailed;
use crate::config::ConfigError;
use crate::http::agent::AgentsError;
use crate::nodes::AuthorityError;
use crate::secret::KeyError;
use crate::store::db::StoreError;
use crate::store::migrate::MigrateError;

#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    #[error("{0}")]
    Config(#[source] ConfigError),
    #[error("{name} is `{value}`: {fix}")]
    Option { name: &'static str, value: String, fix: String },
    /// The Console's own words.
    #[error("{}", told(.0))]
    Refused(Box<ConsoleError>),
    #[error("it did not succeed: {0}")]
    NotSucceeded(String),
    #[error("it does not fit: {0}")]
    Misfit(#[source] evidence::Misfit),
    #[error("it asks somebody: {0}")]
    Asks(String),
    #[error("{0} Nothing was changed.")]
    Password(PasswordProblem),
    #[error("there is an administrator already: sign in, or make a person with `slipway admin create-user`")]
    AdministratorExists,
    #[error("the folder {} cannot be used", path.display())]
    Folder {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("cannot listen on {listen}")]
    Listen {
        listen: SocketAddr,
        #[source]
        source: io::Error,
    },
    #[error("the certificate or key for the console cannot be used")]
    Tls(#[source] io::Error),
    #[error("{0}")]
    Key(#[source] KeyError),
    #[error("the database {database} cannot be opened")]
    Open {
        database: String,
        #[source]
        source: StoreError,
    },
    #[error("{0}")]
    Migrate(#[source] MigrateError),
    #[error("the database did not do what was asked; nothing was changed")]
    Store(#[source] StoreError),
    #[error("the certificate authority for agents cannot be opened")]
    Authority(#[source] Box<AuthorityError>),
    #[error("the password could not be hashed")]
    Hashing(#[source] HashingFailed),
    #[error("the password could not be read from stdin")]
    Stdin(#[source] io::Error),
    #[error("the answer could not be written to stdout")]
    Answer(#[source] io::Error),
    #[error("the program could not be started")]
    Runtime(#[source] io::Error),
    #[error("{0}")]
    Agents(#[source] AgentsError),
    #[error("a part of the server broke")]
    Part(#[source] tokio::task::JoinError),
    #[error("the console's listener stopped")]
    Serve(#[source] io::Error),
}

impl CliError {
    pub(super) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config(_) | Self::Option { .. } | Self::Password(_) => ExitCode::from(2),
            Self::Refused(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::BadRequest) => {
                ExitCode::from(2)
            }
            Self::AdministratorExists => ExitCode::from(3),
            Self::Asks(_) => ExitCode::from(4),
            Self::Misfit(_) => ExitCode::from(5),
            Self::Refused(_)
            | Self::NotSucceeded(_)
            | Self::Folder { .. }
            | Self::Listen { .. }
            | Self::Tls(_)
            | Self::Key(_)
            | Self::Open { .. }
            | Self::Migrate(_)
            | Self::Store(_)
            | Self::Authority(_)
            | Self::Hashing(_)
            | Self::Stdin(_)
            | Self::Answer(_)
            | Self::Runtime(_)
            | Self::Agents(_)
            | Self::Part(_)
            | Self::Serve(_) => ExitCode::FAILURE,
        }
    }
}

/// What happened, which part of the input was wrong, and the next step.
fn told(error: &ConsoleError) -> String {
    let fields = error.fields.iter().map(|field| format!("{}: {}", field.pointer, field.sentence));
    let lines = std::iter::once(error.sentence.clone()).chain(fields).chain(error.next_step.clone());
    lines.collect::<Vec<_>>().join(" ")
}
