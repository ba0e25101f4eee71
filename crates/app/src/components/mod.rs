//! Our vocabulary made visible: cards, badges, headers, progress. None of them calls the server.

pub(crate) mod action_item;
pub(crate) mod activity;
pub(crate) mod again;
pub(crate) mod back_link;
pub(crate) mod blocker_list;
pub(crate) mod chart;
pub(crate) mod evidence_link;
pub(crate) mod factor_again;
pub(crate) mod found;
pub(crate) mod freshness;
pub(crate) mod lifecycle_operation_card;
pub(crate) mod local_nav;
pub(crate) mod next_strip;
pub(crate) mod not_moving;
pub(crate) mod operation_progress;
pub(crate) mod page;
pub(crate) mod page_main;
pub(crate) mod page_states;
pub(crate) mod passkey_button;
pub(crate) mod past_operations;
pub(crate) mod progress_brief;
pub(crate) mod refusal;
pub(crate) mod resource_header;
pub(crate) mod simulated;
pub(crate) mod since;
pub(crate) mod state_badge;
