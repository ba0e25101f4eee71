//! The only place that knows SQL: one file per aggregate; every query needs a permit or a system proof.

pub mod acknowledgements;
pub mod approval_policies;
pub mod bootstrap_links;
pub mod bulks;
pub mod chain;
pub mod checkpoints;
pub mod commands;
pub mod db;
pub mod dialect;
pub mod enrolment_attempts;
pub mod enrolment_tokens;
pub mod events;
pub mod exports;
pub mod form_drafts;
pub mod half_sign_ins;
pub mod hand_overs;
pub mod incidents;
pub mod invitations;
pub mod kept_secrets;
pub mod measures;
pub mod migrate;
pub mod node_addresses;
pub mod nodes;
pub mod onboardings;
pub mod operations;
pub mod passkey_ceremonies;
pub mod passkeys;
pub mod placement;
pub mod plans;
pub mod projects;
pub mod proposed_choices;
pub mod recovery_codes;
pub mod saved_views;
pub mod sealed_secrets;
pub mod sessions;
pub mod sign_in_attempts;
pub mod skus;
pub mod ssh_keys;
pub mod standstill;
pub mod testing;
pub mod tokens;
pub mod totps;
pub mod users;
pub mod verifications;
pub mod views;
pub mod workload_logs;
pub mod workload_measurements;
pub mod workload_reports;
pub mod workloads;

/// Every statement of every aggregate, for the test that prepares all of them on both databases.
pub(crate) const SQL: &[(&str, &[&str])] = &[
    ("acknowledgements", acknowledgements::SQL),
    ("approval_policies", approval_policies::SQL),
    ("bootstrap_links", bootstrap_links::SQL),
    ("bulks", bulks::SQL),
    ("chain", chain::SQL),
    ("checkpoints", checkpoints::SQL),
    ("commands", commands::SQL),
    ("enrolment_attempts", enrolment_attempts::SQL),
    ("enrolment_tokens", enrolment_tokens::SQL),
    ("events", events::SQL),
    ("exports", exports::SQL),
    ("form_drafts", form_drafts::SQL),
    ("half_sign_ins", half_sign_ins::SQL),
    ("hand_overs", hand_overs::SQL),
    ("incidents", incidents::SQL),
    ("invitations", invitations::SQL),
    ("kept_secrets", kept_secrets::SQL),
    ("measures", measures::SQL),
    ("migrate", migrate::SQL),
    ("node_addresses", node_addresses::SQL),
    ("nodes", nodes::SQL),
    ("nodes::first_signs", nodes::FIRST_SIGNS_SQL),
    ("nodes::sessions", nodes::SESSIONS_SQL),
    ("onboardings", onboardings::SQL),
    ("operations", operations::SQL),
    ("operations::leases", operations::leases::SQL),
    ("operations::locks", operations::locks::SQL),
    ("operations::reading", operations::reading::SQL),
    ("passkey_ceremonies", passkey_ceremonies::SQL),
    ("passkeys", passkeys::SQL),
    ("placement", placement::SQL),
    ("plans", plans::SQL),
    ("projects", projects::SQL),
    ("proposed_choices", proposed_choices::SQL),
    ("recovery_codes", recovery_codes::SQL),
    ("saved_views", saved_views::SQL),
    ("sealed_secrets", sealed_secrets::SQL),
    ("sessions", sessions::SQL),
    ("sign_in_attempts", sign_in_attempts::SQL),
    ("skus", skus::SQL),
    ("ssh_keys", ssh_keys::SQL),
    ("standstill", standstill::SQL),
    ("tokens", tokens::SQL),
    ("totps", totps::SQL),
    ("users", users::SQL),
    ("verifications", verifications::SQL),
    ("views::audit", views::audit::SQL),
    ("views::find", views::find::SQL),
    ("views::operations_evidence", views::operations_evidence::SQL),
    ("workload_logs", workload_logs::SQL),
    ("workload_measurements", workload_measurements::SQL),
    ("workload_measurements::buckets", workload_measurements::BUCKETS_SQL),
    ("workload_reports", workload_reports::SQL),
    ("workloads", workloads::SQL),
    ("workloads::lists", workloads::LISTS_SQL),
    ("workloads::reading", workloads::READING_SQL),
    ("workloads::setting_aside", workloads::SETTING_ASIDE_SQL),
];

#[cfg(test)]
mod query_plans;
#[cfg(test)]
mod tests {
    use super::testing::{on_both, prepare, statements};

    #[tokio::test]
    async fn both_databases_understand_every_statement() {
        on_both(async |db| {
            let mut refused = Vec::new();
            for (aggregate, statement) in statements() {
                if let Err(error) = prepare(&db, statement).await {
                    refused.push(format!("{aggregate}: {error}\n{statement}"));
                }
            }
            assert!(refused.is_empty(), "{}", refused.join("\n\n"));
        })
        .await;
    }
}
