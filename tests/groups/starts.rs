//! Where a group begins, and where it goes on.

use std::fs;

use crate::harness::{Call, Sandbox, seq};
use crate::offsets::committed;

fn run(sandbox: &Sandbox, args: &[&str]) -> Call {
    sandbox.kafdir(["consume", "t", "-g", "g"]).args(args)
}

fn filled() -> Sandbox {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 10));
    sandbox
}

#[test]
fn a_new_group_begins_at_the_beginning_and_says_how_much_that_is() {
    let sandbox = filled();
    run(&sandbox, &["-n", "1"])
        .stdout("1\n")
        .stderr_has("group g is new and begins at the beginning: 10 records lie ahead")
        .exits(0);
    run(&sandbox, &["-n", "1"]).stdout("2\n").exits(0);
    let other = Sandbox::with_topic("t", 2);
    run(&other, &[]).stderr_has("0 records lie ahead").exits(0);
    assert_eq!(committed(&other, "g", "t", 1), Some(0));
    run(&other, &[]).exits(0);
}

#[test]
fn a_position_acts_where_nothing_is_committed() {
    let sandbox = filled();
    run(&sandbox, &["-o", "-3"]).stdout(seq(8, 10)).exits(0);
    run(&sandbox, &["-o", "start"])
        .stderr_has("group g goes on where it had got to in t-0")
        .exits(0);
    let other = filled();
    run(&other, &["-o", "end"]).exits(0);
    assert_eq!(committed(&other, "g", "t", 0), Some(10));
    other.produce("t", "more\n");
    run(&other, &["-o", "none"]).stdout("more\n").exits(0);
}

#[test]
fn none_makes_a_missing_commit_an_error() {
    let sandbox = filled();
    run(&sandbox, &["-o", "none"])
        .stderr_has("group g has committed nothing of t-0")
        .exits(1);
    assert_eq!(committed(&sandbox, "g", "t", 0), None);
}

#[test]
fn a_commit_beyond_the_end_is_for_the_user_to_decide() {
    let sandbox = filled();
    run(&sandbox, &["-q"]).stdout(seq(1, 10)).exits(0);
    let path = sandbox.store().join("groups/g/offsets.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"offset\":10", "\"offset\":11")).unwrap();
    run(&sandbox, &[])
        .stderr_has("committed offset 11 of t-0, which ends at 10")
        .stderr_has("kafdir group reset g --topic t")
        .exits(1);
    assert_eq!(committed(&sandbox, "g", "t", 0), Some(11));
}

#[test]
fn a_commit_for_another_topic_of_that_name_is_for_the_user_to_decide() {
    let sandbox = filled();
    run(&sandbox, &["-q", "-n", "3"]).stdout(seq(1, 3)).exits(0);
    sandbox.kafdir(["topic", "delete", "-q", "t"]).exits(0);
    sandbox.create("t", 1, &[]);
    sandbox.produce("t", seq(1, 10));
    run(&sandbox, &[])
        .stderr_has("for another topic of that name")
        .stderr_has("kafdir group reset g --topic t")
        .exits(1);
    assert_eq!(committed(&sandbox, "g", "t", 0), Some(3));
}

#[test]
fn a_commit_below_the_log_start_goes_on_at_the_log_start() {
    let sandbox = filled();
    run(&sandbox, &["-q", "-n", "3"]).stdout(seq(1, 3)).exits(0);
    sandbox
        .kafdir(["topic", "trim", "-q", "t", "--before", "6"])
        .any_stdout()
        .exits(0);
    run(&sandbox, &[])
        .stdout(seq(7, 10))
        .stderr_has("t-0: the committed offset 3 is below the log start offset: reading from 6 on")
        .exits(0);
}
