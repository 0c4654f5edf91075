//! The key and trust stores of a Java client: in which form a file is, and certificates written within a setting.
//!
//! Java is told the form beside the file, and often wrongly, since its own reader takes PKCS#12 for JKS. So the file
//! itself is looked at.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::error::{Error, Result};

/// The form of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Text: certificates, and maybe a key.
    Pem,
    /// What OpenSSL and Java both read: keys with their certificates.
    Pkcs12,
    /// What only Java reads: JKS or JCEKS.
    Java,
}

/// How such files begin; PKCS#12 is a sequence in DER.
const JKS: [u8; 4] = [0xfe, 0xed, 0xfe, 0xed];
const JCEKS: [u8; 4] = [0xce, 0xce, 0xce, 0xce];
const SEQUENCE: u8 = 0x30;

/// The form of the file at `path`.
pub(super) fn form(path: &str) -> Result<Form> {
    let path = Path::new(path);
    let mut start = Vec::new();
    File::open(path)
        .and_then(|file| file.take(4).read_to_end(&mut start))
        .map_err(|error| Error::usage(format!("cannot read {}: {error}", path.display())))?;
    Ok(if start == JKS || start == JCEKS {
        Form::Java
    } else if start.first() == Some(&SEQUENCE) {
        Form::Pkcs12
    } else {
        Form::Pem
    })
}

/// What makes a PEM file of the certificates in a store that only Java reads.
pub(super) fn convert_trust(path: &str) -> String {
    format!(
        "'keytool -list -rfc -keystore {path} > ca.pem' writes its certificates to a file that can be read here"
    )
}

/// What makes a PKCS#12 file of a key store that only Java reads.
pub(super) fn convert_key(path: &str) -> String {
    format!(
        "'keytool -importkeystore -srckeystore {path} -destkeystore client.p12 -deststoretype PKCS12' writes it to a file that can be read here"
    )
}

/// Keys and certificates as OpenSSL reads them: Java also takes them in one line, with blanks where lines ended.
pub(super) fn pem_lines(text: &str) -> String {
    let mut lines = String::new();
    let mut rest = text;
    while let Some((label, body, after)) = block(rest) {
        // Those with a header of their own can't be in one line.
        if body.contains(':') {
            return text.to_owned();
        }
        lines.extend(["-----BEGIN ", label, "-----\n"]);
        let base64: Vec<char> = body.chars().filter(|c| !c.is_whitespace()).collect();
        for line in base64.chunks(64) {
            lines.extend(line);
            lines.push('\n');
        }
        lines.extend(["-----END ", label, "-----\n"]);
        rest = after;
    }
    if lines.is_empty() {
        return text.to_owned();
    }
    lines
}

/// The first block of a text: its label, what is in it, and what follows.
fn block(text: &str) -> Option<(&str, &str, &str)> {
    let (_, text) = text.split_once("-----BEGIN ")?;
    let (label, text) = text.split_once("-----")?;
    let (body, text) = text.split_once("-----END ")?;
    let (_, after) = text.split_once("-----")?;
    Some((label, body, after))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn forms_are_seen_by_the_first_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store");
        let name = path.to_str().unwrap();
        for (start, expected) in [
            (&b"\xfe\xed\xfe\xed\0\0\0\x02"[..], Form::Java),
            (b"\xce\xce\xce\xce\0\0\0\x02", Form::Java),
            (b"\x30\x82\x04\x00", Form::Pkcs12),
            (b"-----BEGIN CERTIFICATE-----\n", Form::Pem),
            (b"Alias name: a\n", Form::Pem),
            (b"", Form::Pem),
        ] {
            std::fs::write(&path, start).unwrap();
            assert_eq!(form(name).unwrap(), expected, "{start:?}");
        }
        let error = form("/nowhere/store").unwrap_err().to_string();
        assert!(error.contains("cannot read /nowhere/store"), "{error}");
    }

    #[test]
    fn certificates_in_one_line_get_lines() {
        let body = "A".repeat(70);
        let one_line = format!(
            "-----BEGIN A B----- {body} -----END A B----- -----BEGIN C----- eHl6 -----END C-----"
        );
        let lines = format!(
            "-----BEGIN A B-----\n{}\n{}\n-----END A B-----\n-----BEGIN C-----\neHl6\n-----END C-----\n",
            &body[..64],
            &body[64..]
        );
        assert_eq!(pem_lines(&one_line), lines);
        assert_eq!(pem_lines(&lines), lines);
        assert_eq!(pem_lines("neither"), "neither");
    }
}
