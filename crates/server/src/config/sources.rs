//! Where a value comes from: the flag wins over the environment, the environment over the file.

use std::path::Path;

use super::ConfigError;
use super::options::Named;

/// Asks for a variable of the environment; a test gives its own.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The environment of this process.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

pub(super) struct Sources<'a> {
    pub(super) environment: Environment<'a>,
    pub(super) file: Option<&'a Path>,
}

/// A value, and the name under which it was given.
pub(super) struct Given {
    pub(super) name: String,
    pub(super) value: String,
}

impl Given {
    pub(super) fn wrong(&self, fix: impl Into<String>) -> ConfigError {
        ConfigError::Value { name: self.name.clone(), value: self.value.clone(), fix: fix.into() }
    }
}

impl Sources<'_> {
    pub(super) fn pick(
        &self,
        option: Named,
        flag_value: Option<&String>,
        file_value: Option<&String>,
    ) -> Option<Given> {
        let given = |name: &str, value: String| Given { name: name.to_owned(), value };
        if let Some(value) = flag_value {
            return Some(given(option.flag, value.clone()));
        }
        if let Some(value) = (self.environment)(option.variable) {
            return Some(given(option.variable, value));
        }
        file_value.map(|value| given(&self.in_file(option.key), value.clone()))
    }

    /// The same for a value that may be secret: `VARIABLE_FILE` names a file that holds it.
    pub(super) fn pick_secret(
        &self,
        option: Named,
        flag_value: Option<&String>,
        file_value: Option<&String>,
    ) -> Result<Option<Given>, ConfigError> {
        let held = format!("{}_FILE", option.variable);
        let path = (self.environment)(&held)
            .filter(|_| flag_value.is_none() && (self.environment)(option.variable).is_none());
        let Some(path) = path else { return Ok(self.pick(option, flag_value, file_value)) };
        let fix = |error: std::io::Error| ConfigError::Value {
            name: held.clone(),
            value: path.clone(),
            fix: format!("the file cannot be read ({error})"),
        };
        let value = std::fs::read_to_string(&path).map_err(fix)?.trim().to_owned();
        Ok(Some(Given { name: held, value }))
    }

    /// A list: repeated flags, or one variable with commas, or an array in the file.
    pub(super) fn pick_list(
        &self,
        option: Named,
        flag_values: &[String],
        file_values: &[String],
    ) -> Vec<Given> {
        let all = |name: &str, values: Vec<String>| {
            values.into_iter().map(|value| Given { name: name.to_owned(), value }).collect()
        };
        if !flag_values.is_empty() {
            return all(option.flag, flag_values.to_vec());
        }
        if let Some(value) = (self.environment)(option.variable) {
            return all(option.variable, value.split(',').map(|part| part.trim().to_owned()).collect());
        }
        all(&self.in_file(option.key), file_values.to_vec())
    }

    fn in_file(&self, key: &str) -> String {
        self.file.map_or_else(|| key.to_owned(), |file| format!("`{key}` in {}", file.display()))
    }
}
