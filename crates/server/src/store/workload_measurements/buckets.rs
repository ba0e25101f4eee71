//! Making buckets of measurements, and forgetting what is old: a bounded piece at a time, by whichever server comes first.

use std::time::Duration;

use node_protocol::LATEST;
use read_models::time::Timestamp;

use super::KEPT;
use crate::args;
use crate::authz::SystemProof;
use crate::store::db::{StoreError, Tx};

pub(crate) const SQL: &[&str] = &[MARK, NEXT, MOVE_ON, FILL, OLDEST, FORGET, OLDEST_BUCKET, FORGET_BUCKETS];

/// How much time a bucket stands for.
pub const BUCKET: Duration = Duration::from_mins(5);
/// How long buckets are kept: the longest window, and a bucket of it more.
const BUCKETS_KEPT: Duration = Duration::from_hours(14 * 24 + 4);
/// A transaction that was under way when the last late measurement was taken in is over by then.
const SLACK: Duration = Duration::from_mins(1);
/// What one turn forgets at most, in time: after a long pause the rest is forgotten in the next turns.
const FORGOTTEN_AT_ONCE: Duration = Duration::from_mins(30);
const BUCKETS_FORGOTTEN_AT_ONCE: Duration = Duration::from_hours(6);

/// What is held at a moment: the plain mean.
macro_rules! held {
    ($c:literal) => {
        concat!("CAST(ROUND(AVG(1.0 * ", $c, ")) AS BIGINT), MIN(", $c, "), MAX(", $c, ")")
    };
}
/// What is per time: the mean weighted by the time each measurement stands for. Not in whole numbers, which an agent could
/// make overflow.
macro_rules! per_time {
    ($c:literal) => {
        concat!(
            "CAST(ROUND(SUM(1.0 * ",
            $c,
            " * over_us) / NULLIF(SUM(CASE WHEN ",
            $c,
            " IS NULL THEN 0.0 ELSE 1.0 * over_us END), 0)) AS BIGINT), MIN(",
            $c,
            "), MAX(",
            $c,
            ")"
        )
    };
}

const MARK: &str = "SELECT done_until FROM workload_measurement_mark WHERE id = 1";
const NEXT: &str = "SELECT MIN(at) AS oldest FROM workload_measurement WHERE at >= $1";
const MOVE_ON: &str = "UPDATE workload_measurement_mark SET done_until = $2 WHERE id = 1 AND done_until = $1";
const FILL: &str = concat!(
    "INSERT INTO workload_measurement_bucket (workload_id, begins_at, samples, covered_us,
     cpu_millis_avg, cpu_millis_min, cpu_millis_max, memory_bytes_avg, memory_bytes_min, memory_bytes_max,
     processes_avg, processes_min, processes_max, disk_read_avg, disk_read_min, disk_read_max,
     disk_written_avg, disk_written_min, disk_written_max, gpu_millis_avg, gpu_millis_min, gpu_millis_max,
     gpu_memory_avg, gpu_memory_min, gpu_memory_max)
     SELECT workload_id, $1, COUNT(*), CAST(SUM(over_us) AS BIGINT), ",
    per_time!("cpu_millis"),
    ", ",
    held!("memory_bytes"),
    ", ",
    held!("processes"),
    ", ",
    per_time!("disk_read"),
    ", ",
    per_time!("disk_written"),
    ", ",
    per_time!("gpu_millis"),
    ", ",
    held!("gpu_memory"),
    " FROM workload_measurement WHERE at >= $1 AND at < $2 GROUP BY workload_id
     ON CONFLICT (workload_id, begins_at) DO NOTHING"
);
const OLDEST: &str = "SELECT MIN(at) AS oldest FROM workload_measurement";
const FORGET: &str = "DELETE FROM workload_measurement WHERE at < $1";
const OLDEST_BUCKET: &str = "SELECT MIN(begins_at) AS oldest FROM workload_measurement_bucket";
const FORGET_BUCKETS: &str = "DELETE FROM workload_measurement_bucket WHERE begins_at < $1";

/// Fills the next five minutes that nothing can arrive for any more, if there are any. Moving the mark on is what makes one
/// server do it: another one waits for this transaction and then finds it moved.
pub async fn fill_next(tx: &mut Tx, _: &SystemProof, now: Timestamp) -> Result<bool, StoreError> {
    let mark = tx.row(MARK, args![]).await?.ok_or(StoreError::NotFound)?.timestamp("done_until")?;
    let next = tx.row(NEXT, args![mark]).await?.map(|row| row.opt_timestamp("oldest")).transpose()?;
    let Some(begins) = next.flatten().map(begin_of_bucket) else { return Ok(false) };
    let ends = begins.plus(BUCKET);
    if ends.plus(LATEST + SLACK) > now {
        return Ok(false);
    }
    if tx.execute(MOVE_ON, args![mark, ends]).await? == 0 {
        return Ok(false);
    }
    tx.execute(FILL, args![begins, ends]).await?;
    Ok(true)
}

/// Forgets measurements that are in buckets and old enough, and buckets that are old enough.
pub async fn forget_old(tx: &mut Tx, _: &SystemProof, now: Timestamp) -> Result<(), StoreError> {
    let mark = tx.row(MARK, args![]).await?.ok_or(StoreError::NotFound)?.timestamp("done_until")?;
    let oldest = tx.row(OLDEST, args![]).await?.map(|row| row.opt_timestamp("oldest")).transpose()?;
    if let Some(oldest) = oldest.flatten() {
        let until = now.minus(KEPT).min(mark).min(oldest.plus(FORGOTTEN_AT_ONCE));
        tx.execute(FORGET, args![until]).await?;
    }
    let oldest = tx.row(OLDEST_BUCKET, args![]).await?.map(|row| row.opt_timestamp("oldest")).transpose()?;
    if let Some(oldest) = oldest.flatten() {
        let until = now.minus(BUCKETS_KEPT).min(oldest.plus(BUCKETS_FORGOTTEN_AT_ONCE));
        tx.execute(FORGET_BUCKETS, args![until]).await?;
    }
    Ok(())
}

/// Where the five minutes that hold a moment begin.
fn begin_of_bucket(at: Timestamp) -> Timestamp {
    let bucket = i64::try_from(BUCKET.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(at.as_micros().div_euclid(bucket) * bucket)
}
