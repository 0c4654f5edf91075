//! The limit of open files.
//!
//! Its soft value is kept low, often 1024, for programs that use `select`. Work on many partitions needs more, and
//! the hard value is there to be used.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Raises the soft limit to the hard one. Where that is refused, what opens too many files says so.
pub fn raise_file_limit() {
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < hard
    {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}
