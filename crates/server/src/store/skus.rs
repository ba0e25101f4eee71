//! SKUs: what a tenant can launch. They belong to the platform; everyone who may launch may read them.

use read_models::ids::SkuId;
use read_models::time::Timestamp;

use super::db::{Db, Reader, Row, StoreError, Tx, exactly_one};
use crate::args;
use crate::authz::{self, May, Operate, Skus};

pub(crate) const SQL: &[&str] = &[OFFERED, ALL, HELD, BY_ID, BY_NAME, INSERT, CHANGE, RETIRE, OFFER_AGAIN];

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, title, placement, cpus, memory_bytes, gpu_model, gpu_count, price_microcents_per_hour,
             created_at, retired_at, revision FROM sku ",
            $rest
        )
    };
}

const OFFERED: &str = select!("WHERE retired_at IS NULL AND name > $1 ORDER BY name LIMIT $2");
const BY_ID: &str = select!("WHERE id = $1");
const BY_NAME: &str = select!("WHERE name = $1");
const ALL: &str =
    "SELECT k.id, k.name, k.title, k.placement, k.cpus, k.memory_bytes, k.gpu_model, k.gpu_count,
    k.price_microcents_per_hour, k.created_at, k.retired_at, k.revision, COALESCE(h.held, 0) AS held
    FROM sku k LEFT JOIN (SELECT w.sku_id AS sku_id, COUNT(*) AS held FROM allocation a
        JOIN workload w ON w.id = a.workload_id GROUP BY w.sku_id) h ON h.sku_id = k.id
    WHERE k.name > $1 ORDER BY k.name LIMIT $2";
const HELD: &str = "SELECT COUNT(*) AS held FROM allocation a JOIN workload w ON w.id = a.workload_id
    WHERE w.sku_id = $1";
const INSERT: &str = "INSERT INTO sku (id, name, title, placement, cpus, memory_bytes, gpu_model, gpu_count,
    price_microcents_per_hour, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const CHANGE: &str = "UPDATE sku SET title = $3, price_microcents_per_hour = $4, revision = revision + 1
    WHERE id = $1 AND revision = $2 AND retired_at IS NULL";
const RETIRE: &str =
    "UPDATE sku SET retired_at = $2, revision = revision + 1 WHERE id = $1 AND retired_at IS NULL";
const OFFER_AGAIN: &str =
    "UPDATE sku SET retired_at = NULL, revision = revision + 1 WHERE id = $1 AND retired_at IS NOT NULL";

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
    /// Counts the changes.
    pub revision: i64,
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

/// Every SKU, retired ones as well, and how many workloads hold a slot with it: a page by name, after a name.
pub async fn all(
    db: &Db,
    _: &impl May<authz::Read, Skus>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<(Sku, i64)>, StoreError> {
    let rows = db.rows(ALL, args![after.unwrap_or_default(), limit]).await?;
    rows.iter().map(|row| Ok((sku(row)?, row.int("held")?))).collect()
}

/// How many workloads hold a slot with it.
pub async fn held(
    from: &mut impl Reader,
    _: &impl May<authz::Read, Skus>,
    id: &SkuId,
) -> Result<i64, StoreError> {
    from.row(HELD, args![id]).await?.ok_or(StoreError::NotFound)?.int("held")
}

/// The SKU of a name, also a retired one: names are given once.
pub async fn named(
    from: &mut impl Reader,
    _: &impl May<authz::Read, Skus>,
    name: &str,
) -> Result<Option<Sku>, StoreError> {
    from.row(BY_NAME, args![name]).await?.as_ref().map(sku).transpose()
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

/// Changes title and price, once for a revision. [`StoreError::NotFound`] when it has another by now, or is retired.
pub async fn change(
    tx: &mut Tx,
    _: &impl May<Operate, Skus>,
    (id, revision): (&SkuId, i64),
    title: &str,
    price_microcents_per_hour: i64,
) -> Result<(), StoreError> {
    exactly_one(tx.execute(CHANGE, args![id, revision, title, price_microcents_per_hour]).await?)
}

/// Puts a SKU on the offer again. [`StoreError::NotFound`] when it stands there.
pub async fn offer_again(tx: &mut Tx, _: &impl May<Operate, Skus>, id: &SkuId) -> Result<(), StoreError> {
    exactly_one(tx.execute(OFFER_AGAIN, args![id]).await?)
}

/// Takes a SKU off the offer. [`StoreError::NotFound`] when it is.
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
        revision: row.int("revision")?,
    })
}
