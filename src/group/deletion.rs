//! Deleting a group with all it knows.

use std::fs;

use uuid::Uuid;

use crate::error::{IoContext as _, Result};
use crate::group::group::Group;
use crate::store::{Layout, Store, durable};

impl Group {
    /// Deletes the group. Refused while it has members. Its directory is renamed first, under the group lock: who
    /// waits for that finds the group gone, or another one of its name.
    pub fn delete(&self) -> Result<()> {
        self.store().begin_writing()?;
        let layout = self.store().layout();
        let mut lock = self.lock_file()?;
        let mut section = self.enter(&mut lock)?;
        section.drop_dead(None)?;
        self.check_inactive(&section)?;
        let away = layout.deleted_group_dir(Uuid::new_v4());
        fs::rename(self.paths().dir(), &away).at("rename", self.paths().dir())?;
        durable::sync_dir(&layout.groups())?;
        drop(section);
        Self::remove_deleted(self.store())
    }

    /// Removes what is left of deletions, those that were killed half-way too.
    pub(crate) fn remove_deleted(store: &Store) -> Result<()> {
        let groups = store.layout().groups();
        for entry in fs::read_dir(&groups).at("list", &groups)? {
            let entry = entry.at("list", &groups)?;
            if Layout::is_deleted_group_dir(&entry.file_name()) {
                match fs::remove_dir_all(entry.path()) {
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                    removed => removed.at("remove", &entry.path())?,
                }
            }
        }
        durable::sync_dir(&groups)
    }
}
