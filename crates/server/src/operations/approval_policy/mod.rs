//! Operations on what needs a second person's approval. Their target is the people of the platform, or of one project.

pub(super) mod set;
