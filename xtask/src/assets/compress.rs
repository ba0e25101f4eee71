//! Compressed copies (`.br`, `.gz`) beside each file, made once so that the server never compresses a file twice.

use std::{fs, io::Write as _, path::Path};

use anyhow::{Context as _, Result};
use brotli::enc::BrotliEncoderParams;
use flate2::{Compression, write::GzEncoder};

use super::folder;

/// Compresses every file of a build's folder.
pub(super) fn folder(build: &Path) -> Result<()> {
    for file in folder::files(build)? {
        let path = build.join(&file);
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        for (ending, small) in [("br", brotli(&bytes)?), ("gz", gzip(&bytes)?)] {
            let beside = build.join(format!("{file}.{ending}"));
            fs::write(&beside, small).with_context(|| format!("cannot write {}", beside.display()))?;
        }
    }
    Ok(())
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut small = Vec::new();
    let best = BrotliEncoderParams { quality: 11, size_hint: bytes.len(), ..BrotliEncoderParams::default() };
    brotli::BrotliCompress(&mut &*bytes, &mut small, &best).context("brotli failed")?;
    Ok(small)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).context("gzip failed")?;
    encoder.finish().context("gzip failed")
}
