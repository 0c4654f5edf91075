//! Names of a Java client's settings, and what they are called in librdkafka.
//!
//! Most names are the same in both. Those that differ, or that only one of the two knows, are here; the source of both
//! columns is <https://kafka.apache.org/documentation/#producerconfigs> and librdkafka's CONFIGURATION.md.

/// What becomes of a setting of a Java client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Translation {
    /// It has this name, and the same values.
    Name(&'static str),
    /// It has this name, and counts in KiB instead of bytes.
    Kibibytes(&'static str),
    /// It steers what a Java program does with records, which is no matter of ours.
    Meaningless,
    /// It needs something that is not to be had outside of Java.
    Impossible(&'static str),
}

use Translation::{Impossible, Kibibytes, Meaningless, Name};

const JKS: &str = "a Java key store can't be read here: export it as PEM, and say ssl.ca.location";

const TRANSLATIONS: &[(&str, Translation)] = &[
    ("buffer.memory", Kibibytes("queue.buffering.max.kbytes")),
    ("client.dns.lookup", Name("client.dns.lookup")),
    ("fetch.max.wait.ms", Name("fetch.wait.max.ms")),
    ("interceptor.classes", Meaningless),
    ("key.deserializer", Meaningless),
    ("key.serializer", Meaningless),
    ("max.block.ms", Meaningless),
    ("max.poll.records", Meaningless),
    ("max.request.size", Name("message.max.bytes")),
    ("metric.reporters", Meaningless),
    ("metrics.num.samples", Meaningless),
    ("metrics.recording.level", Meaningless),
    ("metrics.sample.window.ms", Meaningless),
    ("receive.buffer.bytes", Name("socket.receive.buffer.bytes")),
    ("send.buffer.bytes", Name("socket.send.buffer.bytes")),
    (
        "sasl.client.callback.handler.class",
        Impossible("a class of Java can't be used here"),
    ),
    (
        "sasl.login.callback.handler.class",
        Impossible("a class of Java can't be used here"),
    ),
    ("ssl.enabled.protocols", Meaningless),
    ("ssl.key.password", Name("ssl.key.password")),
    ("ssl.keymanager.algorithm", Meaningless),
    (
        "ssl.keystore.certificate.chain",
        Name("ssl.certificate.pem"),
    ),
    ("ssl.keystore.key", Name("ssl.key.pem")),
    ("ssl.protocol", Meaningless),
    ("ssl.secure.random.implementation", Meaningless),
    ("ssl.trustmanager.algorithm", Meaningless),
    ("ssl.truststore.certificates", Name("ssl.ca.pem")),
    ("ssl.truststore.password", Impossible(JKS)),
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
