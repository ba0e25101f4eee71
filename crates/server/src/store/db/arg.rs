//! What a statement is given: text or a 64-bit integer, either may be absent.

use read_models::ids::{
    CommandId, EnrolmentTokenId, InvitationId, KeptSecretId, NodeId, OnboardingId, OperationId, PasskeyId,
    PlanId, ProjectId, SessionId, SkuId, SshKeyId, TokenId, UserId, ViewId, WorkloadId,
};
use read_models::time::Timestamp;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Postgres, Sqlite};

use super::StoreError;

/// One argument of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arg {
    Text(String),
    OptText(Option<String>),
    Int(i64),
    OptInt(Option<i64>),
}

/// The arguments of a statement in order: `args![&node, clock.now(), "cordoned"]`.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => {
        &[$($crate::store::db::Arg::from($value)),*][..] as &[$crate::store::db::Arg]
    };
}

macro_rules! bound {
    ($database:ty, $sql:expr, $args:expr) => {{
        let mut query = sqlx::query::<$database>($sql);
        for arg in $args {
            query = match arg {
                Arg::Text(value) => query.bind(value.clone()),
                Arg::OptText(value) => query.bind(value.clone()),
                Arg::Int(value) => query.bind(*value),
                Arg::OptInt(value) => query.bind(*value),
            };
        }
        query
    }};
}

pub(super) fn sqlite(
    sql: &'static str,
    args: &[Arg],
) -> Result<Query<'static, Sqlite, SqliteArguments>, StoreError> {
    storable(args)?;
    Ok(bound!(Sqlite, sql, args))
}

pub(super) fn postgres(
    sql: &'static str,
    args: &[Arg],
) -> Result<Query<'static, Postgres, PgArguments>, StoreError> {
    storable(args)?;
    Ok(bound!(Postgres, sql, args))
}

/// `PostgreSQL` keeps no NUL in text; so that both databases keep the same, neither is given one.
fn storable(args: &[Arg]) -> Result<(), StoreError> {
    let holds_nul = |arg: &Arg| match arg {
        Arg::Text(text) | Arg::OptText(Some(text)) => text.contains('\0'),
        Arg::OptText(None) | Arg::Int(_) | Arg::OptInt(_) => false,
    };
    if args.iter().any(holds_nul) { Err(StoreError::Unstorable) } else { Ok(()) }
}

impl From<&str> for Arg {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Arg {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&String> for Arg {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}

impl From<Option<String>> for Arg {
    fn from(value: Option<String>) -> Self {
        Self::OptText(value)
    }
}

impl From<&Option<String>> for Arg {
    fn from(value: &Option<String>) -> Self {
        Self::OptText(value.clone())
    }
}

impl From<Option<&str>> for Arg {
    fn from(value: Option<&str>) -> Self {
        Self::OptText(value.map(str::to_owned))
    }
}

impl From<i64> for Arg {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<i32> for Arg {
    fn from(value: i32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<u32> for Arg {
    fn from(value: u32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<Option<i64>> for Arg {
    fn from(value: Option<i64>) -> Self {
        Self::OptInt(value)
    }
}

impl From<bool> for Arg {
    fn from(value: bool) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<Timestamp> for Arg {
    fn from(value: Timestamp) -> Self {
        Self::Int(value.as_micros())
    }
}

impl From<Option<Timestamp>> for Arg {
    fn from(value: Option<Timestamp>) -> Self {
        Self::OptInt(value.map(Timestamp::as_micros))
    }
}

macro_rules! id_arguments {
    ($($id:ty),+ $(,)?) => {$(
        impl From<&$id> for Arg {
            fn from(value: &$id) -> Self {
                Self::Text(value.as_str().to_owned())
            }
        }
        impl From<Option<&$id>> for Arg {
            fn from(value: Option<&$id>) -> Self {
                Self::OptText(value.map(|id| id.as_str().to_owned()))
            }
        }
        impl From<&Option<$id>> for Arg {
            fn from(value: &Option<$id>) -> Self {
                Self::from(value.as_ref())
            }
        }
        impl super::row::StoredId for $id {
            fn from_stored(text: &str) -> Option<Self> {
                Self::parse(text).ok()
            }
        }
    )+};
}

id_arguments!(
    CommandId,
    EnrolmentTokenId,
    InvitationId,
    KeptSecretId,
    PasskeyId,
    SshKeyId,
    NodeId,
    OnboardingId,
    OperationId,
    PlanId,
    ProjectId,
    SessionId,
    SkuId,
    TokenId,
    UserId,
    ViewId,
    WorkloadId,
);
