//! Counts that stop at a bound: counting everything that is over would cost more with every day.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How many there are, counted up to a bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BoundedCount {
    /// So many were counted.
    pub counted: u32,
    /// Whether there are more than that.
    pub more: bool,
}

impl BoundedCount {
    /// From what was found when one more than the bound was looked for.
    pub fn from_overfull(found: u32, bound: u32) -> Self {
        Self { counted: found.min(bound), more: found > bound }
    }

    /// Whether there is none.
    pub const fn is_none(self) -> bool {
        self.counted == 0 && !self.more
    }

    /// With its noun: `1 failure`, `100+ failures`.
    pub fn of(self, one: &str, many: &str) -> String {
        let is_one = self == Self::from(1);
        format!("{self} {}", if is_one { one } else { many })
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { counted: self.counted.saturating_add(other.counted), more: self.more || other.more }
    }
}

impl From<u32> for BoundedCount {
    /// All of them were counted.
    fn from(counted: u32) -> Self {
        Self { counted, more: false }
    }
}

impl fmt::Display for BoundedCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.counted, if self.more { "+" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_counted_to_its_end_says_so() {
        let to = |found| BoundedCount::from_overfull(found, 100);
        for (found, words) in [(0, "0 things"), (1, "1 thing"), (100, "100 things"), (101, "100+ things")] {
            assert_eq!(to(found).of("thing", "things"), words);
        }
        assert_eq!(to(1).and(to(101)).to_string(), "101+");
        assert_eq!((to(0).is_none(), to(1).is_none()), (true, false));
    }
}
