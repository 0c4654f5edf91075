//! The past, as the members tell it: who owned what, and which of several claims to one partition counts.

use super::super::roster::{Member, Owners, Partition, Roster};

/// A member without a generation comes before every generation.
const NO_GENERATION: i64 = -1;

pub(super) struct Claims {
    /// The members in the order in which Kafka looks at them.
    pub(super) order: Vec<Member>,
    /// Whose claim to each partition counts.
    pub(super) owners: Owners,
    /// Claimed by two members of one generation, so that none of them is believed.
    pub(super) disputed: Vec<bool>,
    /// The claim of an earlier generation than the latest, the latest of such.
    pub(super) previous: Owners,
}

impl Claims {
    pub(super) fn of(roster: &Roster<'_>) -> Self {
        let order = roster.hash_order();
        let mut settling = Settling {
            owners: vec![None; roster.partitions()],
            disputed: vec![false; roster.partitions()],
            last: vec![None; roster.partitions()],
        };
        for &member in &order {
            let generation = generation(roster, member);
            for partition in roster.owned(member) {
                settling.claim(partition, member, generation);
            }
        }
        Self {
            previous: previous(roster, &order),
            order,
            owners: settling.owners,
            disputed: settling.disputed,
        }
    }
}

struct Settling {
    owners: Owners,
    disputed: Vec<bool>,
    /// With whom, and with which generation, the next claim is compared.
    last: Vec<Option<(Member, i64)>>,
}

impl Settling {
    fn claim(&mut self, partition: Partition, member: Member, generation: i64) {
        match self.last[partition] {
            // Said twice by one member.
            Some((other, _)) if other == member => return,
            Some((_, theirs)) if generation < theirs => return,
            Some((_, theirs)) if generation == theirs => {
                self.disputed[partition] = true;
                self.owners[partition] = None;
            }
            _ => self.owners[partition] = Some(member),
        }
        self.last[partition] = Some((member, generation));
    }
}

fn generation(roster: &Roster<'_>, member: Member) -> i64 {
    roster.members[member].generation.unwrap_or(NO_GENERATION)
}

/// For each partition the latest of the claims that are older than the newest generation of all; of equal ones the
/// first met.
fn previous(roster: &Roster<'_>, order: &[Member]) -> Owners {
    let newest = (0..roster.members.len())
        .map(|member| generation(roster, member))
        .max();
    let mut previous: Vec<Option<(Member, i64)>> = vec![None; roster.partitions()];
    for &member in order {
        let generation = generation(roster, member);
        if Some(generation) >= newest {
            continue;
        }
        for partition in roster.owned(member) {
            if previous[partition].is_none_or(|(_, known)| generation > known) {
                previous[partition] = Some((member, generation));
            }
        }
    }
    previous
        .into_iter()
        .map(|claim| claim.map(|(member, _)| member))
        .collect()
}
