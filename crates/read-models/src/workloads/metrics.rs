//! What a workload uses, as its node's agent measured it: series of points, with what is missing said as missing.

use super::{RunNext, WorkloadDetail, WorkloadRow};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What a workload has used in a window of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WorkloadMetrics {
    /// As of when.
    pub as_of: Timestamp,
    /// The workload, in short.
    pub head: WorkloadHead,
    /// Which window is shown.
    pub window: MetricsWindow,
    /// Where the first point begins.
    pub from: Timestamp,
    /// Where the last point ends.
    pub until: Timestamp,
    /// How many seconds a point stands for.
    pub step_seconds: u32,
    /// How it stands with what is measured, in a sentence.
    pub standing: String,
    /// When it was last measured, by the server's clock; none when it never was, or too long ago to be kept.
    pub measured_at: Option<Timestamp>,
    /// One for each measure, those that nobody can tell included.
    pub series: Vec<Series>,
}

/// The newest figures of a workload that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InUse {
    /// When they were measured, by the server's clock.
    pub at: Timestamp,
    /// Thousandths of a processor; none when nobody can tell.
    pub cpu_millis: Option<u64>,
    /// Resident memory; none when nobody can tell.
    pub memory_bytes: Option<u64>,
}

/// A workload in short: what stands above the tabs of its page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WorkloadHead {
    /// The workload as in lists.
    pub row: WorkloadRow,
    /// The isolation it runs with, as the node's agent reports it; none when not known.
    pub isolation: Option<String>,
    /// Whether its port answers, as the node's agent saw it; none when not known or no port.
    pub port_answering: Option<bool>,
    /// Its exit code, when it ended by itself.
    pub exit_code: Option<i32>,
    /// What it used when it was last measured; none when it does not run, or was not measured for an hour.
    pub in_use: Option<InUse>,
    /// The operation to run next, when there is one, and why.
    pub run_next: Option<RunNext>,
    /// Why nothing has to be done, when that is so.
    pub safe_to_ignore: Option<String>,
    /// How many recent events there are.
    pub recent_events: u32,
}

impl From<&WorkloadDetail> for WorkloadHead {
    fn from(detail: &WorkloadDetail) -> Self {
        Self {
            row: detail.row.clone(),
            isolation: detail.isolation.clone(),
            port_answering: detail.port_answering,
            exit_code: detail.exit_code,
            in_use: detail.in_use,
            run_next: detail.run_next.clone(),
            safe_to_ignore: detail.safe_to_ignore.clone(),
            recent_events: u32::try_from(detail.activity.len()).unwrap_or(u32::MAX),
        }
    }
}

/// How far back is looked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum MetricsWindow {
    /// 15 minutes.
    #[default]
    #[serde(rename = "15m")]
    Minutes15,
    /// 2 hours.
    #[serde(rename = "2h")]
    Hours2,
    /// A day.
    #[serde(rename = "24h")]
    Hours24,
    /// Two weeks.
    #[serde(rename = "14d")]
    Days14,
}

impl MetricsWindow {
    /// All of them, the shortest first.
    pub const ALL: [Self; 4] = [Self::Minutes15, Self::Hours2, Self::Hours24, Self::Days14];

    /// The word in the address.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Minutes15 => "15m",
            Self::Hours2 => "2h",
            Self::Hours24 => "24h",
            Self::Days14 => "14d",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|window| window.key() == word)
    }

    /// The words for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Minutes15 => "15 min",
            Self::Hours2 => "2 h",
            Self::Hours24 => "24 h",
            Self::Days14 => "14 d",
        }
    }

    /// How many points it has, and how many seconds each stands for.
    pub const fn points(self) -> (u32, u32) {
        match self {
            Self::Minutes15 => (60, 15),
            Self::Hours2 => (120, 60),
            Self::Hours24 => (96, 15 * 60),
            Self::Days14 => (112, 3 * 60 * 60),
        }
    }
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Time on processors per time.
    Cpu,
    /// Resident memory, summed over its processes.
    Memory,
    /// Living processes.
    Processes,
    /// Read from disks per time.
    DiskRead,
    /// Written to disks per time.
    DiskWritten,
    /// Time on accelerators per time.
    Gpu,
    /// Memory of accelerators.
    GpuMemory,
}

