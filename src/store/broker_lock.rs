//! Keeps a broker out of `logs/` while we write there, and us while a broker does.
//!
//! A broker holds an exclusive fcntl lock on `.lock` in its log.dir for as long as it runs, and removes the file when
//! it stops (<https://github.com/apache/kafka/blob/3.9/server-common/src/main/java/org/apache/kafka/server/util/FileLock.java>).
//! We hold a shared one, since we don't exclude each other. Not flock: that and fcntl don't see each other.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;

use super::durable::{self, Access};
use super::lock::FileId;
use crate::error::{Error, IoContext as _, Result};

/// Our share of the lock, let go when the file is closed.
#[derive(Debug)]
pub(crate) struct BrokerLock(#[expect(dead_code, reason = "open as long as it is locked")] File);

impl BrokerLock {
    /// Takes a share, or says that a broker runs on `logs`.
    pub(crate) fn share(path: &Path, logs: &Path) -> Result<Self> {
        loop {
            let file = open(path)?;
            match fcntl(&file, FcntlArg::F_OFD_SETLK(&shared())) {
                Ok(_) => {}
                Err(Errno::EAGAIN | Errno::EACCES) => {
                    return Err(Error::failed(format!(
                        "a Kafka broker is running on {}: it holds the lock {}",
                        logs.display(),
                        path.display()
                    ))
                    .help("stop the broker, or read with --log-dir, which needs no lock"));
                }
                Err(error) => return Err(error).at("lock", path),
            }
            // A broker that stops removes the file: a lock on the removed one would keep nobody out.
            let locked = file.metadata().at("look at", path)?;
            match fs::symlink_metadata(path) {
                Ok(named) if FileId::of(&named) == FileId::of(&locked) => return Ok(Self(file)),
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::io("look at", path, error));
                }
                _ => {}
            }
        }
    }
}

/// A broker's own file need not be writable for us.
fn open(path: &Path) -> Result<File> {
    match durable::open_regular(path, OpenOptions::new().read(true)) {
        Err(error) if error.io_kind() == Some(io::ErrorKind::NotFound) => {
            let mut options = OpenOptions::new();
            options.read(true).write(true);
            durable::open_or_create(path, &options, Access::AsDirectory).map(|(file, _)| file)
        }
        opened => opened,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the constants are small; the field is narrower than their type"
)]
fn shared() -> libc::flock {
    libc::flock {
        l_type: libc::F_RDLCK as i16,
        l_whence: libc::SEEK_SET as i16,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn shared_among_us_and_closed_to_a_broker() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".lock");
        let ours = BrokerLock::share(&path, dir.path()).unwrap();
        let too = BrokerLock::share(&path, dir.path()).unwrap();
        let broker = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .unwrap();
        let mut exclusive = shared();
        exclusive.l_type = i16::try_from(libc::F_WRLCK).unwrap();
        let attempt = || fcntl(&broker, FcntlArg::F_OFD_SETLK(&exclusive));
        assert_eq!(attempt(), Err(Errno::EAGAIN));
        drop(ours);
        assert_eq!(attempt(), Err(Errno::EAGAIN));
        drop(too);
        assert_eq!(attempt(), Ok(0));
        let error = BrokerLock::share(&path, dir.path())
            .unwrap_err()
            .to_string();
        assert!(error.contains("a Kafka broker is running on"), "{error}");
    }
}
