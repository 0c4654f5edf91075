//! What only one process of a host does at a time, where there is no directory to lock a file in.
//!
//! It is the name of a socket that is in no file system: the kernel gives it to one process at a time, and takes it back
//! when that dies, however it does. Containers with a network of their own do not see each other's.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::io::ErrorKind as IoErrorKind;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use crate::error::{Error, Result};

/// The lock, held for as long as this lives.
pub(super) struct HostLock {
    _socket: UnixDatagram,
}

impl HostLock {
    /// Takes the lock on what is called `name`; none if another has it.
    pub(super) fn try_hold(name: &str) -> Result<Option<Self>> {
        // Names of sockets hold some hundred bytes, ours can be longer.
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        let address = format!("kafdir-{:016x}", hasher.finish());
        let bound = SocketAddr::from_abstract_name(address)
            .and_then(|address| UnixDatagram::bind_addr(&address));
        match bound {
            Ok(socket) => Ok(Some(Self { _socket: socket })),
            Err(error) if error.kind() == IoErrorKind::AddrInUse => Ok(None),
            Err(error) => Err(Error::failed(format!("cannot lock {name}: {error}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn one_at_a_time() {
        let name = format!("a test {}", std::process::id());
        let held = HostLock::try_hold(&name).unwrap();
        assert!(held.is_some());
        assert!(HostLock::try_hold(&name).unwrap().is_none());
        let other = HostLock::try_hold(&format!("{name} of another name"));
        assert!(other.unwrap().is_some());
        drop(held);
        assert!(HostLock::try_hold(&name).unwrap().is_some());
    }
}
