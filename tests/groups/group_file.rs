//! `group.json`, read from outside.

use std::fs;

use serde_json::Value;

use crate::harness::Sandbox;

/// The members of the group `g`, and its partitions.
fn read(sandbox: &Sandbox) -> Option<(Vec<Value>, Vec<Value>)> {
    let file = fs::read(sandbox.store().join("groups/g/group.json")).ok()?;
    let group: Value = serde_json::from_slice(&file).unwrap();
    let list = |name: &str| group[name].as_array().unwrap().clone();
    Some((list("members"), list("partitions")))
}

/// How many members it has.
pub(crate) fn members(sandbox: &Sandbox) -> usize {
    read(sandbox).map_or(0, |(members, _)| members.len())
}

/// Who holds a partition: their pids and ids.
pub(crate) fn holders(sandbox: &Sandbox) -> Vec<(u32, String)> {
    let (members, partitions) = read(sandbox).unwrap_or_default();
    partitions
        .iter()
        .filter_map(|entry| {
            let holder = members
                .iter()
                .find(|member| member["id"] == entry["holder"])?;
            let pid = u32::try_from(holder["pid"].as_u64()?).ok()?;
            Some((pid, holder["id"].as_str()?.to_owned()))
        })
        .collect()
}

/// The same, only the pids.
pub(crate) fn holders_of(sandbox: &Sandbox) -> Vec<u32> {
    holders(sandbox).into_iter().map(|(pid, _)| pid).collect()
}
