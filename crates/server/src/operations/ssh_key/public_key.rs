//! Reading what a person pasted as their public key. What is no key, or a weak one, is refused with what to paste instead.

use ssh_key::{Algorithm, HashAlg, PublicKey};

/// The longest line that is looked at; an RSA key of 16384 bits is shorter.
const LONGEST: usize = 8 * 1024;
const SHORTEST_RSA_BITS: usize = 2048;

/// A public key, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::operations) struct Read {
    /// `ssh-ed25519`.
    pub(in crate::operations) algorithm: String,
    /// As OpenSSH writes it, without the comment.
    pub(in crate::operations) text: String,
    /// `SHA256:…`
    pub(in crate::operations) fingerprint: String,
}

/// Reads one line of a `.pub` file.
pub(in crate::operations) fn read(pasted: &str) -> Result<Read, &'static str> {
    let line = pasted.trim();
    if line.contains("PRIVATE KEY") {
        return Err(
            "This is a private key, which nobody else should have. Paste the file that ends in .pub.",
        );
    }
    if line.len() > LONGEST || line.lines().count() > 1 {
        return Err("Paste one key: one line, as it stands in the file that ends in .pub.");
    }
    let unreadable = "This is no OpenSSH public key. It begins with ssh-ed25519, ecdsa-sha2-… or ssh-rsa, as in the file that ends in .pub.";
    let mut key = PublicKey::from_openssh(line).map_err(|_| unreadable)?;
    let kind = key.algorithm();
    if kind == Algorithm::Dsa {
        return Err("DSA keys are too weak. Make another one: ssh-keygen -t ed25519");
    }
    let is_rsa = matches!(kind, Algorithm::Rsa { .. });
    if is_rsa && rsa_bits(&key) < SHORTEST_RSA_BITS {
        return Err("RSA keys of less than 2048 bits are too weak. Make another one: ssh-keygen -t ed25519");
    }
    let is_elliptic = matches!(
        kind,
        Algorithm::Ed25519 | Algorithm::Ecdsa { .. } | Algorithm::SkEd25519 | Algorithm::SkEcdsaSha2NistP256
    );
    if !is_rsa && !is_elliptic {
        return Err(unreadable);
    }
    key.set_comment("");
    let text = key.to_openssh().map_err(|_| unreadable)?.trim().to_owned();
    let algorithm = kind.as_str().to_owned();
    Ok(Read { algorithm, text, fingerprint: key.fingerprint(HashAlg::Sha256).to_string() })
}

fn rsa_bits(key: &PublicKey) -> usize {
    let modulus = key.key_data().rsa().and_then(|rsa| rsa.n.as_positive_bytes());
    modulus.map_or(0, |bytes| {
        let unused = bytes.first().map_or(0, |first| first.leading_zeros() as usize);
        bytes.len() * 8 - unused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ED25519: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINqtL9J5fC367LBDn5U4a/0sjVVQo1sDQqCiDhu4/YgA";
    const RSA_1024: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDtkhhdEJVstEP6M9AL7JGMe/Kr61VR3q9G7Vu+qmaVVLGarzQjITFNCk46j0Y0UGDCGNa2DhNz0iX3wqnw3eg8dBcLLLZjcIWPeesGdl6MLaGan58kOKeaRAujtmJRvTT5AkHT0H7ZA00E47Ez+wl44RwT+EKk6bsHvAvVXHZSMQ==";
    const DSA: &str = "ssh-dss AAAAB3NzaC1kc3MAAACBAIIU5Br6li0FgOBHCkDEmggButLs3JwnaIuUhtMF04jVOLYfZts8aCp/XioTzwfZYAoS38KYt9VfqBI9Wn/6Gfcp10QX+P2slRjyyhqouq3Wbu65d8tw4Qua3tvwD5yPMiQG9kCo7KpDa77L0VRyS0YnCFplM85thLH6hgZaL/SVAAAAFQDEIVwauRj4b8WFYRAwxcdmazUkhQAAAIAuDFD8hkaBEp+FRdG+02h1ow9ifFjwukf9hutk8kNw3I65PocqX4+ofauWlEPOpq61fIvAQtBEBb57nN/Qdie1+YVwhvxlAd0z3jdIdrlVlSKoNhm2miiXXx7pfB76U0XJGEgiCbOYfUycDtti5q2iEs5Eedte1JtQZqmF17m9GwAAAIBB9L9175dmUwVm7RIkOMWArQJyfxqOcrtizXvsRmSvkQDijcxWdLEzvOUl7WClyb9oO2FVwq2CxlRqHztil3eAzjBx8lK2HyMCYo5n4VVAzi8yq7Xo8zik9+cyMSO1rEgvDINCAu81ejDUBz2KB4DPqPLjaH1lB8ZLQuWLUPhIMQ==";

    #[test]
    fn a_key_is_read_without_its_comment_and_has_the_fingerprint_that_openssh_shows() {
        let read = read(&format!("  {ED25519} ada@laptop\n")).unwrap();
        assert_eq!(read.text, ED25519);
        assert_eq!(read.algorithm, "ssh-ed25519");
        assert_eq!(read.fingerprint, "SHA256:zs3aXkKa3+s3qop592Wqqt00ndlBFu2wt+8bWk3lClw");
    }

    #[test]
    fn what_is_no_key_or_a_weak_one_is_refused_with_what_to_paste() {
        for (pasted, word) in [
            ("", "ssh-ed25519"),
            ("ssh-ed25519", "ssh-ed25519"),
            ("ssh-ed25519 AAAA", "ssh-ed25519"),
            ("-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----", "private"),
            (&format!("{ED25519}\n{ED25519}"), "one line"),
            (&format!("command=\"sh\" {ED25519}"), "ssh-ed25519"),
            (RSA_1024, "2048"),
            (DSA, "DSA"),
            (&"x".repeat(9000), "one line"),
        ] {
            let refused = read(pasted).unwrap_err();
            assert!(refused.contains(word), "{pasted:.40}: {refused}");
        }
    }
}
