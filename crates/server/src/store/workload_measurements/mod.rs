//! What agents measured of workloads: each measurement for two hours, five-minute buckets of it for two weeks.
//!
//! A measurement is known by its workload and its moment by the agent's clock, so one that comes again changes nothing.
//! It is taken in late for [`node_protocol::LATEST`] and no longer; only then its five minutes become a bucket, once.

mod buckets;

use std::time::Duration;

use read_models::ids::{NodeId, WorkloadId};
use read_models::time::Timestamp;
use read_models::workloads::{Figures, InUse, Measure};

pub(crate) use self::buckets::SQL as BUCKETS_SQL;
pub use self::buckets::{BUCKET, fill_next, forget_old};
use super::db::{Arg, Reader, Row, StoreError, Tx};
use crate::args;
use crate::authz::{self, May, SystemProof, Workloads};

pub(crate) const SQL: &[&str] = &[INSERT, EACH, BUCKETS, NEWEST, LAST];

/// How long each measurement is kept: the window that is made of them, and what comes late.
pub const KEPT: Duration = Duration::from_mins(2 * 60 + 20);

/// How many measurements one statement writes. A node rarely runs more workloads than it has accelerators.
const AT_ONCE: usize = 8;

macro_rules! line {
    ($id:literal, $($number:literal)*) => {
        concat!("(CAST($", $id, " AS TEXT)" $(, ", CAST($", $number, " AS BIGINT)")*, ")")
    };
}

/// Lines without a workload write nothing, nor do those of a workload that is not this node's, or in another run by now.
const INSERT: &str = concat!(
    "INSERT INTO workload_measurement (workload_id, measured_at, at, over_us, cpu_millis, memory_bytes, processes,
     disk_read, disk_written, gpu_millis, gpu_memory)
     SELECT w.id, v.column3, v.column4, v.column5, v.column6, v.column7, v.column8, v.column9, v.column10, v.column11,
     v.column12 FROM (VALUES ",
    line!(2, 3 4 5 6 7 8 9 10 11 12 13),
    ", ",
    line!(14, 15 16 17 18 19 20 21 22 23 24 25),
    ", ",
    line!(26, 27 28 29 30 31 32 33 34 35 36 37),
    ", ",
    line!(38, 39 40 41 42 43 44 45 46 47 48 49),
    ", ",
    line!(50, 51 52 53 54 55 56 57 58 59 60 61),
    ", ",
    line!(62, 63 64 65 66 67 68 69 70 71 72 73),
    ", ",
    line!(74, 75 76 77 78 79 80 81 82 83 84 85),
    ", ",
    line!(86, 87 88 89 90 91 92 93 94 95 96 97),
    ") AS v, workload w WHERE w.id = v.column1 AND w.run = v.column2 AND w.node_id = $1
     ON CONFLICT (workload_id, measured_at) DO NOTHING"
);
const EACH: &str = "SELECT m.at AS until, m.over_us AS over_us, CAST(1 AS BIGINT) AS samples,
    m.cpu_millis AS cpu_avg, m.cpu_millis AS cpu_min, m.cpu_millis AS cpu_max,
    m.memory_bytes AS memory_avg, m.memory_bytes AS memory_min, m.memory_bytes AS memory_max,
    m.processes AS processes_avg, m.processes AS processes_min, m.processes AS processes_max,
    m.disk_read AS disk_read_avg, m.disk_read AS disk_read_min, m.disk_read AS disk_read_max,
    m.disk_written AS disk_written_avg, m.disk_written AS disk_written_min, m.disk_written AS disk_written_max,
    m.gpu_millis AS gpu_avg, m.gpu_millis AS gpu_min, m.gpu_millis AS gpu_max,
    m.gpu_memory AS gpu_memory_avg, m.gpu_memory AS gpu_memory_min, m.gpu_memory AS gpu_memory_max
    FROM workload_measurement m JOIN workload w ON w.id = m.workload_id
    WHERE m.workload_id = $1 AND ($2 = '' OR w.project_id = $2) AND m.at >= $3 ORDER BY m.at LIMIT $4";
