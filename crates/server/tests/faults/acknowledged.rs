//! An agent that says yes and does nothing (`ack-without-effect`): no step of it is ever observed.

use serde_json::Value;

use crate::database::{self, Kind};
use crate::ledger;
use crate::programs::{Faults, wait_for};
use crate::site::{PATIENCE, Site};

const LIES: Faults = Faults { always: &["ack-without-effect"], kill: None };
/// Where the agent's part stands in both plans.
const STEP: usize = 1;

fn site(kind: Kind) -> Site {
    Site::set_up(&format!("{kind:?} acknowledged"), kind, &crate::USUAL)
}

#[test]
fn a_launch_that_was_only_acknowledged_is_never_observed_and_can_be_cancelled() {
    for kind in database::kinds() {
        let site = site(kind);
        site.agent.run_with(LIES);
        let (operation, workload) = site.launch();
        stays_acknowledged(&site, &operation);
        site.api.cancel(&operation);
        let over = site.api.over(&operation, PATIENCE);
        assert_eq!(over["state"], "cancelled", "{over:#}");
        assert_eq!(ledger::effects_of(&site.effects(), &workload.id), Vec::<String>::new());
        assert_eq!(ledger::processes(&workload.marker), 0);
        assert!(site.database.allocations().is_empty());
    }
}

#[test]
fn a_stop_that_was_only_acknowledged_is_never_observed_and_the_drain_can_be_cancelled() {
    for kind in database::kinds() {
        let site = site(kind);
        let (operation, workload) = site.launch();
        assert_eq!(site.api.over(&operation, PATIENCE)["state"], "succeeded");
        site.agent.run_with(LIES);
        let operation = site.drain();
        stays_acknowledged(&site, &operation);
        site.api.cancel(&operation);
        let over = site.api.over(&operation, PATIENCE);
        assert_eq!(over["state"], "cancelled", "{over:#}");
        assert_eq!(ledger::effects_of(&site.effects(), &workload.id), ["spawn"]);
        assert_eq!(ledger::processes(&workload.marker), 1);
        let node = site.api.get(&format!("/api/v1/nodes/{}", site.node));
        assert_eq!(node["policy"], "in_service", "{node:#}");
    }
}

/// The agent said yes; three heartbeats later nobody has seen anything, and the operation does not say otherwise.
fn stays_acknowledged(site: &Site, operation: &str) {
    wait_for("the agent says yes", PATIENCE, || {
        step(&site.api.operation(operation))["acknowledged_at"].is_string().then_some(())
    });
    site.wait_for_heartbeats(3);
    let now = site.api.operation(operation);
    assert_eq!(now["state"], "running", "{now:#}");
    assert_eq!(
        (&step(&now)["state"], &step(&now)["observed_at"]),
        (&"running".into(), &Value::Null),
        "{now:#}"
    );
    assert_eq!(now["facts"]["observed"]["at"], Value::Null, "{now:#}");
}

fn step(operation: &Value) -> &Value {
    &operation["steps"][STEP]
}
