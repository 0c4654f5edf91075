//! `cooperative-sticky`: what `sticky` says, less the partitions that another member still owns. They belong to nobody
//! until that member, which sees that they are no longer its own, has let them go and the group is assigned anew
//! (<https://github.com/apache/kafka/blob/4.0/clients/src/main/java/org/apache/kafka/clients/consumer/CooperativeStickyAssignor.java>).

use super::roster::{Owners, Partition, Roster};
use super::sticky;

pub(super) fn assign(roster: &Roster<'_>) -> Owners {
    let target = sticky::assign(roster);
    let mut owners = target.owners;
    let transferred = target
        .transferred
        .unwrap_or_else(|| transferred(roster, &owners));
    for partition in transferred {
        owners[partition] = None;
    }
    owners
}

/// What is new to its owner while some other member, which does not get it, says it owns it.
fn transferred(roster: &Roster<'_>, owners: &Owners) -> Vec<Partition> {
    let mut kept = vec![false; owners.len()];
    let mut revoked = vec![false; owners.len()];
    for member in 0..roster.members.len() {
        for partition in roster.owned(member) {
            if owners[partition] == Some(member) {
                kept[partition] = true;
            } else {
                revoked[partition] = true;
            }
        }
    }
    (0..owners.len())
        .filter(|&partition| revoked[partition] && !kept[partition])
        .collect()
}
