//! The newest end of each workload's log, in the pieces it arrived in. A piece that arrives again changes nothing.

use read_models::ids::{ProjectId, WorkloadId};
use read_models::time::Timestamp;

use super::db::{Reader, Row, StoreError, Tx};
use crate::args;
use crate::authz::{self, May, SystemProof, Workloads};

pub(crate) const SQL: &[&str] = &[END, REPLACE, INSERT, TRIM, THIN, TAIL, FORGET, PROJECT_OF];

const END: &str = "SELECT COALESCE(MAX(end_byte), 0) AS stored FROM workload_log WHERE workload_id = $1";
const REPLACE: &str = "DELETE FROM workload_log WHERE workload_id = $1 AND end_byte > $2";
const INSERT: &str = "INSERT INTO workload_log (workload_id, start_byte, end_byte, text, received_at)
    VALUES ($1, $2, $3, $4, $5)";
const TRIM: &str = "DELETE FROM workload_log WHERE workload_id = $1 AND end_byte <= $2";
const THIN: &str = "DELETE FROM workload_log WHERE workload_id = $1 AND start_byte <
    (SELECT start_byte FROM workload_log WHERE workload_id = $1 ORDER BY start_byte DESC LIMIT 1 OFFSET $2)";
const TAIL: &str = "SELECT l.start_byte, l.end_byte, l.text, l.received_at FROM workload_log l
    JOIN workload w ON w.id = l.workload_id
    WHERE l.workload_id = $1 AND ($2 = '' OR w.project_id = $2) AND l.start_byte < $3
    ORDER BY l.start_byte DESC LIMIT $4";
const PROJECT_OF: &str = "SELECT project_id FROM workload WHERE id = $1";
const FORGET: &str = "DELETE FROM workload_log WHERE workload_id = $1";

/// How much of a log is kept.
pub const KEPT_BYTES: i64 = 256 * 1024;
/// In how many pieces at most.
const KEPT_PIECES: i64 = 1024;
/// How many pieces are read at a time.
const READ_PIECES: u16 = 32;

/// A piece of a log. Offsets count the program's bytes; bytes that are no UTF-8 were replaced in `text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPiece {
    pub start: i64,
    pub end: i64,
    pub text: String,
    pub received_at: Timestamp,
}

/// The end of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogTail {
    pub text: String,
    /// How many bytes before it are not in it.
    pub omitted_bytes: u64,
    /// When the last of it arrived; none when nothing has.
    pub received_at: Option<Timestamp>,
}

/// Keeps a piece, and says up to where the log is kept now. Pieces that were kept before change nothing, one that overlaps
/// them takes their place; what was rotated away between two pieces stays missing.
pub async fn append(
    tx: &mut Tx,
    _: &SystemProof,
    id: &WorkloadId,
    piece: &LogPiece,
) -> Result<i64, StoreError> {
    let stored = tx.row(END, args![id]).await?.ok_or(StoreError::NotFound)?.int("stored")?;
    if piece.end <= stored {
        return Ok(stored);
    }
    tx.execute(REPLACE, args![id, piece.start]).await?;
    // PostgreSQL keeps no NUL in text.
    let text = piece.text.replace('\0', "\u{fffd}");
    tx.execute(INSERT, args![id, piece.start, piece.end, text, piece.received_at]).await?;
    tx.execute(TRIM, args![id, piece.end - KEPT_BYTES]).await?;
    tx.execute(THIN, args![id, KEPT_PIECES - 1]).await?;
    Ok(piece.end)
}

/// Up to where it is kept.
pub async fn end(from: &mut impl Reader, _: &SystemProof, id: &WorkloadId) -> Result<u64, StoreError> {
    let stored = from.row(END, args![id]).await?.ok_or(StoreError::NotFound)?.int("stored")?;
    Ok(u64::try_from(stored).unwrap_or(0))
}

/// Whose log it is.
pub async fn project_of(
    from: &mut impl Reader,
    _: &SystemProof,
    id: &WorkloadId,
) -> Result<ProjectId, StoreError> {
    from.row(PROJECT_OF, args![id]).await?.ok_or(StoreError::NotFound)?.id("project_id")
}

/// The newest `limit_bytes` of a workload's log, in whole lines where that is possible.
pub async fn tail(
    from: &mut impl Reader,
    by: &impl May<authz::Read, Workloads>,
    id: &WorkloadId,
    limit_bytes: usize,
) -> Result<LogTail, StoreError> {
    let pieces = newest_pieces(from, by, id, limit_bytes).await?;
    let Some(last) = pieces.first() else { return Ok(LogTail::default()) };
    let whole: String = pieces.iter().rev().map(|piece| piece.text.as_str()).collect();
    let kept = newest(&whole, limit_bytes);
    let shown = u64::try_from(kept.len()).unwrap_or(u64::MAX);
    let omitted_bytes = u64::try_from(last.end).unwrap_or(0).saturating_sub(shown);
    Ok(LogTail { text: kept.to_owned(), omitted_bytes, received_at: Some(last.received_at) })
}

