//! A connection that the broker ended: librdkafka says so without a cause. What a broker does not want it leaves unanswered,
//! so that when it hung up says what it wants.

use std::time::Duration;

/// What the causes have in them where the broker was met.
pub(super) const HUNG_UP: &str = "hung up on the first request";
/// A broker that wants a login hangs up at once.
const AT_ONCE: Duration = Duration::from_secs(2);

/// The broker and what it may want, for librdkafka's line about a connection that was ended; none if it says nothing.
pub(super) fn cause(line: &str) -> Option<String> {
    let (broker, how) = line.split_once(": Disconnected")?;
    let broker = broker
        .strip_suffix(": SSL handshake failed")
        .unwrap_or(broker);
    let (_, when) = how.split_once("(after ")?;
    let (millis, state) = when.split_once("ms in state ")?;
    let lasted = Duration::from_millis(millis.parse().ok()?);
    let (when, wish, protocol) = wish(broker, state, lasted)?;
    Some(format!(
        "{broker}: {when}; does it want {wish} (security.protocol={protocol})?"
    ))
}

/// When it hung up, what it may want, and the protocol that gives it.
fn wish(
    broker: &str,
    state: &str,
    lasted: Duration,
) -> Option<(&'static str, &'static str, &'static str)> {
    let speaks_tls = broker.contains("ssl://");
    let logs_in = broker.contains("sasl_");
    let protocol = |login: &'static str, none| if logs_in { login } else { none };
    // Who answers quickly ends it before librdkafka has taken note of the handshake.
    let shakes_hands = state.starts_with("SSL_HANDSHAKE") || state.starts_with("CONNECT");
    if speaks_tls && shakes_hands {
        let protocol = protocol("sasl_plaintext", "plaintext");
        Some(("hung up on the TLS handshake", "no TLS", protocol))
    } else if state.starts_with("APIVERSION_QUERY") && !speaks_tls {
        Some((HUNG_UP, "TLS", protocol("sasl_ssl", "ssl")))
    } else if state.starts_with("UP") && lasted < AT_ONCE && !logs_in {
        let protocol = if speaks_tls {
            "sasl_ssl"
        } else {
            "sasl_plaintext"
        };
        Some((HUNG_UP, "a login", protocol))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::cause;

    #[test]
    fn when_a_broker_hangs_up_says_what_it_wants() {
        let wish = |broker: &str, when: &str| {
            let line = format!(
                "[thrd:{broker}]: {broker}: Disconnected: connection closed by peer (after {when})"
            );
            let cause = cause(&line)?;
            let (_, protocol) = cause.split_once("security.protocol=")?;
            Some(protocol.trim_end_matches(")?").to_owned())
        };
        let is = |protocol: &str| Some(protocol.to_owned());
        let query = "3ms in state APIVERSION_QUERY";
        let up = "3ms in state UP, 2 identical error(s) suppressed";
        assert_eq!(wish("h:1/bootstrap", query), is("ssl"));
        assert_eq!(
            wish("sasl_plaintext://h:1/bootstrap", query),
            is("sasl_ssl")
        );
        assert_eq!(wish("ssl://h:1/bootstrap", query), None);
        assert_eq!(wish("h:1/7", up), is("sasl_plaintext"));
        assert_eq!(wish("ssl://h:1/7", up), is("sasl_ssl"));
        assert_eq!(wish("sasl_ssl://h:1/7", up), None);
        assert_eq!(wish("h:1/7", "60000ms in state UP"), None);
        assert_eq!(cause("[thrd:main]: h:1: Connect failed"), None);
    }

    /// It depends on who is quicker which of these is said.
    #[test]
    fn what_speaks_no_tls_is_told_however_it_hangs_up() {
        let told = |broker: &str, how: &str| {
            cause(&format!("[thrd:{broker}/7]: {broker}/7: {how}")).unwrap_or_default()
        };
        for how in [
            "Disconnected: SSL connection closed by peer (after 1ms in state CONNECT)",
            "Disconnected: connection reset by peer (after 1ms in state CONNECT)",
            "Disconnected: during SSL connection handshake (after 3ms in state SSL_HANDSHAKE)",
            "SSL handshake failed: Disconnected: SSL connection closed by peer: connecting to a PLAINTEXT broker listener? (after 3ms in state SSL_HANDSHAKE, 1 identical error(s) suppressed)",
        ] {
            assert!(
                told("ssl://h:1", how).ends_with(
                    "ssl://h:1/7: hung up on the TLS handshake; does it want no TLS (security.protocol=plaintext)?"
                ),
                "{how}"
            );
            assert!(
                told("sasl_ssl://h:1", how).contains("=sasl_plaintext)"),
                "{how}"
            );
            assert_eq!(told("h:1", how), "", "{how}");
        }
    }
}
