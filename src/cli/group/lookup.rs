//! Finding groups, and whether they are at rest.

use std::sync::Arc;

use crate::client::{Engine, GroupHandle};
use crate::error::{Error, ErrorKind, Result};
use crate::group::GroupView;
use crate::store::GroupName;

/// The group of this name, none if there is none.
pub(super) fn find(engine: &dyn Engine, name: &GroupName) -> Result<Option<Arc<dyn GroupHandle>>> {
    match engine.group(name, false) {
        Ok(group) => Ok(Some(group)),
        Err(error) if error.kind() == ErrorKind::UnknownGroup => Ok(None),
        Err(error) => Err(error),
    }
}

/// Refuses a group that has members, in Kafka's words. Whoever changes it is refused again if one joins meanwhile; this
/// is for who has several things to do, or only says what would be done.
pub(super) fn is_resettable(group: &dyn GroupHandle) -> Result<()> {
    let view = group.view()?;
    at_rest(
        &view,
        format!(
            "Assignments can only be reset if the group '{}' is inactive, but the current state is {}.",
            view.name,
            view.state.name()
        ),
    )
}

/// The same before it is deleted.
pub(super) fn is_deletable(group: &dyn GroupHandle) -> Result<()> {
    let view = group.view()?;
    at_rest(
        &view,
        format!(
            "Group '{}' could not be deleted: The group is not empty.",
            view.name
        ),
    )
}

fn at_rest(view: &GroupView, refusal: String) -> Result<()> {
    let Some(member) = view.members.first() else {
        return Ok(());
    };
    Err(Error::failed(refusal).help(format!(
        "stop its members: {} is {}",
        member.id,
        member.whereabouts()
    )))
}
