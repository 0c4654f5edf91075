//! What the flags of a group mean, and which of them contradict each other.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use super::*;
use crate::cli::testing::args;
use crate::error::ErrorKind;

/// What clap says, or what the plan says.
fn plan(line: &str) -> Result<GroupPlan, String> {
    let args = args::<Args>("consume", line)?;
    let group = args.group.group.clone().ok_or("no group")?;
    GroupPlan::new(&args, &group, 1_000_000).map_err(|error| {
        assert_eq!(error.kind(), ErrorKind::Usage, "{line}");
        error.to_string()
    })
}

fn stdout(line: &str) -> StdoutPlan {
    match plan(line).unwrap().recipient {
        Recipient::Stdout(plan) => plan,
        Recipient::Command(plan) => panic!("{plan:?}"),
    }
}

fn command(line: &str) -> CommandPlan {
    match plan(line).unwrap().recipient {
        Recipient::Command(plan) => *plan,
        Recipient::Stdout(plan) => panic!("{plan:?}"),
    }
}

#[test]
fn the_plainest_line_begins_at_the_beginning_and_commits() {
    let plan = plan("t -g g").unwrap();
    assert_eq!(plan.group.as_str(), "g");
    assert_eq!((plan.start, plan.to), (Start::Earliest, None));
    assert!(plan.commits && !plan.exclusive && !plan.end.goes_on());
    assert_eq!(plan.client_id, "kafdir");
    assert_eq!(plan.assignor, AssignorName::CooperativeSticky);
    let plan = stdout("t -g g");
    assert_eq!(plan.commit_interval, Duration::from_secs(5));
    assert_eq!(plan.drain_timeout, Duration::from_secs(5));
    assert!(!plan.commit_on_write);
}

#[test]
fn topics_and_patterns() {
    let plan = plan("b ^orders-.* a ^(x|y:z) -g g --assignor roundrobin").unwrap();
    let topics: Vec<&str> = plan.topics.iter().map(TopicName::as_str).collect();
    assert_eq!(topics, ["a", "b"]);
    assert_eq!(plan.patterns, ["^orders-.*", "^(x|y:z)"]);
    assert_eq!(plan.assignor, AssignorName::RoundRobin);
}

#[test]
fn where_to_start_and_to_stop() {
    use Position::{Offset, Start as First};
    let bounds = |line: &str| {
        let plan = plan(line).unwrap();
        (plan.start, plan.to)
    };
    assert_eq!(bounds("t -g g -o 3"), (Start::At(Offset(3)), None));
    assert_eq!(
        bounds("t -g g -o 3:9"),
        (Start::At(Offset(3)), Some(Offset(9)))
    );
    assert_eq!(bounds("t -g g -o :9"), (Start::Earliest, Some(Offset(9))));
    assert_eq!(bounds("t -g g --to 9"), (Start::Earliest, Some(Offset(9))));
    assert_eq!(bounds("t -g g -o none"), (Start::MustBeCommitted, None));
    assert_eq!(bounds("t -g g -o none:"), (Start::MustBeCommitted, None));
    assert_eq!(
        bounds("t -g g -o none:9"),
        (Start::MustBeCommitted, Some(Offset(9)))
    );
    assert_eq!(
        bounds("t -g g --from none --to 9"),
        (Start::MustBeCommitted, Some(Offset(9)))
    );
    assert_eq!(bounds("t -g g --from-beginning"), (Start::At(First), None));
}

#[test]
fn a_command_gets_batches() {
    let batch = |line: &str| command(line).batch;
    let most = |records, wait| BatchPlan::Most { records, wait };
    assert_eq!(batch("t -g g -- c"), most(500, Duration::ZERO));
    assert_eq!(
        batch("t -g g -f --batch 7 --batch-wait 2s -- c"),
        most(7, Duration::from_secs(2))
    );
    assert_eq!(batch("t -g g --batch 0 -- c"), BatchPlan::Everything);
    assert_eq!(batch("t -g g --each -- c -x --each"), BatchPlan::Each);
    let plan = command("t -g g -P 4 --max-attempts 3 --backoff 10ms -- c -P 5");
    assert_eq!(plan.command, ["c", "-P", "5"]);
    assert_eq!((plan.parallel, plan.max_attempts), (4, 3));
    assert_eq!(plan.backoff, Duration::from_millis(10));
    assert_eq!(plan.dead_letter, None);
}

