//! The machine's network interfaces: by name, with hardware address and IP addresses. The loopback is nobody's way in.

use nix::ifaddrs::{InterfaceAddress, getifaddrs};
use nix::net::if_::InterfaceFlags;
use node_protocol::Interface;

/// Every interface but the loopback; none when the kernel does not list them.
pub(super) fn list() -> Option<Vec<Interface>> {
    let mut found: Vec<Interface> = Vec::new();
    for each in getifaddrs().ok()?.filter(|each| !each.flags.contains(InterfaceFlags::IFF_LOOPBACK)) {
        let known = found.iter().position(|known| known.name == each.interface_name);
        let at = known.unwrap_or_else(|| {
            let name = each.interface_name.clone();
            found.push(Interface { name, mac: None, addresses: Vec::new() });
            found.len() - 1
        });
        add(&mut found[at], &each);
    }
    Some(found)
}

/// The kernel lists an interface once for each of its addresses.
fn add(interface: &mut Interface, each: &InterfaceAddress) {
    let Some(address) = &each.address else { return };
    if let Some(link) = address.as_link_addr() {
        interface.mac = link.addr().and_then(mac);
    } else if let Some(v4) = address.as_sockaddr_in() {
        interface.addresses.push(v4.ip().to_string());
    } else if let Some(v6) = address.as_sockaddr_in6() {
        interface.addresses.push(v6.ip().to_string());
    }
}

/// Tunnels and the like have no hardware address, and the kernel says so with zeros.
fn mac(bytes: [u8; 6]) -> Option<String> {
    if bytes == [0; 6] {
        return None;
    }
    Some(bytes.map(|byte| format!("{byte:02x}")).join(":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_without_a_hardware_address_has_none() {
        assert_eq!(mac([0; 6]), None);
        assert_eq!(mac([0x52, 0x54, 0, 0x12, 0xab, 0xff]).as_deref(), Some("52:54:00:12:ab:ff"));
    }

    #[test]
    fn this_machines_interfaces_are_listed_once_each_and_without_the_loopback() {
        let found = list().unwrap();
        let mut names: Vec<_> = found.iter().map(|interface| &interface.name).collect();
        names.dedup();
        assert_eq!(names.len(), found.len());
        assert!(found.iter().all(|interface| !interface.addresses.iter().any(|ip| ip == "127.0.0.1")));
    }
}
