//! A broker's certificate that is refused. OpenSSL says the same of an authority that is not known and of another host's name;
//! which one it is shows when the name is left aside.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::RDKafkaErrorCode;

use super::cluster::{NO_TOPIC, Shared};
use super::witness::{Complaint, Witness};

/// How long it may take to find out: so often this long.
const TRIES: usize = 10;
const SLICE: Duration = Duration::from_millis(200);
/// How librdkafka goes on, whatever the cause.
const LIBRDKAFKAS_GUESS: &str = ": broker certificate could not be verified";
const EITHER: &str = ": the broker's certificate is not from an authority that is trusted (ssl.ca.location), or not for this host name";
const AUTHORITY: &str =
    ": the broker's certificate is not from an authority that is trusted (ssl.ca.location)";
const NAME: &str = ": the broker's certificate is for another host name";

/// The reason without librdkafka's guess, which names one of two causes.
pub(super) fn without_guess(reason: &str) -> String {
    match reason.split_once(LIBRDKAFKAS_GUESS) {
        Some((refused, _)) => format!("{refused}{EITHER}"),
        None => reason.to_owned(),
    }
}

/// The complaint with its one cause, where it is about a certificate and that can be found out.
pub(super) fn tell_apart(complaint: Complaint, shared: &Shared) -> Complaint {
    let Some(refused) = complaint.reason.strip_suffix(EITHER) else {
        return complaint;
    };
    match ask_without_name(shared) {
        Some(cause) => Complaint {
            reason: format!("{refused}{cause}"),
            ..complaint
        },
        None => complaint,
    }
}

/// Meets the broker whatever its name, and tells it nothing: no login is tried.
fn ask_without_name(shared: &Shared) -> Option<&'static str> {
    let mut config = shared.config();
    let logins: Vec<String> = config
        .config_map()
        .keys()
        .filter(|name| name.starts_with("sasl."))
        .map(|name| (*name).to_owned())
        .collect();
    for name in logins {
        config.remove(&name);
    }
    config.set("security.protocol", "ssl");
    config.set("ssl.endpoint.identification.algorithm", "none");
    config.set("group.id", "kafdir");
    let witness = Witness::default();
    let client: BaseConsumer<Witness> = config.create_with_context(witness.clone()).ok()?;
    for _ in 0..TRIES {
        if client.fetch_metadata(Some(NO_TOPIC), SLICE).is_ok() {
            return Some(NAME);
        }
        let _ = witness.listen(&client, Duration::ZERO, |_| Ok(()));
        match witness.last() {
            Some(said) if said.code == RDKafkaErrorCode::SSL => return Some(AUTHORITY),
            // Who wants a login hangs up, but later.
            Some(said) if said.is_hang_up() => return Some(NAME),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_is_refused_has_two_causes() {
        let said = "ssl://h:1: SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: broker certificate could not be verified, verify that ssl.ca.location is correctly configured or root CA certificates are installed (install ca-certificates package)";
        let expected = format!(
            "ssl://h:1: SSL handshake failed: error:0A000086:SSL routines::certificate verify failed{EITHER}"
        );
        assert_eq!(without_guess(said), expected);
        assert_eq!(without_guess("h:1: gone"), "h:1: gone");
    }
}