#[test]
fn dead_letters_are_split_unless_it_is_said() {
    let dead = |line: &str| command(line).dead_letter.unwrap();
    let plan = dead("t -g g --dead-letter d -- c");
    assert_eq!((plan.topic.as_str(), plan.split), ("d", true));
    assert_eq!(plan.most_in_a_row, 10);
    let plan = dead("t -g g --dead-letter d --no-split --max-dead-letters 3 -- c");
    assert_eq!((plan.split, plan.most_in_a_row), (false, 3));
}

/// Each flag beside each that it contradicts, and without what it needs.
#[test]
fn contradictions_are_refused() {
    let lines = [
        "-g g -- c",
        "t -g g -p 0",
        "t:0 -g g",
        "t t -g g",
        "t -g g --no-commit --commit-interval 1s",
        "t -g g --no-commit --commit-on-write",
        "t -g g -f --to end",
        "t -g g --from none --from-beginning",
        "t -g g -o none --to 1",
        "t -g g --batch 1",
        "t -g g -f --batch-wait 1s",
        "t -g g --each",
        "t -g g --max-attempts 2",
        "t -g g --backoff 1s",
        "t -g g --dead-letter d",
        "t -g g -P 2",
        "t -g g --batch-wait 1s -- c",
        "t -g g --each --batch 2 -- c",
        "t -g g -f --each --batch-wait 1s -- c",
        "t -g g -f --batch 0 -- c",
        "t -g g -f --batch 0 --batch-wait 1s -- c",
        "t -g g --batch 0 --idle-timeout 1s -- c",
        "t -g g --no-split -- c",
        "t -g g --max-dead-letters 2 -- c",
        "t -g g --dead-letter t -- c",
        "t -g g --dead-letter d --no-commit -- c",
        "t -g g --commit-interval 1s -- c",
        "t -g g --commit-on-write -- c",
        "t -g g --drain-timeout 1s -- c",
        "t -g g --exclusive -P 2 -- c",
    ];
    for line in lines {
        assert!(plan(line).is_err(), "{line}");
    }
}

/// What has a meaning in a group only is refused without one.
#[test]
fn outside_a_group_its_flags_mean_nothing() {
    for flags in [
        "--assignor range",
        "--client-id c",
        "--exclusive",
        "--commit-interval 1s",
        "--no-commit",
        "--commit-on-write",
        "--drain-timeout 1s",
        "--batch 5 -- c",
        "--each -- c",
        "--dead-letter d -- c",
        "-P 2 -- c",
    ] {
        let line = format!("t {flags}");
        assert!(args::<Args>("consume", &line).is_err(), "{flags}");
    }
}

#[test]
fn values_that_mean_nothing_are_refused() {
    for line in [
        "t -g ''",
        "../x -g g",
        "t -g g --client-id ''",
        "t -g g --assignor uniform",
        "t -g g --commit-interval soon",
        "t -g g --drain-timeout 5",
        "t -g g -o nonesuch",
        "t -g g -o none:x",
        "t -g g --batch -1 -- c",
        "t -g g --max-attempts 0 -- c",
        "t -g g --backoff x -- c",
        "t -g g --dead-letter ../d -- c",
        "t -g g --dead-letter d --max-dead-letters 0 -- c",
        "t -g g -P 0 -- c",
        "t -g g --",
    ] {
        let refused = plan(line).is_err() || line.ends_with("--");
        assert!(refused, "{line}");
    }
}
