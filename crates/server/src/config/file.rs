//! The configuration file (TOML). Unknown keys are refused with the keys there are.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{ConfigError, Environment, Tls, options};

/// The file as written. Values stay text until they are checked together with environment and flags.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub(super) struct ConfigFile {
    #[serde(skip)]
    pub(super) path: Option<PathBuf>,
    pub(super) data: Option<String>,
    pub(super) listen: Option<String>,
    pub(super) stop_delay_ms: Option<u64>,
    pub(super) public_url: Option<String>,
    pub(super) log: Option<String>,
    pub(super) assets: Option<String>,
    pub(super) trusted_proxy: Vec<String>,
    pub(super) tls: Option<TlsSection>,
    pub(super) agents: Agents,
    pub(super) database: Database,
    pub(super) operations: Operations,
    pub(super) secrets: Secrets,
    pub(super) metrics: Metrics,
}

#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct TlsSection {
    certificate: PathBuf,
    key: PathBuf,
}

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub(super) struct Agents {
    pub(super) listen: Option<String>,
    pub(super) names: Vec<String>,
    pub(super) heartbeat_seconds: Option<u64>,
    pub(super) admit_simulated: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub(super) struct Operations {
    pub(super) lease_ms: Option<u64>,
    pub(super) undo_window_seconds: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub(super) struct Database {
    pub(super) url: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub(super) struct Secrets {
    pub(super) key_file: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub(super) struct Metrics {
    pub(super) listen: Option<String>,
}

impl ConfigFile {
    /// The file named by `--config` or `SLIPWAY_CONFIG`; empty when none is named.
    pub(super) fn find(flag: Option<&Path>, environment: Environment<'_>) -> Result<Self, ConfigError> {
        let path =
            flag.map(Path::to_path_buf).or_else(|| environment(options::CONFIG.variable).map(PathBuf::from));
        let Some(path) = path else { return Ok(Self::default()) };
        let text = std::fs::read_to_string(&path)
            .map_err(|source| ConfigError::Unreadable { path: path.clone(), source })?;
        let parsed: Self = toml::from_str(&text).map_err(|error| ConfigError::Malformed {
            path: path.clone(),
            problem: in_one_line(&error, &text),
        })?;
        Ok(Self { path: Some(path), ..parsed })
    }

    pub(super) fn tls(&self) -> Option<Tls> {
        let section = self.tls.as_ref()?;
        Some(Tls { certificate: section.certificate.clone(), key: section.key.clone() })
    }
}

fn in_one_line(error: &toml::de::Error, text: &str) -> String {
    let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    format!("line {line}: {}", error.message().replace('\n', " "))
}

/// The keys a file may have: `agents.listen`.
#[cfg(test)]
pub(crate) fn keys_of_file() -> std::collections::BTreeSet<String> {
    let settings =
        schemars::generate::SchemaSettings::draft2020_12().with(|all| all.inline_subschemas = true);
    let schema = settings.into_generator().into_root_schema_for::<ConfigFile>().to_value();
    let mut keys = std::collections::BTreeSet::new();
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let inner = [member, &member["anyOf"][0]].into_iter().find_map(|one| one["properties"].as_object());
        match inner {
            Some(inner) => keys.extend(inner.keys().map(|key| format!("{name}.{key}"))),
            None => drop(keys.insert(name.clone())),
        }
    }
    keys
}
