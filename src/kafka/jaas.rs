//! `sasl.jaas.config`: how Java clients are told who logs in.
//!
//! One line such as `MODULE required username="u" password="p";`, of which only the plain and the SCRAM login modules
//! have a meaning outside of Java.

use crate::error::{Error, Result};

/// Who logs in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) username: String,
    pub(super) password: String,
}

/// The login that `text` describes.
pub(super) fn parse(text: &str) -> Result<Login> {
    let module = text.split_whitespace().next().unwrap_or_default();
    if !module.ends_with("PlainLoginModule") && !module.ends_with("ScramLoginModule") {
        return Err(Error::usage(format!(
            "sasl.jaas.config: the login module {module:?} can't be used here"
        ))
        .help("PlainLoginModule and ScramLoginModule can"));
    }
    let option = |name: &str| {
        option(text, name)
            .ok_or_else(|| Error::usage(format!("sasl.jaas.config has no {name}=\"...\"")))
    };
    Ok(Login {
        username: option("username")?,
        password: option("password")?,
    })
}

/// The value of `name="value"`, in which a backslash takes the next byte as it is.
fn option(text: &str, name: &str) -> Option<String> {
    let mut rest = text;
    loop {
        let at = rest.find(name)?;
        let stands_alone = rest[..at].ends_with(char::is_whitespace);
        rest = &rest[at + name.len()..];
        let Some(quoted) = rest.trim_start().strip_prefix('=').map(str::trim_start) else {
            continue;
        };
        if let (true, Some(value)) = (stands_alone, quoted.strip_prefix('"')) {
            return until_quote(value);
        }
    }
}

fn until_quote(text: &str) -> Option<String> {
    let mut value = String::new();
    let mut characters = text.chars();
    loop {
        match characters.next()? {
            '"' => return Some(value),
            '\\' => value.push(characters.next()?),
            other => value.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn names_and_passwords() {
        let login = parse(
            "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"ann\" password = \"p\\\"w;\";",
        )
        .unwrap();
        assert_eq!(login.username, "ann");
        assert_eq!(login.password, "p\"w;");
    }

    #[test]
    fn what_can_not_be_used() {
        assert!(parse("com.sun.security.auth.module.Krb5LoginModule required;").is_err());
        assert!(parse("x.PlainLoginModule required username=\"a\";").is_err());
        assert!(parse("x.PlainLoginModule required username=\"a\" password=\"b").is_err());
    }
}
