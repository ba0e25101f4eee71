//! What a launch is asked with.

use operations::InputError;
use read_models::ids::SkuId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to launch.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LaunchInput {
    /// Its name: lower-case letters, digits and dashes, at most 40, beginning with a letter.
    pub(super) name: String,
    /// The id of the SKU.
    #[schemars(with = "String")]
    pub(super) sku: SkuId,
    /// Program and arguments. No shell reads it.
    pub(super) command: Vec<String>,
    /// The port it will answer on, 1024 to 65535. The program gets it as `PORT` as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) port: Option<u16>,
}

impl LaunchInput {
    /// Every sentence a person can act on, at once.
    pub(super) fn check(&self) -> Result<(), Vec<InputError>> {
        let mut errors = Vec::new();
        if !is_name(&self.name) {
            let sentence = "Use 1 to 40 lower-case letters, digits and dashes, beginning with a letter.";
            errors.push(InputError::at("/name", sentence));
        }
        let bytes: usize = self.command.iter().map(String::len).sum();
        if self.command.first().is_none_or(String::is_empty) {
            errors.push(InputError::at(
                "/command",
                "Say which program to run, for example: python3 -m http.server 8000",
            ));
        } else if self.command.len() > 256 || bytes > 16 * 1024 {
            errors.push(InputError::at("/command", "Use at most 256 words and 16 KiB."));
        } else if self.command.iter().any(|word| word.contains('\0')) {
            errors.push(InputError::at("/command", "A command holds no NUL byte."));
        }
        if self.port.is_some_and(|port| port < 1024) {
            errors.push(InputError::at(
                "/port",
                "Use a port from 1024 to 65535: it runs as an unprivileged user.",
            ));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

fn is_name(name: &str) -> bool {
    name.len() <= 40
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(name: &str, command: &[&str], port: Option<u16>) -> LaunchInput {
        let sku = SkuId::from_uuid(&format!("{:032x}", 1));
        LaunchInput {
            name: name.to_owned(),
            sku,
            command: command.iter().map(|&w| w.to_owned()).collect(),
            port,
        }
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once_and_where() {
        let errors = input("Not a name", &[], Some(80)).check().unwrap_err();
        let places: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(places, ["/name", "/command", "/port"]);
        assert!(input("web-1", &["python3", "-m", "http.server"], Some(8000)).check().is_ok());
    }

    #[test]
    fn hostile_names_are_refused() {
        for name in ["", "-a", "a/b", "../x", "a b", "é", "a\n", &"a".repeat(41)] {
            assert!(input(name, &["true"], None).check().is_err(), "{name:?}");
        }
    }
}
