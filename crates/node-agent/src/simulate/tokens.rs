//! The tokens simulated nodes enrol with: one each, from a file with one in each line.

use std::collections::{HashSet, VecDeque};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use node_protocol::EnrolmentToken;

/// Why there is no token for a node.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenError {
    #[error("the tokens in {path} cannot be read")]
    Read { path: PathBuf, source: io::Error },
    #[error("line {line} of {path} is no enrolment token")]
    Malformed { path: PathBuf, line: usize, source: node_protocol::TokenError },
    #[error("there is no enrolment token left for {0}")]
    TooFew(String),
}

impl TokenError {
    pub(crate) const fn next_step(&self) -> &'static str {
        match self {
            Self::Read { .. } | Self::Malformed { .. } => {
                "Write one enrolment token in each line: slipway admin issue-enrolment-token --count N > FILE."
            }
            Self::TooFew(_) => {
                "Name a file with a token for each node that is not enrolled yet: slipway admin issue-enrolment-token --count N > FILE, then --tokens FILE."
            }
        }
    }
}

/// Tokens in the order of the file.
#[derive(Debug, Default)]
pub(crate) struct Tokens(VecDeque<EnrolmentToken>);

impl Tokens {
    pub(crate) fn read(path: Option<&Path>) -> Result<Self, TokenError> {
        let Some(path) = path else { return Ok(Self::default()) };
        let read = |source| TokenError::Read { path: path.to_owned(), source };
        let text = fs::read_to_string(path).map_err(read)?;
        let mut all = VecDeque::new();
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let malformed = |source| TokenError::Malformed { path: path.to_owned(), line: index + 1, source };
            all.push_back(line.parse().map_err(malformed)?);
        }
        Ok(Self(all))
    }

    /// Leaves out those that have made a node here. What is left goes to the nodes that are left in the same order, so a
    /// node whose answer was lost shows its own token again.
    pub(crate) fn leave_out<'a>(&mut self, used: impl Iterator<Item = &'a str>) {
        let used: HashSet<&str> = used.collect();
        self.0.retain(|token| !used.contains(token.id()));
    }

    pub(crate) fn take(&mut self, name: &str) -> Result<EnrolmentToken, TokenError> {
        self.0.pop_front().ok_or_else(|| TokenError::TooFew(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(id: &str) -> EnrolmentToken {
        EnrolmentToken::new(id, &[7; 32], &"ab".repeat(32)).unwrap()
    }

    #[test]
    fn a_node_whose_neighbours_are_enrolled_gets_its_own_token_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tokens");
        let lines: Vec<String> = ["ent_1", "ent_2", "ent_3"].map(|id| token(id).reveal()).to_vec();
        fs::write(&path, format!("{}\n\n", lines.join("\n"))).unwrap();
        let mut tokens = Tokens::read(Some(&path)).unwrap();
        tokens.leave_out(["ent_1", "ent_3"].into_iter());
        assert_eq!(tokens.take("sim-2").unwrap().id(), "ent_2");
        assert!(tokens.take("sim-4").unwrap_err().to_string().contains("sim-4"));
    }

    #[test]
    fn a_line_that_is_no_token_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tokens");
        fs::write(&path, format!("{}\nhello\n", token("ent_1").reveal())).unwrap();
        assert!(Tokens::read(Some(&path)).unwrap_err().to_string().contains("line 2"));
        assert!(Tokens::read(Some(&dir.path().join("none"))).is_err());
    }
}