const BUCKETS: &str = "SELECT b.begins_at AS begins_at, b.covered_us AS over_us, b.samples AS samples,
    b.cpu_millis_avg AS cpu_avg, b.cpu_millis_min AS cpu_min, b.cpu_millis_max AS cpu_max,
    b.memory_bytes_avg AS memory_avg, b.memory_bytes_min AS memory_min, b.memory_bytes_max AS memory_max,
    b.processes_avg AS processes_avg, b.processes_min AS processes_min, b.processes_max AS processes_max,
    b.disk_read_avg AS disk_read_avg, b.disk_read_min AS disk_read_min, b.disk_read_max AS disk_read_max,
    b.disk_written_avg AS disk_written_avg, b.disk_written_min AS disk_written_min,
    b.disk_written_max AS disk_written_max,
    b.gpu_millis_avg AS gpu_avg, b.gpu_millis_min AS gpu_min, b.gpu_millis_max AS gpu_max,
    b.gpu_memory_avg AS gpu_memory_avg, b.gpu_memory_min AS gpu_memory_min, b.gpu_memory_max AS gpu_memory_max
    FROM workload_measurement_bucket b JOIN workload w ON w.id = b.workload_id
    WHERE b.workload_id = $1 AND ($2 = '' OR w.project_id = $2) AND b.begins_at >= $3
    AND b.begins_at < (SELECT done_until FROM workload_measurement_mark WHERE id = 1)
    ORDER BY b.begins_at LIMIT $4";
const NEWEST: &str =
    "SELECT (SELECT MAX(at) FROM workload_measurement WHERE workload_id = $1) AS measured_at,
    (SELECT MAX(begins_at) FROM workload_measurement_bucket WHERE workload_id = $1) AS in_bucket,
    (SELECT done_until FROM workload_measurement_mark WHERE id = 1) AS done_until
    FROM workload WHERE id = $1 AND ($2 = '' OR project_id = $2)";

const LAST: &str = "SELECT m.at AS at, m.cpu_millis AS cpu_millis, m.memory_bytes AS memory_bytes
    FROM workload_measurement m JOIN workload w ON w.id = m.workload_id
    WHERE m.workload_id = $1 AND ($2 = '' OR w.project_id = $2) AND m.at >= $3 ORDER BY m.measured_at DESC LIMIT 1";

/// More than is kept of one workload, measured as often as an agent may.
const MOST: i64 = 20_000;

/// A measurement that arrived, its moment by both clocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    pub workload: WorkloadId,
    pub run: u32,
    /// By the agent's clock, in microseconds: which measurement it is.
    pub measured_at_us: i64,
    /// By the server's.
    pub at: Timestamp,
    pub over: Duration,
    /// In the order of [`Measure::ALL`].
    pub values: [Option<i64>; Measure::COUNT],
}

/// What was measured in a stretch of time: by one measurement or by many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub from: Timestamp,
    pub until: Timestamp,
    /// How much of it measurements cover.
    pub covered: Duration,
    pub samples: u32,
    /// In the order of [`Measure::ALL`].
    pub figures: [Option<Figures>; Measure::COUNT],
}

/// Writes measurements of workloads on this node, eight at a time. What is there already, or is not this node's to measure,
/// changes nothing.
pub async fn insert(
    tx: &mut Tx,
    _: &SystemProof,
    node: &NodeId,
    arrived: &[Arrived],
) -> Result<u64, StoreError> {
    let mut written = 0;
    for some in arrived.chunks(AT_ONCE) {
        let mut values: Vec<Arg> = vec![node.into()];
        for each in some {
            values.extend([
                Arg::from(&each.workload),
                each.run.into(),
                each.measured_at_us.into(),
                each.at.into(),
                micros(each.over).into(),
            ]);
            values.extend(each.values.map(Arg::from));
        }
        for _ in some.len()..AT_ONCE {
            values.push(None::<String>.into());
            values.extend([None::<i64>; 4 + Measure::COUNT].map(Arg::from));
        }
        written += tx.execute(INSERT, &values).await?;
    }
    Ok(written)
}