/// The newest pieces, the newest first, until there is enough of them.
async fn newest_pieces(
    from: &mut impl Reader,
    by: &impl May<authz::Read, Workloads>,
    id: &WorkloadId,
    limit_bytes: usize,
) -> Result<Vec<LogPiece>, StoreError> {
    let (mut pieces, mut bytes, mut before) = (Vec::new(), 0, i64::MAX);
    loop {
        let values = args![id, by.project_or_any(), before, u32::from(READ_PIECES)];
        let rows = from.rows(TAIL, values).await?;
        for row in &rows {
            let piece = piece(row)?;
            (bytes, before) = (bytes + piece.text.len(), piece.start);
            pieces.push(piece);
        }
        // One more than the limit shows whether the first line is whole.
        if bytes > limit_bytes || rows.len() < usize::from(READ_PIECES) {
            return Ok(pieces);
        }
    }
}

/// Deletes a workload's log.
pub async fn forget(tx: &mut Tx, _: &SystemProof, id: &WorkloadId) -> Result<(), StoreError> {
    tx.execute(FORGET, args![id]).await.map(|_| ())
}

/// The end of a text: from the first line that fits; in the middle of a line when that line alone is longer.
fn newest(text: &str, limit_bytes: usize) -> &str {
    if text.len() <= limit_bytes {
        return text;
    }
    let from =
        (text.len() - limit_bytes..=text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len());
    let end = &text[from..];
    match end.find('\n') {
        Some(line) if line + 1 < end.len() => &end[line + 1..],
        Some(_) | None => end,
    }
}

fn piece(row: &Row) -> Result<LogPiece, StoreError> {
    Ok(LogPiece {
        start: row.int("start_byte")?,
        end: row.int("end_byte")?,
        text: row.text("text")?,
        received_at: row.timestamp("received_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authz::system::for_worker;
    use crate::store::testing::on_both;
    use crate::store::workload_reports::tests::placed;

    fn piece(start: i64, text: &str) -> LogPiece {
        let end = start + i64::try_from(text.len()).unwrap();
        LogPiece { start, end, text: text.to_owned(), received_at: Timestamp::from_micros(end) }
    }

    #[tokio::test]
    async fn a_piece_that_arrives_again_changes_nothing_and_a_gap_is_allowed() {
        on_both(async |db| {
            let (proof, mut tx) = (for_worker("test"), db.begin().await.unwrap());
            let (id, _) = placed(&mut tx).await;
            assert_eq!(append(&mut tx, &proof, &id, &piece(0, "one\n")).await.unwrap(), 4);
            assert_eq!(append(&mut tx, &proof, &id, &piece(4, "two\n\0")).await.unwrap(), 9);
            assert_eq!(append(&mut tx, &proof, &id, &piece(0, "one\n")).await.unwrap(), 9);
            assert_eq!(append(&mut tx, &proof, &id, &piece(100, "three")).await.unwrap(), 105);
            tx.commit().await.unwrap();
            let tail = tail(&mut &db, &proof, &id, 1000).await.unwrap();
            assert_eq!(tail.text, "one\ntwo\n\u{fffd}three");
            assert_eq!(tail.received_at, Some(Timestamp::from_micros(105)));
        })
        .await;
    }

    #[tokio::test]
    async fn only_the_newest_end_is_kept() {
        on_both(async |db| {
            let (proof, mut tx) = (for_worker("test"), db.begin().await.unwrap());
            let (id, _) = placed(&mut tx).await;
            let text = "x".repeat(64 * 1024);
            for number in 0..6 {
                append(&mut tx, &proof, &id, &piece(number * 64 * 1024, &text)).await.unwrap();
            }
            let tail = tail(&mut tx, &proof, &id, usize::MAX).await.unwrap();
            assert_eq!((tail.text.len(), tail.omitted_bytes), (256 * 1024, 128 * 1024));
        })
        .await;
    }

    #[tokio::test]
    async fn a_flood_of_small_pieces_is_thinned_and_overlaps_are_replaced() {
        on_both(async |db| {
            let (proof, mut tx) = (for_worker("test"), db.begin().await.unwrap());
            let (id, _) = placed(&mut tx).await;
            for start in 0..KEPT_PIECES + 100 {
                append(&mut tx, &proof, &id, &piece(start, "x")).await.unwrap();
            }
            let all = tail(&mut tx, &proof, &id, usize::MAX).await.unwrap();
            assert_eq!((all.text.len(), all.omitted_bytes), (usize::try_from(KEPT_PIECES).unwrap(), 100));
            assert_eq!(newest_pieces(&mut tx, &proof, &id, 40).await.unwrap().len(), 64);
            for start in 0..20 {
                append(&mut tx, &proof, &id, &piece(5000 + start, &"y".repeat(1000))).await.unwrap();
            }
            let tail = tail(&mut tx, &proof, &id, usize::MAX).await.unwrap();
            assert_eq!(tail.text.matches('y').count(), 1000);
        })
        .await;
    }

    #[test]
    fn a_tail_begins_with_a_line_where_it_can() {
        assert_eq!(newest("abc\ndef\n", 6), "def\n");
        assert_eq!(newest("abcdef", 3), "def");
        assert_eq!(newest("abcé", 1), "");
        assert_eq!(newest("ab\n", 2), "b\n");
    }
}
