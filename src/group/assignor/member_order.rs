//! The orders in which assignors look at members.

use std::cmp::Ordering;

use super::Subscriber;

/// How Java compares strings: by UTF-16 units. Differs from Rust's order, by bytes, only between characters beyond
/// U+FFFF and those from U+E000 on
/// (<https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/lang/String.html#compareTo(java.lang.String)>).
pub(super) fn java_order(a: &str, b: &str) -> Ordering {
    a.encode_utf16().cmp(b.encode_utf16())
}

/// For each member its rank: those with an instance id first, by it; then the others by member id (`MemberInfo` in
/// Kafka's
/// <https://github.com/apache/kafka/blob/4.0/clients/src/main/java/org/apache/kafka/clients/consumer/internals/AbstractPartitionAssignor.java>).
pub(super) fn ranks(members: &[&Subscriber<'_>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.sort_by(|&a, &b| compare(members[a], members[b]));
    let mut ranks = vec![0; order.len()];
    for (rank, member) in order.into_iter().enumerate() {
        ranks[member] = rank;
    }
    ranks
}

fn compare(a: &Subscriber<'_>, b: &Subscriber<'_>) -> Ordering {
    match (a.instance_id, b.instance_id) {
        (Some(a), Some(b)) => java_order(a, b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => java_order(a.member_id, b.member_id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_compare_by_utf_16_units() {
        assert_eq!(java_order("a", "b"), Ordering::Less);
        assert_eq!(java_order("a", "aa"), Ordering::Less);
        // U+1F600 is written with surrogates, which are below U+FF21; its bytes are above.
        assert_eq!(java_order("\u{1F600}", "\u{FF21}"), Ordering::Less);
        assert!("\u{1F600}" > "\u{FF21}");
    }
}
