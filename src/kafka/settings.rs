//! The settings of a connection to a cluster: from a properties file and from the command line.
//!
//! They are librdkafka's, checked by librdkafka. A file may be one that was written for Kafka's own tools: names that
//! Java's client calls otherwise are translated, see [`java_names`](super::java_names).

use std::fmt;
use std::path::{Path, PathBuf};

use rdkafka::ClientConfig;

use super::jaas;
use super::java_names::{Translation, translate};
use super::key_stores::{self, Form};
use crate::error::{Error, Result};
use crate::store::Properties;

/// Names that a flag of ours decides, and which.
const OURS: &[(&str, &str)] = &[
    ("auto.offset.reset", "--offset"),
    ("bootstrap.servers", "--bootstrap-server"),
    ("client.id", "--client-id"),
    ("enable.auto.commit", "--no-commit"),
    ("enable.auto.offset.store", "--no-commit"),
    ("enable.partition.eof", "--follow"),
    ("group.id", "--group"),
    ("isolation.level", "--isolation-level"),
    ("metadata.broker.list", "--bootstrap-server"),
    ("partition.assignment.strategy", "--assignor"),
    ("partitioner", "--partitioner"),
    ("transactional.id", "copy --name"),
];

/// Names that have the one value we can work with, and why.
const FIXED: &[(&str, &str, &str)] = &[
    (
        "delivery.report.only.error",
        "false",
        "a record is stored once its delivery was reported",
    ),
    (
        "group.protocol",
        "classic",
        "members here speak the classic protocol",
    ),
];

/// Where a setting was made, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    Flag,
    Line(PathBuf, usize),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("-X"),
            Self::Line(path, line) => write!(f, "{} line {line}", path.display()),
        }
    }
}

/// What was set for a cluster, besides its address.
#[derive(Debug, Clone, Default)]
pub struct ClusterSettings {
    settings: Vec<(String, String)>,
}

impl ClusterSettings {
    /// Settings from a properties file, which those of the command line (`NAME=VALUE` each) come on top of.
    pub fn new(file: Option<&Path>, flags: &[String]) -> Result<Self> {
        let mut settings = Self::default();
        if let Some(path) = file {
            settings.take_file(path)?;
        }
        for flag in flags {
            let (name, value) = flag.split_once('=').ok_or_else(|| {
                Error::usage(format!("-X: {flag:?} is not NAME=VALUE"))
                    .help("such settings are -X security.protocol=ssl")
            })?;
            settings.set(name.trim(), value, &Origin::Flag)?;
        }
        Ok(settings)
    }

    /// All of them, in librdkafka's names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.settings
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of one of librdkafka's names.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find_map(|(known, value)| (known == name).then_some(value))
    }

    fn take_file(&mut self, path: &Path) -> Result<()> {
        // Unlike the files of a directory it may be a link, or a pipe that a shell made.
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::usage(format!("cannot read {}: {error}", path.display()))
                .within("the settings of the connection")
                .help("the file holds lines such as security.protocol=SSL")
        })?;
        for property in Properties::parse(path, &text)?.iter() {
            // Kafka's own tools let their flag win, too.
            if property.name == "bootstrap.servers" {
                continue;
            }
            let origin = Origin::Line(path.to_owned(), property.line);
            self.take_java(&property.name, &property.value, &origin)?;
        }
        Ok(())
    }

    /// Takes a setting by the name that a Java client or librdkafka has for it.
    fn take_java(&mut self, name: &str, value: &str, origin: &Origin) -> Result<()> {
        match name {
            "sasl.jaas.config" => {
                let login = jaas::parse(value).map_err(|error| error.within(origin))?;
                self.set("sasl.username", &login.username, origin)?;
                self.set("sasl.password", &login.password, origin)
            }
            "ssl.endpoint.identification.algorithm" if value.is_empty() => {
                self.set(name, "none", origin)
            }
            "ssl.keystore.location" => self.take_key_store(value, origin),
            "ssl.truststore.location" => self.take_trust_store(value, origin),
            _ => self.take_translated(name, value, origin),
        }
    }

    /// Takes a setting that is called otherwise here, at most.
    fn take_translated(&mut self, name: &str, value: &str, origin: &Origin) -> Result<()> {
        match translate(name) {
            None => self.set(name, value, origin),
            Some(Translation::Name(ours)) => self.set(ours, value, origin),
            Some(Translation::Pem(ours)) => self.set(ours, &key_stores::pem_lines(value), origin),
            Some(Translation::Kibibytes(ours)) => {
                let bytes: u64 = value
                    .parse()
                    .map_err(|_| refused(name, "not a number of bytes", origin))?;
                self.set(ours, &(bytes / 1024).max(1).to_string(), origin)
            }
            Some(Translation::Meaningless) => Ok(()),
            Some(Translation::Impossible(why)) => Err(refused(name, why, origin)),
        }
    }

    /// A key store in PEM holds the certificate and its key.
    fn take_key_store(&mut self, path: &str, origin: &Origin) -> Result<()> {
        let name = "ssl.keystore.location";
        match key_stores::form(path).map_err(|error| error.within(name).within(origin))? {
            Form::Pem => {
                self.set("ssl.certificate.location", path, origin)?;
                self.set("ssl.key.location", path, origin)
            }
            Form::Pkcs12 => self.set(name, path, origin),
            Form::Java => Err(refused(name, "only Java reads a key store in JKS", origin)
                .help(key_stores::convert_key(path))),
        }
    }

    fn take_trust_store(&mut self, path: &str, origin: &Origin) -> Result<()> {
        let name = "ssl.truststore.location";
        match key_stores::form(path).map_err(|error| error.within(name).within(origin))? {
            Form::Pem => self.set("ssl.ca.location", path, origin),
            Form::Pkcs12 | Form::Java => {
                let why = "only Java reads a trust store in JKS or PKCS#12";
                Err(refused(name, why, origin).help(key_stores::convert_trust(path)))
            }
        }
    }

    /// Sets one of librdkafka's names, if it knows it with such a value. What was set before is replaced.
    fn set(&mut self, name: &str, value: &str, origin: &Origin) -> Result<()> {
        if let Some((_, flag)) = OURS.iter().find(|(ours, _)| *ours == name) {
            return Err(Error::usage(format!(
                "{origin}: {name} is what {flag} decides"
            )));
        }
        if let Some((_, only, why)) = FIXED.iter().find(|(fixed, ..)| *fixed == name)
            && !value.eq_ignore_ascii_case(only)
        {
            return Err(refused(name, &format!("it must be {only}: {why}"), origin));
        }
        let mut alone = ClientConfig::new();
        alone.set(name, value);
        alone.create_native_config().map_err(|error| {
            let why = why(&error);
            let help = if why.contains("not available at build time") {
                "this kafdir was built without TLS: 'cargo install --path . --features tls' builds one with it"
            } else {
                "the settings and their values are those of librdkafka's CONFIGURATION.md"
            };
            Error::usage(format!("{origin}: {why}")).help(help)
        })?;
        self.settings.retain(|(known, _)| known != name);
        self.settings.push((name.to_owned(), value.to_owned()));
        Ok(())
    }
}

