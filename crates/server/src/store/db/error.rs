//! What went wrong in the store, cut by what the caller can do next.

use sqlx::error::{DatabaseError, ErrorKind};

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database did not answer, was busy too long, or undid the transaction to break a tie. Repeat the whole
    /// transaction; only when `commit` said this, look first whether it happened.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// Something else already has the value that has to be unique. `what` is the constraint's name (`PostgreSQL`) or
    /// `table.column` (`SQLite`).
    #[error("`{what}` is already taken")]
    Conflict { what: String },
    /// Another worker holds the lease by now: stop, change nothing more.
    #[error("the lease was lost to another worker")]
    LeaseLost,
    /// There is no such row, or none this permit may see.
    #[error("there is nothing of that name here")]
    NotFound,
    /// A text holds a NUL byte, which `PostgreSQL` cannot keep. The statement was not sent.
    #[error("a text with a NUL byte cannot be kept")]
    Unstorable,
    /// What is stored (or asked) makes no sense to this program: someone has to look.
    #[error("the database holds something this program cannot read: {what}")]
    Corrupt {
        what: String,
        #[source]
        source: Option<sqlx::Error>,
    },
    /// A newer program wrote this database.
    #[error(
        "the database is at schema {database}, this program knows schemas up to {program}: \
         start the newer Slipway, or restore the backup made before the upgrade"
    )]
    Newer { database: i64, program: i64 },
}

impl StoreError {
    /// Writes the whole chain down once, where the failure is handled.
    pub fn log(&self) {
        let cause = std::error::Error::source(self).map(ToString::to_string).unwrap_or_default();
        match self {
            Self::NotFound | Self::Conflict { .. } | Self::LeaseLost | Self::Unstorable => {}
            Self::Unavailable(_) => tracing::warn!(cause, "{self}"),
            Self::Corrupt { .. } | Self::Newer { .. } => tracing::error!(cause, "{self}"),
        }
    }

    /// The stored value makes no sense.
    pub fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into(), source: None }
    }

    /// Whether the unique thing that was hit is this column (`table`, `column`); both databases name it differently.
    pub fn is_conflict_on(&self, table: &str, column: &str) -> bool {
        match self {
            Self::Conflict { what } => {
                what.contains(&format!("{table}.{column}")) || what.contains(&format!("{table}_{column}"))
            }
            Self::Unavailable(_)
            | Self::LeaseLost
            | Self::NotFound
            | Self::Unstorable
            | Self::Corrupt { .. }
            | Self::Newer { .. } => false,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if let sqlx::Error::RowNotFound = error {
            return Self::NotFound;
        }
        if let sqlx::Error::Database(cause) = &error {
            if cause.kind() == ErrorKind::UniqueViolation {
                return Self::Conflict { what: constraint(&**cause) };
            }
            return if is_passing(&**cause) { Self::Unavailable(error) } else { not_understood(error) };
        }
        if is_about_the_connection(&error) { Self::Unavailable(error) } else { not_understood(error) }
    }
}

/// An UPDATE or DELETE that has to touch one row did so.
pub fn exactly_one(rows: u64) -> Result<(), StoreError> {
    match rows {
        1 => Ok(()),
        0 => Err(StoreError::NotFound),
        more => Err(StoreError::corrupt(format!("{more} rows changed where one was meant"))),
    }
}

fn not_understood(error: sqlx::Error) -> StoreError {
    StoreError::Corrupt { what: error.to_string(), source: Some(error) }
}

fn is_about_the_connection(error: &sqlx::Error) -> bool {
    matches!(
        error,
        sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed
    )
}

/// Busy, deadlocked, shutting down, out of connections: the same transaction may work in a moment.
fn is_passing(cause: &dyn DatabaseError) -> bool {
    let Some(code) = cause.code() else { return false };
    // PostgreSQL: connection, transaction rollback, resources, operator intervention. Its codes have five characters.
    if code.len() == 5 {
        return ["08", "40", "53", "57"].iter().any(|class| code.starts_with(class)) || code == "55P03";
    }
    // SQLite: BUSY (5) and LOCKED (6), also in their extended forms, whose low byte is the plain one.
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6))
}

fn constraint(cause: &dyn DatabaseError) -> String {
    if let Some(name) = cause.constraint() {
        return name.to_owned();
    }
    // SQLite says "UNIQUE constraint failed: table.column, table.column".
    cause.message().rsplit("failed: ").next().unwrap_or_default().to_owned()
}
