//! Which file systems a directory can lie on.
//!
//! Locks of network file systems reach other hosts late, or not at all, or hang; file-change events and the page
//! cache never reach them. Everything here rests on these, so such file systems are refused.

use std::path::Path;

use nix::sys::statfs::statfs;

use crate::error::{Error, IoContext as _, Result};

/// Lets a network file system pass, for whoever knows that it is used by one host only.
const OVERRIDE: &str = "KAFDIR_ALLOW_NETWORK_FS";

/// Magic numbers of statfs(2) and of the kernel's `magic.h`.
const NETWORK: &[(u32, &str)] = &[
    (0x0000_6969, "NFS"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB2"),
    (0x0000_517b, "SMB"),
    (0x0102_1997, "9p"),
    (0x6573_5546, "FUSE"),
    (0x5346_414f, "AFS"),
    (0x6b41_4653, "AFS"),
    (0x00c3_6400, "Ceph"),
    (0x0116_1970, "GFS2"),
    (0x7461_636f, "OCFS2"),
    (0x7375_7245, "Coda"),
    (0x0000_564c, "NCP"),
    (0x0bd0_0bd0, "Lustre"),
    (0x4750_4653, "GPFS"),
    (0x1983_0326, "BeeGFS"),
    (0x2003_0528, "OrangeFS"),
    (0x786f_4256, "VirtualBox shared folders"),
];

const OVERLAY: u32 = 0x794c_7630;

/// What is to be said of a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suitability {
    /// Nothing.
    Good,
    /// Good as long as nobody looks at it from outside the container.
    Overlay,
    /// Refused; its name.
    Network(&'static str),
}

/// Refuses a directory on a network file system.
pub(crate) fn check(dir: &Path) -> Result<Suitability> {
    let status = statfs(dir).at("look at the file system of", dir)?;
    // The number has 32 bits; the field is wider on some systems, and signed on some.
    let suitability = judge(u32::try_from(status.filesystem_type().0 & 0xffff_ffff).unwrap_or(0));
    match suitability {
        Suitability::Network(name) if !overridden() => Err(Error::failed(format!(
            "{} lies on a network file system ({name}), whose locks can't be trusted",
            dir.display()
        ))
        .help(format!(
            "choose a directory on a local disk; if only this host uses it, {OVERRIDE}=1 lets it pass"
        ))),
        _ => Ok(suitability),
    }
}

fn overridden() -> bool {
    std::env::var_os(OVERRIDE).is_some_and(|value| value == "1")
}

fn judge(magic: u32) -> Suitability {
    if magic == OVERLAY {
        return Suitability::Overlay;
    }
    NETWORK
        .iter()
        .find(|(network, _)| *network == magic)
        .map_or(Suitability::Good, |(_, name)| Suitability::Network(name))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn network_file_systems_are_known() {
        assert_eq!(judge(0x6969), Suitability::Network("NFS"));
        assert_eq!(judge(0xff53_4d42), Suitability::Network("CIFS"));
        assert_eq!(judge(0x794c_7630), Suitability::Overlay);
        for local in [0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994] {
            assert_eq!(judge(local), Suitability::Good);
        }
    }

    #[test]
    fn a_temporary_directory_will_do() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!matches!(
            check(dir.path()).unwrap(),
            Suitability::Network(_)
        ));
        assert!(check(&dir.path().join("gone")).is_err());
    }
}