/// librdkafka's own words, which name the setting.
fn why(error: &rdkafka::error::KafkaError) -> String {
    match error {
        rdkafka::error::KafkaError::ClientConfig(_, why, _, _) => why.clone(),
        other => other.to_string(),
    }
}

fn refused(name: &str, why: &str, origin: &Origin) -> Error {
    Error::usage(format!("{origin}: {name}: {why}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::error::ErrorKind;

    fn from_file(text: &str) -> Result<ClusterSettings> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("client.properties");
        std::fs::write(&path, text).unwrap();
        ClusterSettings::new(Some(&path), &[])
    }

    fn message(result: Result<ClusterSettings>) -> String {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        error.to_string()
    }

    #[test]
    fn a_file_for_kafkas_own_tools_is_understood() {
        let settings = from_file(
            "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\n\
             sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username=\"a\" password=\"b;c\";\n\
             fetch.max.wait.ms=7\nbuffer.memory=33554432\nkey.serializer=x\nbootstrap.servers=h:1\n",
        )
        .unwrap();
        let found: Vec<_> = settings.iter().collect();
        assert_eq!(
            found,
            [
                ("security.protocol", "SASL_PLAINTEXT"),
                ("sasl.mechanism", "PLAIN"),
                ("sasl.username", "a"),
                ("sasl.password", "b;c"),
                ("fetch.wait.max.ms", "7"),
                ("queue.buffering.max.kbytes", "32768"),
            ]
        );
    }

    #[test]
    fn stores_that_only_java_reads_are_refused_with_the_way_out() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store");
        std::fs::write(&path, b"\xfe\xed\xfe\xed").unwrap();
        for which in ["key", "trust"] {
            let line = format!(
                "ssl.{which}store.type=JKS\nssl.{which}store.location={}\n",
                path.display()
            );
            let error = from_file(&line).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage);
            assert!(error.help_text().unwrap().contains("keytool -"), "{error}");
        }
    }

    #[test]
    fn the_command_line_comes_on_top() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c");
        std::fs::write(&path, "linger.ms=1\n").unwrap();
        let settings = ClusterSettings::new(Some(&path), &["linger.ms=2".to_owned()]).unwrap();
        assert_eq!(settings.iter().collect::<Vec<_>>(), [("linger.ms", "2")]);
    }

    #[test]
    fn what_librdkafka_does_not_know_is_refused_with_its_place() {
        let words = message(from_file("linger.ms=5\nlinger=5\n"));
        assert!(
            words.contains("client.properties line 2") && words.contains("linger"),
            "{words}"
        );
        let words = message(ClusterSettings::new(None, &["batch.size=soon".to_owned()]));
        assert!(
            words.starts_with("-X: ") && words.contains("batch.size"),
            "{words}"
        );
        assert!(
            message(ClusterSettings::new(None, &["linger.ms".to_owned()])).contains("NAME=VALUE")
        );
        assert!(
            message(ClusterSettings::new(None, &["group.id=g".to_owned()])).contains("--group")
        );
        assert!(message(from_file("transactional.id=t\n")).contains("copy --name"));
        let words = message(from_file("# members\ngroup.protocol=consumer\n"));
        assert!(
            words.ends_with("line 2: group.protocol: it must be classic: members here speak the classic protocol"),
            "{words}"
        );
        assert!(from_file("group.protocol=Classic\n").is_ok());
        assert!(
            message(ClusterSettings::new(
                None,
                &["delivery.report.only.error=true".to_owned()]
            ))
            .contains("must be false")
        );
        let missing = message(from_file("ssl.truststore.location=/nowhere/b\n"));
        assert!(
            missing.contains("line 1: ssl.truststore.location: cannot read /nowhere/b"),
            "{missing}"
        );
        if cfg!(not(any(feature = "tls", feature = "tls-system"))) {
            let flag = "security.protocol=ssl".to_owned();
            let error = ClusterSettings::new(None, &[flag]).unwrap_err();
            assert!(error.help_text().unwrap().contains("--features tls"));
        }
        assert!(
            message(ClusterSettings::new(Some(Path::new("/nowhere/x")), &[]))
                .contains("/nowhere/x")
        );
    }
}
