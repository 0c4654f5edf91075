//! What a group has committed, read from its file.

use crate::harness::Sandbox;

/// The offset that `group` has committed of a partition.
pub(crate) fn committed(
    sandbox: &Sandbox,
    group: &str,
    topic: &str,
    partition: i32,
) -> Option<i64> {
    let path = sandbox
        .store()
        .join("groups")
        .join(group)
        .join("offsets.json");
    let text = std::fs::read(path).ok()?;
    let json: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let offsets = json["offsets"].as_array().unwrap();
    let found = offsets
        .iter()
        .find(|entry| entry["topic"] == topic && entry["partition"] == partition)?;
    found["offset"].as_i64()
}
