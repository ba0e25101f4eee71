//! Which database: `sqlite:FILE`, `postgres://…`, or the path of a file. A password in it is never printed.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

/// A database to connect to.
#[derive(Clone)]
pub enum DatabaseUrl {
    Sqlite(PathBuf),
    Postgres(Box<PgConnectOptions>),
}

/// Why a text is no database address.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseUrlError {
    #[error("no file is named after `sqlite:`")]
    NoFile,
    #[error("`{scheme}:` is no database Slipway knows; write sqlite:FILE or postgres://USER@HOST/NAME")]
    UnknownScheme { scheme: String },
    #[error("the PostgreSQL address cannot be read; write postgres://USER@HOST/NAME")]
    Postgres(#[source] sqlx::Error),
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((scheme, rest)) = text.split_once(':') else {
            return if text.is_empty() {
                Err(DatabaseUrlError::NoFile)
            } else {
                Ok(Self::Sqlite(PathBuf::from(text)))
            };
        };
        match scheme {
            "sqlite" => match rest.strip_prefix("//").unwrap_or(rest) {
                "" => Err(DatabaseUrlError::NoFile),
                path => Ok(Self::Sqlite(PathBuf::from(path))),
            },
            "postgres" | "postgresql" => {
                let options = text.parse::<PgConnectOptions>().map_err(DatabaseUrlError::Postgres)?;
                Ok(Self::Postgres(Box::new(options)))
            }
            other => Err(DatabaseUrlError::UnknownScheme { scheme: other.to_owned() }),
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(options) => {
                write!(f, "postgres://{}/{}", options.get_host(), options.get_database().unwrap_or(""))
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_and_both_schemes_are_understood() {
        assert!(matches!("data/slipway.db".parse(), Ok(DatabaseUrl::Sqlite(_))));
        assert!(matches!("sqlite://x.db".parse(), Ok(DatabaseUrl::Sqlite(_))));
        assert!(matches!("postgres://u@h/n".parse(), Ok(DatabaseUrl::Postgres(_))));
    }

    #[test]
    fn an_unknown_scheme_is_named() {
        let error = "mysql://x".parse::<DatabaseUrl>().expect_err("mysql is not supported");
        assert!(error.to_string().contains("`mysql:`"), "{error}");
    }

    #[test]
    fn a_password_is_not_printed() {
        let url: DatabaseUrl = "postgres://u:geheim@h/n".parse().expect("a valid address");
        assert!(!format!("{url:?} {url}").contains("geheim"));
    }
}
