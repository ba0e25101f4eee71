//! SKUs: what a tenant can launch. They belong to the platform; everyone who may launch may read them.

use read_models::ids::SkuId;
use read_models::time::Timestamp;

use super::db::{Db, Reader, Row, StoreError, Tx, exactly_one};
use crate::args;
use crate::authz::{self, May, Operate, Skus};

pub(crate) const SQL: &[&str] = &[OFFERED, BY_ID, INSERT, RETIRE];

const OFFERED: &str = "SELECT id, name, title, placement, cpus, memory_bytes, gpu_model, gpu_count,
    price_microcents_per_hour, created_at, retired_at
    FROM sku WHERE retired_at IS NULL AND name > $1 ORDER BY name LIMIT $2";
const BY_ID: &str = "SELECT id, name, title, placement, cpus, memory_bytes, gpu_model, gpu_count,
    price_microcents_per_hour, created_at, retired_at FROM sku WHERE id = $1";
const INSERT: &str = "INSERT INTO sku (id, name, title, placement, cpus, memory_bytes, gpu_model, gpu_count,
    price_microcents_per_hour, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const RETIRE: &str = "UPDATE sku SET retired_at = $2 WHERE id = $1 AND retired_at IS NULL";

/// A SKU as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sku {
    pub id: SkuId,
    pub name: String,
    pub title: String,
    pub placement: Placement,
    pub cpus: i64,
    pub memory_bytes: i64,
    pub gpu_model: Option<String>,
    pub gpu_count: i64,
    /// Millionths of a cent.
    pub price_microcents_per_hour: i64,
    pub created_at: Timestamp,
    pub retired_at: Option<Timestamp>,
}

/// How much of a node the SKU takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    BareMetal,
    Slice,
}

/// What is offered now: a page by name, after a name.
pub async fn offered(
    db: &Db,
    _: &impl May<authz::Read, Skus>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Sku>, StoreError> {
    db.rows(OFFERED, args![after.unwrap_or_default(), limit]).await?.iter().map(sku).collect()
}

/// One SKU, also a retired one: workloads keep theirs.
pub async fn find(
    from: &mut impl Reader,
    _: &impl May<authz::Read, Skus>,
    id: &SkuId,
) -> Result<Sku, StoreError> {
    sku(&from.row(BY_ID, args![id]).await?.ok_or(StoreError::NotFound)?)
}

/// Offers a new SKU; the name must be new.
pub async fn create(tx: &mut Tx, _: &impl May<Operate, Skus>, sku: &Sku) -> Result<(), StoreError> {
    let values = args![
        &sku.id,
        &sku.name,
        &sku.title,
        sku.placement.word(),
        sku.cpus,
        sku.memory_bytes,
        &sku.gpu_model,
        sku.gpu_count,
        sku.price_microcents_per_hour,
        sku.created_at,
    ];
    tx.execute(INSERT, values).await.map(|_| ())
}

/// Takes a SKU off the offer.
pub async fn retire(
    tx: &mut Tx,
    _: &impl May<Operate, Skus>,
    id: &SkuId,
    now: Timestamp,
) -> Result<(), StoreError> {
    exactly_one(tx.execute(RETIRE, args![id, now]).await?)
}

impl Placement {
    pub const fn word(self) -> &'static str {
        match self {
            Self::BareMetal => "bare_metal",
            Self::Slice => "slice",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        [Self::BareMetal, Self::Slice].into_iter().find(|placement| placement.word() == word)
    }
}

fn sku(row: &Row) -> Result<Sku, StoreError> {
    Ok(Sku {
        id: row.id("id")?,
        name: row.text("name")?,
        title: row.text("title")?,
        placement: row.word("placement", Placement::from_word)?,
        cpus: row.int("cpus")?,
        memory_bytes: row.int("memory_bytes")?,
        gpu_model: row.opt_text("gpu_model")?,
        gpu_count: row.int("gpu_count")?,
        price_microcents_per_hour: row.int("price_microcents_per_hour")?,
        created_at: row.timestamp("created_at")?,
        retired_at: row.opt_timestamp("retired_at")?,
    })
}
