//! What must hold for every operation, and what each of them promises, on both databases with an agent that plays along.
//!
//! The loops over the register come first: an operation that is added is covered before its own tests are written, as soon
//! as `support/scenes.rs` says how it is asked for.

mod account;
mod approval;
mod audit;
mod breaking;
mod bulk;
mod bulk_children;
mod bulk_workloads;
mod choices;
mod declarations;
mod drain;
mod enrolment_token;
mod evidence;
mod evidence_of_things;
mod evidence_pages;
mod hand_over;
mod inventory;
mod invitations;
mod late_rows;
mod launch;
mod locks;
mod maintenance;
mod onboarding;
mod password;
mod permissions;
mod queue;
mod reference;
mod release;
mod running_again;
mod scheduling;
mod second_factor;
mod setting_aside;
mod standstill;
mod starting;
mod stop;
mod support;
mod undo_window;
