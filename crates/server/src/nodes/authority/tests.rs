//! The authority keeps itself, and signs what a node is and nothing that it asks to be.

use std::collections::HashMap;
use std::sync::Mutex;

use rcgen::{CertificateParams, IsCa, KeyPair, SanType};

use super::*;
use crate::ids::SystemIds;

const NOW: Timestamp = Timestamp::from_micros(1_795_305_600_000_000);

#[derive(Default)]
struct Memory(Mutex<HashMap<String, Vec<u8>>>);

#[async_trait::async_trait]
impl Secrets for Memory {
    async fn read(&self, name: &str) -> Result<Option<Secret>, SecretsError> {
        Ok(self.0.lock().unwrap().get(name).cloned().map(Zeroizing::new))
    }
    async fn keep(&self, name: &str, secret: Secret) -> Result<Secret, SecretsError> {
        let mut all = self.0.lock().unwrap();
        Ok(Zeroizing::new(all.entry(name.to_owned()).or_insert_with(|| secret.to_vec()).clone()))
    }
}

fn request(params: &CertificateParams) -> String {
    let key = KeyPair::generate().unwrap();
    params.serialize_request(&key).unwrap().pem().unwrap()
}

#[tokio::test]
async fn a_second_start_has_the_same_authority() {
    let memory = Memory::default();
    let first = Authority::open(&memory, NOW, &SystemIds).await.unwrap();
    let second = Authority::open(&memory, NOW, &SystemIds).await.unwrap();
    assert_eq!((first.ca_pin(), first.root_pem()), (second.ca_pin(), second.root_pem()));
    assert_eq!(first.ca_pin().len(), 64);
}

#[tokio::test]
async fn material_that_was_changed_is_refused() {
    let memory = Memory::default();
    Authority::open(&memory, NOW, &SystemIds).await.unwrap();
    memory.0.lock().unwrap().insert(ISSUING.to_owned(), b"{}".to_vec());
    assert!(matches!(Authority::open(&memory, NOW, &SystemIds).await, Err(AuthorityError::Damaged { .. })));
}

#[tokio::test]
async fn only_the_key_of_a_request_reaches_the_certificate() {
    let authority = Authority::open(&Memory::default(), NOW, &SystemIds).await.unwrap();
    let mut greedy = CertificateParams::new(vec!["console.example".to_owned()]).unwrap();
    greedy.subject_alt_names.push(SanType::URI("spiffe://slipway/node/node_0".try_into().unwrap()));
    greedy.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = NodeKey::from_request(&request(&greedy)).unwrap();
    let node = NodeId::from_uuid(&format!("{:032x}", 7));
    let issued = authority.issue(&node, &key, NOW, &SystemIds).unwrap();
    let (_, pem) = x509_parser::pem::parse_x509_pem(issued.chain_pem.as_bytes()).unwrap();
    let certificate = pem.parse_x509().unwrap();
    let names = certificate.subject_alternative_name().unwrap().unwrap().value.general_names.len();
    assert_eq!((names, certificate.is_ca()), (1, false));
    assert_eq!(certificate.validity().not_after.timestamp(), NOW.plus(NODE_LIFETIME).as_micros() / 1_000_000);
    let peer = Peer::from_certificate(&CertificateDer::from(pem.contents.clone())).unwrap();
    assert_eq!(peer, Peer { node, serial: issued.certificate.serial });
}

#[test]
fn a_damaged_or_foreign_request_is_refused() {
    let good = request(&CertificateParams::default());
    assert!(NodeKey::from_request(&good).is_ok());
    for bad in ["", "hello", &good.replace("CERTIFICATE REQUEST", "CERTIFICATE")] {
        // A label does not matter, what is in it does.
        assert_eq!(NodeKey::from_request(bad).is_err(), !bad.contains("BEGIN"), "{bad}");
    }
    let ed25519 = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let other = CertificateParams::default().serialize_request(&ed25519).unwrap().pem().unwrap();
    assert_eq!(NodeKey::from_request(&other).unwrap_err(), BadRequest::WrongKind);
}

#[test]
fn the_servers_names_are_the_fixed_ones_and_the_configured_ones() {
    let names = server_names(&["slipway.example".to_owned()], "0.0.0.0".parse().unwrap());
    assert!(
        ["localhost", "slipway-agents", "127.0.0.1", "slipway.example"]
            .iter()
            .all(|name| names.iter().any(|n| n == name))
    );
    assert!(!names.iter().any(|name| name == "0.0.0.0"));
}
