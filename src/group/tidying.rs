//! Removing what crashes have left in the groups' directories, for whoever asks for it; a member that joins does the same.

use std::sync::Arc;

use crate::error::{ErrorKind, Result};
use crate::group::group::Group;
use crate::store::Store;

impl Group {
    /// Tidies up all groups: temporary files, old claims and commit locks, files of members that nobody knows of,
    /// groups whose deletion was cut short. The state of a group is left to its members.
    pub fn tidy_all(store: &Arc<Store>) -> Result<()> {
        store.begin_writing()?;
        Self::remove_deleted(store)?;
        for name in Self::list(store)? {
            let tidied = Self::open(store, &name).and_then(|group| group.tidy());
            match tidied {
                // Deleted since it was listed.
                Err(error) if error.kind() == ErrorKind::UnknownGroup => {}
                tidied => tidied?,
            }
        }
        Ok(())
    }

    fn tidy(&self) -> Result<()> {
        let mut lock = self.lock_file()?;
        let section = self.enter(&mut lock)?;
        // A state of another boot is made anew, and then all that it does not name goes by itself.
        if section.known().is_none() {
            let _ = section.write()?;
            return Ok(());
        }
        section.sweep();
        Ok(())
    }
}
