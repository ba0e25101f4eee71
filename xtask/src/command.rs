//! Starting other programs: say what is done, and name what failed.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// Tells the person at the terminal what happens now.
pub(crate) fn say(sentence: impl AsRef<str>) {
    println!("› {}", sentence.as_ref());
}

/// Runs a program with the terminal as its output; anything but success is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", words_of(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", words_of(command));
    }
    Ok(())
}

/// Runs a program and returns what it wrote to its standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {}", words_of(command)))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!("{} ended with {}: {}", words_of(command), output.status, complaint.trim());
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("{} did not answer with text", words_of(command)))
}

/// The command as a person would type it.
pub(crate) fn words_of(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}
