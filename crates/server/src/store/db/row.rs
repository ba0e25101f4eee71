//! One row of an answer, read by column name. A value that does not fit is [`StoreError::Corrupt`], never a default.

use read_models::counting::BoundedCount;
use read_models::time::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row as _, Type};

use super::StoreError;

/// A row of either database.
#[derive(Debug)]
pub enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// An id type that can be read back from its stored text.
pub trait StoredId: Sized {
    /// The id, when the text is one of this kind.
    fn from_stored(text: &str) -> Option<Self>;
}

impl Row {
    pub fn text(&self, column: &str) -> Result<String, StoreError> {
        self.get(column)
    }

    pub fn opt_text(&self, column: &str) -> Result<Option<String>, StoreError> {
        self.get(column)
    }

    pub fn int(&self, column: &str) -> Result<i64, StoreError> {
        self.get(column)
    }

    pub fn opt_int(&self, column: &str) -> Result<Option<i64>, StoreError> {
        self.get(column)
    }

    /// A count that stopped at one more than its bound.
    pub fn count(&self, column: &str, bound: u32) -> Result<BoundedCount, StoreError> {
        Ok(BoundedCount::from_overfull(u32::try_from(self.int(column)?).unwrap_or(u32::MAX), bound))
    }

    /// A flag: 0 or 1, or what `PostgreSQL` answers to a comparison.
    pub fn flag(&self, column: &str) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(_) => Ok(self.int(column)? != 0),
            Self::Postgres(row) => match row.try_get::<bool, _>(column) {
                Ok(flag) => Ok(flag),
                Err(_) => Ok(self.int(column)? != 0),
            },
        }
    }

    pub fn timestamp(&self, column: &str) -> Result<Timestamp, StoreError> {
        Ok(Timestamp::from_micros(self.int(column)?))
    }

    pub fn opt_timestamp(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.opt_int(column)?.map(Timestamp::from_micros))
    }

    /// An id of the wanted kind.
    pub fn id<T: StoredId>(&self, column: &str) -> Result<T, StoreError> {
        let text = self.text(column)?;
        T::from_stored(&text)
            .ok_or_else(|| StoreError::corrupt(format!("`{text}` in {column} is no id of its kind")))
    }

    /// An id of the wanted kind, or none.
    pub fn opt_id<T: StoredId>(&self, column: &str) -> Result<Option<T>, StoreError> {
        self.opt_text(column)?.map(|_| self.id(column)).transpose()
    }

    /// A document.
    pub fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        let text = self.text(column)?;
        serde_json::from_str(&text).map_err(|error| StoreError::corrupt(format!("{column}: {error}")))
    }

    /// A document, or none.
    pub fn opt_json<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, StoreError> {
        self.opt_text(column)?.map(|_| self.json(column)).transpose()
    }

    /// A word that stands for a variant; `read` gives the variant back.
    pub fn word<T>(&self, column: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<T, StoreError> {
        let text = self.text(column)?;
        read(&text)
            .ok_or_else(|| StoreError::corrupt(format!("`{text}` in {column} is no word this program knows")))
    }

    fn get<T>(&self, column: &str) -> Result<T, StoreError>
    where
        T: for<'r> Decode<'r, sqlx::Sqlite> + Type<sqlx::Sqlite>,
        T: for<'r> Decode<'r, sqlx::Postgres> + Type<sqlx::Postgres>,
    {
        match self {
            Self::Sqlite(row) => Ok(row.try_get(column)?),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }
}

pub(super) fn from_sqlite(rows: Result<Vec<SqliteRow>, sqlx::Error>) -> Result<Vec<Row>, StoreError> {
    Ok(rows?.into_iter().map(Row::Sqlite).collect())
}

pub(super) fn from_postgres(rows: Result<Vec<PgRow>, sqlx::Error>) -> Result<Vec<Row>, StoreError> {
    Ok(rows?.into_iter().map(Row::Postgres).collect())
}
