//! Who may come in.

mod calls;
mod users;

pub(crate) use users::UsersPage;
