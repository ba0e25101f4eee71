//! `style/main.css` and everything it imports, as one small style sheet.

use anyhow::{Result, anyhow, bail};
use lightningcss::{
    bundler::{Bundler, FileProvider},
    stylesheet::{MinifyOptions, ParserOptions, PrinterOptions},
};

use crate::workspace;

/// The style sheet; without white space when `small`.
pub(super) fn bundle(small: bool) -> Result<String> {
    let entry = workspace::root().join("style/main.css");
    if !entry.is_file() {
        bail!("there is no style/main.css: the style sheet begins there");
    }
    let files = FileProvider::new();
    let mut sheet = Bundler::new(&files, None, ParserOptions::default())
        .bundle(&entry)
        .map_err(|mistake| anyhow!("style: {mistake}"))?;
    sheet.minify(MinifyOptions::default()).map_err(|mistake| anyhow!("style: {mistake}"))?;
    let printed = sheet
        .to_css(PrinterOptions { minify: small, ..PrinterOptions::default() })
        .map_err(|mistake| anyhow!("style: {mistake}"))?;
    Ok(printed.code)
}
