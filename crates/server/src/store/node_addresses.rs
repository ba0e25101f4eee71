//! What nodes are reached by: host names, IP addresses and hardware addresses, as their agents report them, spelled so
//! that they are found. Written when a report says something else than the one before.

use node_protocol::Inventory;
use read_models::ids::NodeId;

use super::db::{StoreError, Tx};
use crate::args;
use crate::authz::SystemProof;

pub(crate) const SQL: &[&str] = &[FORGET, ADD];

const FORGET: &str = "DELETE FROM node_address WHERE node_id = $1";
const ADD: &str = "INSERT INTO node_address (node_id, kind, address) VALUES ($1, $2, $3)
    ON CONFLICT (node_id, kind, address) DO NOTHING";

/// A hardware address as it is stored and looked for: its digits, in lower case.
pub fn spelled_mac(text: &str) -> String {
    text.chars().filter(char::is_ascii_hexdigit).map(|digit| digit.to_ascii_lowercase()).collect()
}

/// The node is reached by these from now on, and by nothing else.
pub async fn record(
    tx: &mut Tx,
    _: &SystemProof,
    node: &NodeId,
    inventory: &Inventory,
) -> Result<(), StoreError> {
    tx.execute(FORGET, args![node]).await?;
    for (kind, address) in of(inventory) {
        tx.execute(ADD, args![node, kind, address]).await?;
    }
    Ok(())
}

fn of(inventory: &Inventory) -> Vec<(&'static str, String)> {
    let interfaces = inventory.interfaces.as_deref().unwrap_or_default();
    let hosts = inventory.hostname.iter().map(|name| ("host", name.to_lowercase()));
    let own = interfaces.iter().flat_map(|interface| &interface.addresses);
    let ips = inventory.addresses.iter().chain(own).map(|ip| ("ip", ip.to_lowercase()));
    let macs =
        interfaces.iter().filter_map(|interface| Some(("mac", spelled_mac(interface.mac.as_deref()?))));
    hosts.chain(ips).chain(macs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use node_protocol::Interface;

    #[test]
    fn addresses_are_spelled_as_they_are_looked_for_and_what_is_not_known_is_left_out() {
        let interface = |mac: Option<&str>, ip: &str| Interface {
            name: "eth0".to_owned(),
            mac: mac.map(str::to_owned),
            addresses: vec![ip.to_owned()],
        };
        let inventory = Inventory {
            hostname: Some("GPU-7".to_owned()),
            addresses: vec!["10.0.0.7".to_owned()],
            interfaces: Some(vec![
                interface(Some("52:54:00:AB:00:07"), "FE80::7"),
                interface(None, "10.8.0.7"),
            ]),
            ..Inventory::default()
        };
        let found: Vec<_> = of(&inventory).into_iter().map(|(kind, text)| format!("{kind} {text}")).collect();
        let wanted = ["host gpu-7", "ip 10.0.0.7", "ip fe80::7", "ip 10.8.0.7", "mac 525400ab0007"];
        assert_eq!(found, wanted);
        assert!(of(&Inventory::default()).is_empty());
    }
}
