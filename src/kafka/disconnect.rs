//! A connection that the broker ended: librdkafka says so without a cause. What a broker does not want it leaves unanswered,
//! so that when it hung up says what it wants.

use std::time::Duration;

/// What all causes have in them.
pub(super) const HUNG_UP: &str = "hung up on the first request";
/// A broker that wants a login hangs up at once.
const AT_ONCE: Duration = Duration::from_secs(2);

/// The broker and what it may want, for librdkafka's line about a connection that was ended; none if it says nothing.
pub(super) fn cause(line: &str) -> Option<String> {
    let (broker, how) = line.split_once(": Disconnected")?;
    let (_, when) = how.split_once("(after ")?;
    let (millis, state) = when.split_once("ms in state ")?;
    let lasted = Duration::from_millis(millis.parse().ok()?);
    let speaks_tls = broker.contains("ssl://");
    let logs_in = broker.contains("sasl_");
    let (wish, protocol) = if state.starts_with("APIVERSION_QUERY") && !speaks_tls {
        ("TLS", if logs_in { "sasl_ssl" } else { "ssl" })
    } else if state.starts_with("UP") && lasted < AT_ONCE && !logs_in {
        let protocol = if speaks_tls {
            "sasl_ssl"
        } else {
            "sasl_plaintext"
        };
        ("a login", protocol)
    } else {
        return None;
    };
    Some(format!(
        "{broker}: {HUNG_UP}; does it want {wish} (security.protocol={protocol})?"
    ))
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
}