/// What was measured of a workload since a moment, each measurement by itself, the oldest first.
pub async fn each_since(
    from: &mut impl Reader,
    by: &impl May<authz::Read, Workloads>,
    id: &WorkloadId,
    since: Timestamp,
) -> Result<Vec<Stretch>, StoreError> {
    let rows = from.rows(EACH, args![id, by.project_or_any(), since, MOST]).await?;
    rows.iter()
        .map(|row| {
            let (until, over) = (row.timestamp("until")?, duration(row.int("over_us")?));
            stretch(row, until.minus(over), until, over)
        })
        .collect()
}

/// The same in buckets as far as there are any, and each measurement by itself after them.
pub async fn in_buckets_since(
    from: &mut impl Reader,
    by: &impl May<authz::Read, Workloads>,
    id: &WorkloadId,
    since: Timestamp,
) -> Result<Vec<Stretch>, StoreError> {
    let rows = from.rows(BUCKETS, args![id, by.project_or_any(), since, MOST]).await?;
    let bucket = |row: &Row| {
        let begins = row.timestamp("begins_at")?;
        stretch(row, begins, begins.plus(BUCKET), duration(row.int("over_us")?).min(BUCKET))
    };
    let mut all = rows.iter().map(bucket).collect::<Result<Vec<_>, StoreError>>()?;
    let done = newest(from, by, id).await?.map_or(since, |newest| newest.done_until.max(since));
    all.extend(each_since(from, by, id, done).await?);
    Ok(all)
}

/// How far what is known of a workload goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Newest {
    /// The newest measurement, or the end of the newest bucket when it is kept no more.
    pub measured_at: Option<Timestamp>,
    /// Up to where measurements are in buckets.
    pub done_until: Timestamp,
}

/// When the workload was last measured; none for a workload that is not there.
pub async fn newest(
    from: &mut impl Reader,
    by: &impl May<authz::Read, Workloads>,
    id: &WorkloadId,
) -> Result<Option<Newest>, StoreError> {
    let Some(row) = from.row(NEWEST, args![id, by.project_or_any()]).await? else { return Ok(None) };
    let in_bucket = row.opt_timestamp("in_bucket")?.map(|begins| begins.plus(BUCKET));
    Ok(Some(Newest {
        measured_at: row.opt_timestamp("measured_at")?.or(in_bucket),
        done_until: row.timestamp("done_until")?,
    }))
}

/// The newest figures since a moment.
pub async fn last_since(
    from: &mut impl Reader,
    by: &impl May<authz::Read, Workloads>,
    id: &WorkloadId,
    since: Timestamp,
) -> Result<Option<InUse>, StoreError> {
    let Some(row) = from.row(LAST, args![id, by.project_or_any(), since]).await? else { return Ok(None) };
    let figure = |name: &str| -> Result<Option<u64>, StoreError> {
        Ok(row.opt_int(name)?.and_then(|value| u64::try_from(value).ok()))
    };
    let (cpu_millis, memory_bytes) = (figure("cpu_millis")?, figure("memory_bytes")?);
    Ok(Some(InUse { at: row.timestamp("at")?, cpu_millis, memory_bytes }))
}

fn stretch(row: &Row, from: Timestamp, until: Timestamp, covered: Duration) -> Result<Stretch, StoreError> {
    let figure = |measure: Measure, what: &str| -> Result<Option<u64>, StoreError> {
        let value = row.opt_int(&format!("{}_{what}", measure.key()))?;
        Ok(value.and_then(|value| u64::try_from(value).ok()))
    };
    let figures = |measure: Measure| -> Result<Option<Figures>, StoreError> {
        let (avg, min, max) = (figure(measure, "avg")?, figure(measure, "min")?, figure(measure, "max")?);
        Ok(avg.zip(min).zip(max).map(|((avg, min), max)| Figures { avg, min, max }))
    };
    let mut all = [None; Measure::COUNT];
    for (place, measure) in all.iter_mut().zip(Measure::ALL) {
        *place = figures(measure)?;
    }
    let samples = u32::try_from(row.int("samples")?).unwrap_or(u32::MAX);
    Ok(Stretch { from, until, covered, samples, figures: all })
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn duration(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

#[cfg(test)]
pub(crate) mod tests;
