//! Certificates: what is in each kind, and reading the one a peer shows.

use node_protocol::node_id_from_uri;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PublicKeyData,
    SanType, SerialNumber,
};
use read_models::ids::NodeId;
use read_models::time::Timestamp;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use sha2::{Digest as _, Sha256};
use std::time::Duration;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::{AuthorityError, BACKDATED, Kept, damaged};
use crate::ids::Ids;
use crate::store::nodes::NodeCertificate;

const DAY: Duration = Duration::from_hours(24);
const ROOT_LIFETIME: Duration = Duration::from_secs(20 * 365 * DAY.as_secs());
const ISSUING_LIFETIME: Duration = Duration::from_secs(10 * 365 * DAY.as_secs());
/// The server's own certificate is made anew at every start.
const SERVER_LIFETIME: Duration = Duration::from_secs(397 * DAY.as_secs());
/// An uncompressed point on P-256.
const P256_POINT: usize = 65;

/// A node's identity key: its public half, proven by the signature of the request.
#[derive(Clone, Debug)]
pub struct NodeKey {
    public: rcgen::PublicKey,
    /// SHA-256 of the SPKI, lower hex.
    pub fingerprint: String,
}

/// A certificate request that is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRequest {
    #[error("The certificate request cannot be read, or its signature is not its own key's.")]
    Unreadable,
    #[error("The identity key is not an ECDSA key on P-256, the only kind that is accepted.")]
    WrongKind,
}

impl NodeKey {
    /// Takes the public key out of a request whose signature it made, and nothing else.
    pub fn from_request(csr_pem: &str) -> Result<Self, BadRequest> {
        let public = CertificateSigningRequestParams::from_pem(csr_pem)
            .map_err(|_| BadRequest::Unreadable)?
            .public_key;
        if public.algorithm() != &PKCS_ECDSA_P256_SHA256 || public.der_bytes().len() != P256_POINT {
            return Err(BadRequest::WrongKind);
        }
        let fingerprint = hex::encode(Sha256::digest(public.subject_public_key_info()));
        Ok(Self { public, fingerprint })
    }
}

/// What a client's certificate says. The handshake has checked that it is ours and in its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    pub node: NodeId,
    /// Lower hex.
    pub serial: String,
}

impl Peer {
    /// Reads it; none when it names no node.
    pub fn from_certificate(der: &CertificateDer<'_>) -> Option<Self> {
        let (_, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
        let names = certificate.subject_alternative_name().ok()??;
        let uri = names.value.general_names.iter().find_map(|name| {
            if let x509_parser::extensions::GeneralName::URI(uri) = name { Some(*uri) } else { None }
        })?;
        let node = NodeId::parse(node_id_from_uri(uri)?.as_str()).ok()?;
        Some(Self { node, serial: hex::encode(certificate.raw_serial()) })
    }
}

/// When a certificate ends; none when it cannot be read.
pub(super) fn ends(der: &CertificateDer<'_>) -> Option<Timestamp> {
    let (_, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
    Some(Timestamp::from_micros(certificate.validity().not_after.timestamp().checked_mul(1_000_000)?))
}

/// 127 random bits that never begin with a zero byte, so that every reader writes the serial the same way.
pub(super) fn new_serial(ids: &dyn Ids) -> String {
    let mut bytes = [0; 16];
    ids.random(&mut bytes);
    bytes[0] = bytes[0] & 0x3f | 0x40;
    hex::encode(bytes)
}

pub(super) fn new_root(now: Timestamp, ids: &dyn Ids) -> Result<Kept, AuthorityError> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(AuthorityError::Signing)?;
    let params = ca("Slipway root", 1, ROOT_LIFETIME, now, ids)?;
    let certificate = params.self_signed(&key).map_err(AuthorityError::Signing)?;
    Ok(keep(certificate.der(), &key))
}

pub(super) fn new_issuing(root: &Kept, now: Timestamp, ids: &dyn Ids) -> Result<Kept, AuthorityError> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(AuthorityError::Signing)?;
    let mut params = ca("Slipway issuing", 0, ISSUING_LIFETIME, now, ids)?;
    params.use_authority_key_identifier_extension = true;
    let certificate = params.signed_by(&key, &root.issuer()?).map_err(AuthorityError::Signing)?;
    Ok(keep(certificate.der(), &key))
}

/// A node's certificate: a client, that node, nothing else.
pub(super) fn node(
    issuer: &Issuer<'static, KeyPair>,
    node: &NodeId,
    key: &NodeKey,
    certificate: &NodeCertificate,
) -> Result<CertificateDer<'static>, AuthorityError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(node.as_str());
    params.serial_number = Some(serial(&certificate.serial)?);
    params.not_before = moment(certificate.not_before);
    params.not_after = moment(certificate.not_after);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    let uri = format!("spiffe://slipway/node/{node}");
    params.subject_alt_names = vec![SanType::URI(uri.try_into().map_err(AuthorityError::Signing)?)];
    let signed = params.signed_by(&key.public, issuer).map_err(AuthorityError::Signing)?;
    Ok(signed.der().clone())
}

/// The server's certificate and its key.
pub(super) fn server(
    issuer: &Issuer<'static, KeyPair>,
    names: &[String],
    now: Timestamp,
    ids: &dyn Ids,
) -> Result<(CertificateDer<'static>, PrivatePkcs8KeyDer<'static>), AuthorityError> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(AuthorityError::Signing)?;
    let mut params = CertificateParams::default();
    for name in names {
        let wrong = |source| AuthorityError::Name { name: name.clone(), source };
        let one = CertificateParams::new(vec![name.clone()]).map_err(wrong)?;
        params.subject_alt_names.extend(one.subject_alt_names);
    }
    params.distinguished_name = named("slipway-agents");
    params.serial_number = Some(serial(&new_serial(ids))?);
    params.not_before = moment(now.minus(BACKDATED));
    params.not_after = moment(now.plus(SERVER_LIFETIME));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    let signed = params.signed_by(&key, issuer).map_err(AuthorityError::Signing)?;
    Ok((signed.der().clone(), PrivatePkcs8KeyDer::from(key.serialize_der())))
}

pub(super) fn key_from(pkcs8: &[u8]) -> Result<KeyPair, AuthorityError> {
    KeyPair::from_pkcs8_der_and_sign_algo(&PrivatePkcs8KeyDer::from(pkcs8.to_vec()), &PKCS_ECDSA_P256_SHA256)
        .map_err(damaged)
}

/// PEM with the usual line length.
pub(super) fn pem(der: &CertificateDer<'_>) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, next) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = next;
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}

fn ca(
    name: &str,
    path_length: u8,
    lifetime: Duration,
    now: Timestamp,
    ids: &dyn Ids,
) -> Result<CertificateParams, AuthorityError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(name);
    params.serial_number = Some(serial(&new_serial(ids))?);
    params.not_before = moment(now.minus(BACKDATED));
    params.not_after = moment(now.plus(lifetime));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(path_length));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn keep(certificate: &CertificateDer<'_>, key: &KeyPair) -> Kept {
    Kept { certificate: certificate.to_vec(), key: Zeroizing::new(key.serialize_der()) }
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::OrganizationName, "Slipway");
    distinguished.push(DnType::CommonName, name);
    distinguished
}

fn serial(lower_hex: &str) -> Result<SerialNumber, AuthorityError> {
    hex::decode(lower_hex).map(SerialNumber::from).map_err(damaged)
}

fn moment(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at.as_micros().div_euclid(1_000_000))
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
