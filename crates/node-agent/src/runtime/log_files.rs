//! A workload's output on disk: segments named after the offset of their first byte, so that offsets only ever grow
//! and the oldest part can go without anyone having to count again.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// What is kept where the order names no limit.
pub(crate) const DEFAULT_LIMIT_BYTES: u64 = 16 * 1024 * 1024;
/// A log is kept in this many segments, so that a quarter is lost at a time.
const SEGMENTS: u64 = 4;
/// Even the smallest limit keeps some lines.
const SMALLEST_SEGMENT_BYTES: u64 = 1024;

/// Appends to a log and keeps it within its limit.
pub(crate) struct LogWriter {
    dir: PathBuf,
    segment_bytes: u64,
    current: Option<(File, Segment)>,
}

/// One file of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Segment {
    path: PathBuf,
    base: u64,
    len: u64,
}

impl Segment {
    const fn end(&self) -> u64 {
        self.base + self.len
    }
}

/// A part of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) offset: u64,
    pub(crate) end: u64,
    pub(crate) text: String,
}

impl LogWriter {
    pub(crate) fn open(dir: &Path, limit_bytes: u64) -> Self {
        let segment_bytes = (limit_bytes / SEGMENTS).max(SMALLEST_SEGMENT_BYTES);
        Self { dir: dir.to_owned(), segment_bytes, current: None }
    }

    /// Adds bytes at the end, and lets go of the oldest segments when there are too many.
    pub(crate) fn append(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let segment_bytes = self.segment_bytes;
            let (file, segment) = self.segment_with_room()?;
            let room = usize::try_from(segment_bytes - segment.len).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(bytes.len().min(room));
            file.write_all(now)?;
            segment.len += now.len() as u64;
            bytes = later;
        }
        Ok(())
    }

    fn segment_with_room(&mut self) -> io::Result<&mut (File, Segment)> {
        let next = match &self.current {
            Some((_, segment)) if segment.len < self.segment_bytes => None,
            Some((_, segment)) => Some(segment.end()),
            None => Some(end(&self.dir)),
        };
        if let Some(base) = next {
            self.current = Some(self.new_segment(base)?);
        }
        self.current.as_mut().ok_or_else(|| io::Error::other("no log segment is open"))
    }

    fn new_segment(&self, base: u64) -> io::Result<(File, Segment)> {
        let path = self.dir.join(format!("{base:020}.log"));
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(&path)?;
        let segments = segments(&self.dir);
        let kept = usize::try_from(SEGMENTS).unwrap_or(usize::MAX);
        for old in segments.iter().take(segments.len().saturating_sub(kept)) {
            fs::remove_file(&old.path)?;
        }
        Ok((file, Segment { path, base, len: 0 }))
    }
}

/// Has an empty log begin here: what comes before is kept elsewhere. One that has begun goes on where it is.
pub(crate) fn begin_at(dir: &Path, offset: u64) -> io::Result<()> {
    if offset == 0 || !segments(dir).is_empty() {
        return Ok(());
    }
    let path = dir.join(format!("{offset:020}.log"));
    OpenOptions::new().append(true).create(true).mode(0o600).open(path).map(|_| ())
}

/// The offset behind the last byte.
pub(crate) fn end(dir: &Path) -> u64 {
    segments(dir).last().map_or(0, Segment::end)
}

