//! A plan: ordered steps, who will notice, and what it was made from.

/// What an operation will do to a target now.
#[derive(Debug, Clone)]
pub struct Plan<S> {
    pub(crate) steps: Vec<S>,
    pub(crate) blast_radius: Vec<String>,
    pub(crate) revisions: Vec<(String, String)>,
}

impl<S> Default for Plan<S> {
    fn default() -> Self {
        Self { steps: Vec::new(), blast_radius: Vec::new(), revisions: Vec::new() }
    }
}

impl<S> Plan<S> {
    /// An empty plan.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// And then this.
    #[must_use]
    pub fn step(mut self, step: S) -> Self {
        self.steps.push(step);
        self
    }

    /// And then this for each of them.
    #[must_use]
    pub fn each<T>(mut self, of: &[T], step: impl Fn(&T) -> S) -> Self {
        self.steps.extend(of.iter().map(step));
        self
    }

    /// Somebody or something that will notice.
    #[must_use]
    pub fn noticed_by(mut self, who: impl Into<String>) -> Self {
        self.blast_radius.push(who.into());
        self
    }

    /// A fact the plan stands on beyond rules and steps: when it changes, the plan is void.
    #[must_use]
    pub fn stands_on(mut self, name: &str, value: impl Into<String>) -> Self {
        self.revisions.push((name.to_owned(), value.into()));
        self
    }
}
