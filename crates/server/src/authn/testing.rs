//! An authenticator for the tests: it makes one passkey and answers with it, as a phone or a security key would.
#![doc(hidden)]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{KeyPair, PublicKeyData as _, SigningKey as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Somebody is there, and has shown who they are.
const PRESENT: u8 = 1;
const VERIFIED: u8 = 4;
/// The answer carries a new key.
const NEW_KEY: u8 = 0x40;

/// One passkey, and what it would say.
#[derive(Debug)]
pub struct SoftAuthenticator {
    key: KeyPair,
    id: Vec<u8>,
    handle: Vec<u8>,
    /// What the next answer counts to; authenticators without a counter stay at 0.
    pub counter: u32,
    /// The page the browser says it is on.
    pub origin: String,
    /// Whether it asks for a finger, a face or a PIN.
    pub verifies: bool,
}

impl SoftAuthenticator {
    /// A new one, on this page; none when no key could be made.
    pub fn on(origin: &str) -> Option<Self> {
        let key = KeyPair::generate().ok()?;
        let id = Sha256::digest(key.der_bytes()).to_vec();
        Some(Self { key, id, handle: Vec::new(), counter: 1, origin: origin.to_owned(), verifies: true })
    }

    /// What `navigator.credentials.create` would answer, as `toJSON` writes it.
    pub fn make(&mut self, options: &Value) -> Value {
        self.handle = bytes(&options["user"]["id"]);
        let said = self.says("webauthn.create", options);
        let mut data = self.data(options["rp"]["id"].as_str().unwrap_or_default(), NEW_KEY);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap_or_default().to_be_bytes());
        data.extend(&self.id);
        data.extend(self.public_key());
        let mut attestation = vec![0xa3];
        attestation.extend(b"\x63fmt\x64none\x67attStmt\xa0\x68authData\x59");
        attestation.extend(u16::try_from(data.len()).unwrap_or_default().to_be_bytes());
        attestation.extend(data);
        let response = json!({ "clientDataJSON": text(&said), "attestationObject": text(&attestation) });
        self.credential(&response)
    }

    /// What `navigator.credentials.get` would answer.
    pub fn answer(&mut self, options: &Value) -> Value {
        let said = self.says("webauthn.get", options);
        let data = self.data(options["rpId"].as_str().unwrap_or_default(), 0);
        let mut signed = data.clone();
        signed.extend(Sha256::digest(&said));
        let signature = self.key.sign(&signed).unwrap_or_default();
        let response = json!({
            "clientDataJSON": text(&said),
            "authenticatorData": text(&data),
            "signature": text(&signature),
            "userHandle": text(&self.handle),
        });
        self.credential(&response)
    }

    fn credential(&self, response: &Value) -> Value {
        let id = text(&self.id);
        json!({
            "id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {},
        })
    }

    fn says(&self, kind: &str, options: &Value) -> Vec<u8> {
        let said = json!({
            "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false,
        });
        said.to_string().into_bytes()
    }

    fn data(&mut self, host: &str, more: u8) -> Vec<u8> {
        let flags = PRESENT | more | if self.verifies { VERIFIED } else { 0 };
        let mut data = Sha256::digest(host.as_bytes()).to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        if self.counter > 0 {
            self.counter += 1;
        }
        data
    }

    /// COSE (RFC 9053): EC2, ES256, P-256, x, y.
    fn public_key(&self) -> Vec<u8> {
        let mut key = vec![0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32];
        let point = self.key.der_bytes();
        key.extend(&point[1..33]);
        key.extend([0x22, 0x58, 32]);
        key.extend(&point[33..65]);
        key
    }
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn bytes(text: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text.as_str().unwrap_or_default()).unwrap_or_default()
}