impl Measure {
    /// How many there are.
    pub const COUNT: usize = 7;

    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Cpu,
        Self::Memory,
        Self::Processes,
        Self::DiskRead,
        Self::DiskWritten,
        Self::Gpu,
        Self::GpuMemory,
    ];

    /// The stable word.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Processes => "processes",
            Self::DiskRead => "disk_read",
            Self::DiskWritten => "disk_written",
            Self::Gpu => "gpu",
            Self::GpuMemory => "gpu_memory",
        }
    }

    /// The words for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cpu => "Processors in use",
            Self::Memory => "Resident memory",
            Self::Processes => "Processes",
            Self::DiskRead => "Read from disk",
            Self::DiskWritten => "Written to disk",
            Self::Gpu => "GPUs in use",
            Self::GpuMemory => "GPU memory",
        }
    }

    /// What exactly it is, for whoever compares it with another tool's figures.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Cpu => {
                "Time all its processes spent on processors, per time: 1 is one processor fully used."
            }
            Self::Memory => {
                "The sum of what each process holds in memory (RSS); a page two of them share counts for both."
            }
            Self::Processes => "Its living processes.",
            Self::DiskRead => {
                "What the kernel fetched from disks for it; what came from memory does not count."
            }
            Self::DiskWritten => "What the kernel sent or is to send to disks for it.",
            Self::Gpu => "Time its processes kept GPUs busy, per time: 1 is one GPU fully used.",
            Self::GpuMemory => "GPU memory held by its processes.",
        }
    }

    /// What a figure counts.
    pub const fn unit(self) -> Unit {
        match self {
            Self::Cpu | Self::Gpu => Unit::Thousandths,
            Self::Memory | Self::GpuMemory => Unit::Bytes,
            Self::Processes => Unit::Count,
            Self::DiskRead | Self::DiskWritten => Unit::BytesPerSecond,
        }
    }
}

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Thousandths of one processor or one accelerator.
    Thousandths,
    /// Bytes.
    Bytes,
    /// Things.
    Count,
    /// Bytes a second.
    BytesPerSecond,
}

/// One measure in the window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Series {
    /// What is measured.
    pub measure: Measure,
    /// What a figure counts.
    pub unit: Unit,
    /// The points, the oldest first; none when nobody can tell. The newest that are not due yet are left out.
    pub points: Vec<Point>,
    /// Where nothing was measured although it should have been, the oldest first.
    pub gaps: Vec<Gap>,
    /// What it may use, when that is said.
    pub limit: Option<MeasureLimit>,
    /// All points together; none when there is none with figures.
    pub summary: Option<Summary>,
    /// Why nobody can tell, when nobody can.
    pub unknown: Option<String>,
}

/// What was measured in one stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Point {
    /// Where it begins.
    pub at: Timestamp,
    /// How much of it was measured.
    pub coverage: Coverage,
    /// What was measured; null where nothing was.
    pub figures: Option<Figures>,
}

/// How much of a stretch of time was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// It was not there to be measured: not launched yet, or over.
    NotThere,
    /// Nothing of it, although it should have been.
    Gap,
    /// A part of it.
    Partial,
    /// All of it.
    Whole,
}

/// Figures of a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Figures {
    /// The mean.
    pub avg: u64,
    /// The smallest.
    pub min: u64,
    /// The largest.
    pub max: u64,
}

/// A stretch of time in which nothing was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Gap {
    /// Where it begins.
    pub from: Timestamp,
    /// Where it ends.
    pub until: Timestamp,
}

/// What a workload may use of something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MeasureLimit {
    /// How much.
    pub value: u64,
    /// By what, in a few words.
    pub words: String,
}

/// A whole window in four figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Summary {
    /// The smallest.
    pub min: u64,
    /// The mean over what was measured.
    pub avg: u64,
    /// The largest.
    pub max: u64,
    /// The newest.
    pub last: u64,
    /// When that was, by the server's clock.
    pub last_at: Timestamp,
}
