//! Checkpoints of the server's audit chain, kept on this machine: whoever rewrites the chain would have to come here too.

use node_protocol::Checkpoint;

use crate::data::{self, DataDir, DataError};

/// How many are kept, the newest last.
const KEPT: usize = 32;

/// What became of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is kept.
    Kept,
    /// It contradicts one that is kept, which stays.
    Refused(Checkpoint),
}

/// Keeps a checkpoint, unless the chain it ends went back or forked since one that is kept.
pub(crate) fn keep(data: &DataDir, given: &Checkpoint) -> Result<Taken, DataError> {
    let mut kept: Vec<Checkpoint> = data::read_json(&data.checkpoints())?.unwrap_or_default();
    if let Some(other) = contradicted(&kept, given) {
        return Ok(Taken::Refused(other.clone()));
    }
    if kept.last().is_some_and(|newest| newest.seq == given.seq) {
        return Ok(Taken::Kept);
    }
    kept.push(given.clone());
    let surplus = kept.len().saturating_sub(KEPT);
    kept.drain(..surplus);
    data::write_json(&data.checkpoints(), &kept)?;
    Ok(Taken::Kept)
}

/// At one number there is one hash, and the chain only grows.
fn contradicted<'a>(kept: &'a [Checkpoint], given: &Checkpoint) -> Option<&'a Checkpoint> {
    let same = kept.iter().find(|one| one.seq == given.seq);
    match same {
        Some(one) if one.hash != given.hash => Some(one),
        Some(_) | None => kept.last().filter(|newest| newest.seq > given.seq),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seq: i64, hash: &str) -> Checkpoint {
        Checkpoint { seq, hash: hash.to_owned(), at_us: 0, key: String::new(), signature: String::new() }
    }

    #[test]
    fn what_goes_on_is_kept_and_what_goes_back_or_forks_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::open(folder.path()).unwrap();
        let takes = |given: &Checkpoint| keep(&data, given).unwrap();
        assert_eq!(takes(&at(5, "aa")), Taken::Kept);
        assert_eq!(takes(&at(5, "aa")), Taken::Kept);
        assert_eq!(takes(&at(9, "bb")), Taken::Kept);
        assert_eq!(takes(&at(9, "bc")), Taken::Refused(at(9, "bb")));
        assert_eq!(takes(&at(8, "zz")), Taken::Refused(at(9, "bb")));
        assert_eq!(takes(&at(5, "ab")), Taken::Refused(at(5, "aa")));
        assert_eq!(takes(&at(10, "cc")), Taken::Kept);
    }

    #[test]
    fn the_newest_stay() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::open(folder.path()).unwrap();
        for seq in 1..100 {
            assert_eq!(keep(&data, &at(seq, "aa")).unwrap(), Taken::Kept);
        }
        let kept: Vec<Checkpoint> = data::read_json(&data.checkpoints()).unwrap().unwrap();
        assert_eq!((kept.len(), kept.last().unwrap().seq), (KEPT, 99));
    }
}