/// What follows an offset, at most `max_bytes` of it; what was rotated away is skipped. A character that is not
/// complete yet is left for the next time, unless the program has ended and it never will be.
pub(crate) fn read(dir: &Path, from: u64, max_bytes: usize, has_ended: bool) -> io::Result<Option<Piece>> {
    let segments = segments(dir);
    let Some(index) = segments.iter().position(|segment| from < segment.end()) else { return Ok(None) };
    let segment = &segments[index];
    let offset = from.max(segment.base);
    let mut bytes = Vec::new();
    let mut file = match File::open(&segment.path) {
        Ok(file) => file,
        // Rotated away in between: the next look finds a newer one.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    file.seek(SeekFrom::Start(offset - segment.base))?;
    file.take(max_bytes as u64).read_to_end(&mut bytes)?;
    let is_last = index + 1 == segments.len();
    let waits_for_more = is_last && !has_ended;
    let whole = whole_characters(&bytes);
    // An incomplete character at the end of a segment goes on in the next one, where nobody can join it any more.
    let taken = if whole == 0 && !waits_for_more { bytes.len() } else { whole };
    if taken == 0 {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&bytes[..taken]).into_owned();
    Ok(Some(Piece { offset, end: offset + taken as u64, text }))
}

/// How many bytes there are without a character that is cut off at the end.
fn whole_characters(bytes: &[u8]) -> usize {
    let tail = bytes.iter().rev().take(4).position(|byte| byte & 0b1100_0000 != 0b1000_0000);
    let Some(start) = tail.map(|back| bytes.len() - 1 - back) else { return bytes.len() };
    match std::str::from_utf8(&bytes[start..]) {
        Err(error) if error.error_len().is_none() => start,
        Ok(_) | Err(_) => bytes.len(),
    }
}

/// The files of a log, oldest first.
fn segments(dir: &Path) -> Vec<Segment> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let segment = |entry: fs::DirEntry| {
        let base = entry.file_name().to_str()?.strip_suffix(".log")?.parse().ok()?;
        Some(Segment { path: entry.path(), base, len: entry.metadata().ok()?.len() })
    };
    let mut found: Vec<Segment> = entries.flatten().filter_map(segment).collect();
    found.sort_by_key(|segment| segment.base);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(dir: &Path, mut from: u64) -> String {
        let mut all = String::new();
        while let Some(piece) = read(dir, from, 300, true).unwrap() {
            all.push_str(&piece.text);
            from = piece.end;
        }
        all
    }

    #[test]
    fn what_is_written_can_be_read_from_any_offset() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = LogWriter::open(dir.path(), 1 << 20);
        log.append(b"hello ").unwrap();
        log.append(b"world").unwrap();
        assert_eq!(read_all(dir.path(), 0), "hello world");
        assert_eq!(read_all(dir.path(), 6), "world");
        assert_eq!(end(dir.path()), 11);
        assert_eq!(read(dir.path(), 11, 10, false).unwrap(), None);
    }

    #[test]
    fn offsets_go_on_through_rotation_and_the_oldest_part_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = LogWriter::open(dir.path(), 4096);
        let line = "0123456789abcde\n";
        for _ in 0..1000 {
            log.append(line.as_bytes()).unwrap();
        }
        assert_eq!(end(dir.path()), 16_000);
        let kept: u64 = segments(dir.path()).iter().map(|segment| segment.len).sum();
        assert!(kept <= 4096, "{kept}");
        let first = read(dir.path(), 0, 16, false).unwrap().unwrap();
        assert!(first.offset > 0 && first.offset.is_multiple_of(16));
        assert_eq!(first.text, line);
        assert_eq!(read_all(dir.path(), 0).len() as u64, kept);
    }

    #[test]
    fn a_writer_that_comes_back_goes_on_at_the_end() {
        let dir = tempfile::tempdir().unwrap();
        LogWriter::open(dir.path(), 4096).append(b"one ").unwrap();
        LogWriter::open(dir.path(), 4096).append(b"two").unwrap();
        assert_eq!(read_all(dir.path(), 0), "one two");
    }

    #[test]
    fn a_log_can_begin_where_another_place_has_ended() {
        let dir = tempfile::tempdir().unwrap();
        begin_at(dir.path(), 5000).unwrap();
        assert_eq!(end(dir.path()), 5000);
        assert_eq!(read(dir.path(), 0, 10, false).unwrap(), None);
        LogWriter::open(dir.path(), 4096).append(b"again").unwrap();
        begin_at(dir.path(), 9000).unwrap();
        let piece = read(dir.path(), 0, 10, false).unwrap().unwrap();
        assert_eq!((piece.offset, piece.end, piece.text.as_str()), (5000, 5005, "again"));
    }

    #[test]
    fn a_character_is_not_cut_in_two_while_the_program_runs() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = LogWriter::open(dir.path(), 4096);
        let euro = "€".as_bytes();
        log.append(b"a").unwrap();
        log.append(&euro[..2]).unwrap();
        let piece = read(dir.path(), 0, 100, false).unwrap().unwrap();
        assert_eq!((piece.text.as_str(), piece.end), ("a", 1));
        assert_eq!(read(dir.path(), 1, 100, false).unwrap(), None);
        log.append(&euro[2..]).unwrap();
        assert_eq!(read(dir.path(), 1, 100, false).unwrap().unwrap().text, "€");
    }

    #[test]
    fn bytes_that_are_no_text_do_not_stop_the_log() {
        let dir = tempfile::tempdir().unwrap();
        LogWriter::open(dir.path(), 4096).append(b"\xff\xfe\x80\x80\x80\x80\x80x\xe2").unwrap();
        let piece = read(dir.path(), 0, 100, false).unwrap().unwrap();
        assert!(piece.text.ends_with('x'));
        assert_eq!(read(dir.path(), piece.end, 100, true).unwrap().unwrap().end, 9);
    }
}
