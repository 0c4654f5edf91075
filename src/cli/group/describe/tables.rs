//! Groups for people: Kafka's columns.

use std::collections::BTreeMap;

use super::report::{GroupReport, MemberReport, PartitionReport};
use crate::cli::table::{Table, cell};
use crate::group::GroupState;
use crate::text::format_time;

/// One row a partition: first those of the member that has most of them, last those that nobody reads.
pub(super) fn offsets(report: &GroupReport) -> String {
    let mut table = Table::new(&[
        "GROUP",
        "TOPIC",
        "PARTITION",
        "CURRENT-OFFSET",
        "LOG-END-OFFSET",
        "LAG",
        "CONSUMER-ID",
        "HOST",
        "CLIENT-ID",
    ]);
    let members: BTreeMap<&str, &MemberReport> = report
        .members
        .iter()
        .map(|member| (member.member_id.as_str(), member))
        .collect();
    let member_of = |partition: &PartitionReport| {
        let id = partition.member_id.as_deref()?;
        members.get(id).copied()
    };
    let mut partitions: Vec<&PartitionReport> = report.partitions.iter().collect();
    partitions.sort_by_cached_key(|partition| {
        let member = member_of(partition);
        let count = member.map_or(0, |member| member.partitions.len());
        (
            std::cmp::Reverse(count),
            member.map(|member| &member.member_id),
        )
    });
    for partition in partitions {
        let member = member_of(partition);
        table.row([
            report.group.clone(),
            partition.topic.clone(),
            partition.partition.to_string(),
            cell(partition.current_offset),
            cell(partition.log_end_offset),
            cell(partition.lag),
            cell(member.map(|member| &*member.member_id)),
            cell(member.map(|member| &*member.host)),
            cell(member.map(|member| &*member.client_id)),
        ]);
    }
    table.render()
}

/// One row a member; `verbose` adds which partitions it reads.
pub(super) fn members(report: &GroupReport, verbose: bool) -> String {
    let mut heading = vec![
        "GROUP",
        "CONSUMER-ID",
        "HOST",
        "CLIENT-ID",
        "#PARTITIONS",
        "PID",
        "SINCE",
        "LAST-PROGRESS",
        "BEHIND",
    ];
    heading.extend(verbose.then_some("ASSIGNMENT"));
    let mut table = Table::new(&heading);
    for member in &report.members {
        let cells = [
            report.group.clone(),
            member.member_id.clone(),
            member.host.clone(),
            member.client_id.clone(),
            member.partitions.len().to_string(),
            cell(member.pid),
            cell(member.since.map(format_time)),
            cell(member.last_progress.map(format_time)),
            cell(
                member
                    .behind
                    .map(|behind| if behind { "yes" } else { "no" }),
            ),
        ];
        table.row(cells.into_iter().chain(verbose.then(|| assignment(member))));
    }
    table.render()
}

/// One row.
pub(super) fn state(report: &GroupReport) -> String {
    let mut table = Table::new(&[
        "GROUP",
        "ASSIGNMENT-STRATEGY",
        "STATE",
        "#MEMBERS",
        "GENERATION",
    ]);
    let can_be_seen = report.state() != GroupState::Unknown;
    table.row([
        report.group.clone(),
        cell(report.assignor),
        report.state().name().to_owned(),
        cell(can_be_seen.then_some(report.members.len())),
        cell(report.generation),
    ]);
    table.render()
}

/// `orders(0,1), refunds(2)`.
fn assignment(member: &MemberReport) -> String {
    let mut topics: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for held in &member.partitions {
        let numbers = topics.entry(&held.topic).or_default();
        numbers.push(held.partition.to_string());
    }
    let topics: Vec<String> = topics
        .iter()
        .map(|(topic, numbers)| format!("{topic}({})", numbers.join(",")))
        .collect();
    if topics.is_empty() {
        return "-".to_owned();
    }
    topics.join(", ")
}
