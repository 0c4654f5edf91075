//! Names of a Java client's settings, and what they are called in librdkafka.
//!
//! Most names are the same in both. Those that differ, or that only one of the two knows, are here; the source of both
//! columns is <https://kafka.apache.org/documentation/#producerconfigs> and librdkafka's CONFIGURATION.md.

/// What becomes of a setting of a Java client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Translation {
    /// It has this name, and the same values.
    Name(&'static str),
    /// It has this name, and holds keys or certificates as text.
    Pem(&'static str),
    /// It has this name, and counts in KiB instead of bytes.
    Kibibytes(&'static str),
    /// It steers what a Java program does with records, which is no matter of ours.
    Meaningless,
    /// It needs something that is not to be had outside of Java.
    Impossible(&'static str),
}

use Translation::{Impossible, Kibibytes, Meaningless, Name, Pem};

const JAVA: &str = "a class of Java can't be used here";

const TRANSLATIONS: &[(&str, Translation)] = &[
    ("auto.include.jmx.reporter", Meaningless),
    ("buffer.memory", Kibibytes("queue.buffering.max.kbytes")),
    ("client.dns.lookup", Name("client.dns.lookup")),
    ("default.api.timeout.ms", Meaningless),
    ("enable.metrics.push", Meaningless),
    ("exclude.internal.topics", Meaningless),
    ("fetch.max.wait.ms", Name("fetch.wait.max.ms")),
    ("interceptor.classes", Meaningless),
    ("key.deserializer", Meaningless),
    ("key.serializer", Meaningless),
    ("max.block.ms", Meaningless),
    ("max.poll.records", Meaningless),
    ("max.request.size", Name("message.max.bytes")),
    ("metadata.max.idle.ms", Meaningless),
    ("metric.reporters", Meaningless),
    ("metrics.num.samples", Meaningless),
    ("metrics.recording.level", Meaningless),
    ("metrics.sample.window.ms", Meaningless),
    ("receive.buffer.bytes", Name("socket.receive.buffer.bytes")),
    ("sasl.client.callback.handler.class", Impossible(JAVA)),
    ("sasl.login.callback.handler.class", Impossible(JAVA)),
    ("sasl.login.class", Impossible(JAVA)),
    ("security.providers", Impossible(JAVA)),
    ("send.buffer.bytes", Name("socket.send.buffer.bytes")),
    ("socket.connection.setup.timeout.max.ms", Meaningless),
    ("ssl.enabled.protocols", Meaningless),
    ("ssl.engine.factory.class", Impossible(JAVA)),
    ("ssl.key.password", Name("ssl.key.password")),
    ("ssl.keymanager.algorithm", Meaningless),
    ("ssl.keystore.certificate.chain", Pem("ssl.certificate.pem")),
    ("ssl.keystore.key", Pem("ssl.key.pem")),
    // The form of a store is seen in the file. One with a password is not in PEM, and refused for that.
    ("ssl.keystore.type", Meaningless),
    ("ssl.protocol", Meaningless),
    ("ssl.provider", Impossible(JAVA)),
    ("ssl.secure.random.implementation", Meaningless),
    ("ssl.trustmanager.algorithm", Meaningless),
    ("ssl.truststore.certificates", Pem("ssl.ca.pem")),
    ("ssl.truststore.password", Meaningless),
    ("ssl.truststore.type", Meaningless),
    ("value.deserializer", Meaningless),
    ("value.serializer", Meaningless),
];

/// What becomes of the Java setting `name`; none where it has the same name in librdkafka, or is no setting.
pub(super) fn translate(name: &str) -> Option<Translation> {
    TRANSLATIONS
        .iter()
        .find(|(java, _)| *java == name)
        .map(|(_, translation)| *translation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_order_and_once() {
        let names: Vec<&str> = TRANSLATIONS.iter().map(|(java, _)| *java).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(names.len(), sorted.len());
    }

    #[test]
    fn what_differs_is_translated_and_the_rest_is_not() {
        assert_eq!(
            translate("fetch.max.wait.ms"),
            Some(Name("fetch.wait.max.ms"))
        );
        assert_eq!(translate("security.protocol"), None);
    }
}
