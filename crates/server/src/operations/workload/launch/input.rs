//! What a launch is asked with.

use super::super::super::ssh_key::public_key;
use operations::InputError;
use read_models::ids::SkuId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Nobody has more at hand, and a workload has to read them.
const MOST_KEYS: usize = 16;

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
    /// Public keys that may log in, one line each: at most 16. The workload finds them where an SSH server looks for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) ssh_keys: Vec<String>,
    /// One more public key, pasted: for this workload only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) new_ssh_key: Option<String>,
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
        if self.ssh_keys.len() > MOST_KEYS {
            errors.push(InputError::at("/ssh_keys", format!("Let in at most {MOST_KEYS} keys.")));
        }
        for (index, key) in self.ssh_keys.iter().enumerate().take(MOST_KEYS) {
            if let Err(sentence) = public_key::read(key) {
                errors.push(InputError::at(&format!("/ssh_keys/{index}"), sentence));
            }
        }
        if let Some(Err(sentence)) = self.new_ssh_key.as_deref().map(public_key::read) {
            errors.push(InputError::at("/new_ssh_key", sentence));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// Every key that may log in, read, each once.
    pub(super) fn keys(&self) -> Vec<public_key::Read> {
        let mut keys: Vec<public_key::Read> = Vec::new();
        for pasted in self.ssh_keys.iter().chain(&self.new_ssh_key) {
            // Checked before: what cannot be read never gets here.
            let Ok(key) = public_key::read(pasted) else { continue };
            if keys.iter().all(|other| other.fingerprint != key.fingerprint) {
                keys.push(key);
            }
        }
        keys
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
            ssh_keys: Vec::new(),
            new_ssh_key: None,
        }
    }

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINqtL9J5fC367LBDn5U4a/0sjVVQo1sDQqCiDhu4/YgA";

    #[test]
    fn keys_are_read_and_each_lets_in_once() {
        let mut with_keys = input("web-1", &["true"], None);
        with_keys.ssh_keys = vec![format!("{KEY} ada@laptop"), "ssh-ed25519 nonsense".to_owned()];
        with_keys.new_ssh_key = Some("nonsense".to_owned());
        let errors = with_keys.check().unwrap_err();
        let places: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(places, ["/ssh_keys/1", "/new_ssh_key"]);
        with_keys.ssh_keys.pop();
        with_keys.new_ssh_key = Some(KEY.to_owned());
        assert!(with_keys.check().is_ok());
        let read: Vec<_> = with_keys.keys().into_iter().map(|key| key.text).collect();
        assert_eq!(read, [KEY]);
        with_keys.ssh_keys = vec![KEY.to_owned(); 17];
        assert_eq!(with_keys.check().unwrap_err()[0].pointer, "/ssh_keys");
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
