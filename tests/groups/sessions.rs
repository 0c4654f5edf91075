//! Members that print: who reads what, and what becomes of it when members come and go.

use std::fs;

use nix::sys::signal::Signal;

use crate::crowd::{Crowd, assert_each_once, fill, parse};
use crate::harness::{Running, Sandbox, seq, wait_for};
use crate::offsets::committed;
use crate::stopping::stop;

#[test]
fn each_record_goes_to_one_member() {
    for count in [1, 2, 3, 4, 6, 8] {
        let sandbox = Sandbox::with_topic("t", 6);
        let mut crowd = Crowd::of(&sandbox, count, &[]);
        fill(&sandbox, 6, 50);
        let seen = crowd.sees(300);
        assert_each_once(&seen, 6, 0, 50);
        let busy = seen.iter().filter(|seen| !seen.is_empty()).count();
        assert_eq!(busy, count.min(6), "of {count} members");
        for member in crowd.members {
            member.signal(Signal::SIGTERM);
            assert_eq!(member.dies_by(Signal::SIGTERM), "");
        }
        for partition in 0..6 {
            assert_eq!(committed(&sandbox, "g", "t", partition), Some(50));
        }
    }
}

#[test]
fn those_with_nothing_to_do_take_over_from_those_that_leave() {
    let sandbox = Sandbox::with_topic("t", 2);
    let mut crowd = Crowd::of(&sandbox, 4, &[]);
    fill(&sandbox, 2, 10);
    let mut seen = crowd.sees(20);
    for at in (0..4)
        .rev()
        .filter(|&at| !seen[at].is_empty())
        .collect::<Vec<_>>()
    {
        let member = crowd.members.remove(at);
        member.signal(Signal::SIGINT);
        assert_eq!(member.dies_by(Signal::SIGINT), "");
        seen.remove(at);
    }
    crowd.settles();
    fill(&sandbox, 2, 10);
    assert_each_once(&crowd.sees(20), 2, 10, 20);
}

#[test]
fn a_killed_members_records_come_again_from_its_last_commit_on() {
    let sandbox = Sandbox::with_topic("t", 1);
    let mut crowd = Crowd::of(&sandbox, 1, &["--commit-interval", "10ms"]);
    fill(&sandbox, 1, 10);
    assert_eq!(crowd.sees(10)[0].len(), 10);
    wait_for("a commit", || {
        (committed(&sandbox, "g", "t", 0) == Some(10)).then_some(())
    });
    crowd.join(&[]);
    crowd.settles();
    crowd.members[0].signal(Signal::SIGKILL);
    let killed = crowd.members.remove(0);
    killed.dies_by(Signal::SIGKILL);
    crowd.settles();
    fill(&sandbox, 1, 10);
    assert_each_once(&crowd.sees(10), 1, 10, 20);
}

/// Nothing was committed when they were killed: all comes again, and nothing is lost.
#[test]
fn what_was_not_committed_comes_again() {
    let sandbox = Sandbox::with_topic("t", 1);
    fill(&sandbox, 1, 10);
    let mut crowd = Crowd::of(&sandbox, 1, &["--commit-interval", "1h"]);
    assert_each_once(&crowd.sees(10), 1, 0, 10);
    let killed = crowd.members.remove(0);
    killed.signal(Signal::SIGKILL);
    killed.dies_by(Signal::SIGKILL);
    assert_eq!(committed(&sandbox, "g", "t", 0), None);
    let mut crowd = Crowd::of(&sandbox, 1, &[]);
    assert_each_once(&crowd.sees(10), 1, 0, 10);
}

/// The first member has read from all partitions and committed nothing: it does so when it lets half of them go.
#[test]
fn a_partition_is_handed_over_with_what_was_read_of_it() {
    let sandbox = Sandbox::with_topic("t", 6);
    let mut crowd = Crowd::of(&sandbox, 1, &["--commit-interval", "1h"]);
    fill(&sandbox, 6, 10);
    let seen = crowd.sees(60);
    assert_each_once(&seen, 6, 0, 10);
    crowd.join(&["--commit-interval", "1h"]);
    crowd.settles();
    fill(&sandbox, 6, 10);
    let seen = crowd.sees(60);
    assert_each_once(&seen, 6, 10, 20);
    assert!(seen.iter().all(|seen| seen.len() == 30), "{seen:?}");
}

#[test]
fn the_second_of_two_runs_has_nothing_to_do() {
    let sandbox = Sandbox::with_topic("t", 3);
    sandbox.produce("t", seq(1, 1000));
    let run = || sandbox.kafdir(["consume", "t", "-g", "g"]);
    let first = run()
        .any_stdout()
        .stderr_has("1000 records lie ahead")
        .exits(0);
    let mut numbers: Vec<usize> = first.text().lines().map(|l| l.parse().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=1000).collect::<Vec<_>>());
    run().exits(0);
    run().args(["--fail-if-empty"]).exits(3);
    sandbox.produce("t", "more\n");
    run().stdout("more\n").exits(0);
}

/// Runs side by side that end at the end: each record is printed by one of them.
#[test]
fn runs_side_by_side_share_what_there_is() {
    let sandbox = Sandbox::with_topic("t", 6);
    fill(&sandbox, 6, 200);
    let run = ["consume", "t", "-q", "-g", "g", "-F", "%p %o %s\\n"];
    let mut runs: Vec<Running> = (0..4).map(|_| sandbox.kafdir(run).start()).collect();
    let mut seen = Vec::new();
    for mut run in runs.drain(..) {
        let mut lines = Vec::new();
        while let Some(line) = run.line_or_end() {
            lines.push(parse(&line));
        }
        assert_eq!(run.exits(0), "");
        seen.push(lines);
    }
    // What one of them would have had to wait for is left to the next run.
    let last = sandbox.kafdir(run).any_stdout().exits(0).text();
    seen.push(last.lines().map(parse).collect());
    assert_each_once(&seen, 6, 0, 200);
}

#[test]
fn a_run_that_would_wait_for_others_ends_at_once_and_says_so() {
    let sandbox = Sandbox::with_topic("t", 1);
    let crowd = Crowd::of(&sandbox, 1, &[]);
    let run = || sandbox.kafdir(["consume", "t", "-g", "g"]);
    run()
        .stderr_has(format!(
            "of group g (client id kafdir, pid {}) has t-0",
            crowd.members[0].id()
        ))
        .exits(0);
    run().args(["--fail-if-empty"]).any_stderr().exits(3);
    crowd.settles();
    let told = run().args(["--", "cat"]).any_stderr().exits(0).stderr;
    let holder = format!("(client id kafdir, pid {}) has t-0", crowd.members[0].id());
    assert!(told.contains(&holder), "{told}");
    let told = run()
        .args(["--exclusive"])
        .stderr_has("has a member already")
        .exits(1)
        .stderr;
    assert!(!told.contains("begins at the beginning"), "{told}");
    run()
        .args(["--assignor", "range"])
        .stderr_has("cooperative-sticky")
        .exits(1);
}

#[test]
fn a_signal_commits_what_was_taken() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let sandbox = Sandbox::with_topic("t", 1);
        let mut crowd = Crowd::of(&sandbox, 1, &["--commit-interval", "1h"]);
        fill(&sandbox, 1, 7);
        crowd.sees(7);
        let member = crowd.members.remove(0);
        member.signal(signal);
        assert_eq!(member.dies_by(signal), "");
        assert_eq!(committed(&sandbox, "g", "t", 0), Some(7));
    }
}

/// As timeout(1) sends them: one to the process, one to its group.
#[test]
fn a_signal_that_comes_twice_at_once_is_one() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 5));
    for group in ["a", "b", "c", "d", "e"] {
        let mut member = sandbox
            .kafdir([
                "consume",
                "-q",
                "t",
                "-g",
                group,
                "-f",
                "--commit-interval",
                "1h",
            ])
            .start();
        for number in 1..=5 {
            assert_eq!(member.line(), number.to_string());
        }
        member.signal(Signal::SIGTERM);
        member.signal(Signal::SIGTERM);
        assert_eq!(member.dies_by(Signal::SIGTERM), "");
        assert_eq!(committed(&sandbox, group, "t", 0), Some(5), "{group}");
    }
}

#[test]
fn a_pattern_finds_topics_that_are_made_later() {
    let sandbox = Sandbox::with_topic("orders-a", 1);
    sandbox.produce("orders-a", "a\n");
    let pattern = [
        "consume",
        "^orders-.*",
        "-q",
        "-f",
        "-g",
        "g",
        "-F",
        "%t %s\\n",
    ];
    let mut member = sandbox.kafdir(pattern).start();
    assert_eq!(member.line(), "orders-a a");
    sandbox.create("orders-b", 2, &[]);
    sandbox.create("others", 1, &[]);
    sandbox.produce("others", "x\n");
    sandbox.produce("orders-b", "b\n");
    assert_eq!(member.line(), "orders-b b");
    sandbox
        .kafdir(["topic", "alter", "-q", "orders-a", "--partitions", "2"])
        .exits(0);
    sandbox
        .kafdir(["produce", "-q", "orders-a", "-p", "1"])
        .input("second\n")
        .exits(0);
    assert_eq!(member.line(), "orders-a second");
    member.signal(Signal::SIGTERM);
    assert_eq!(member.dies_by(Signal::SIGTERM), "");
    assert_eq!(committed(&sandbox, "g", "orders-a", 1), Some(1));
    assert_eq!(committed(&sandbox, "g", "others", 0), None);
}

#[test]
fn a_pattern_that_matches_no_topic_is_told() {
    let sandbox = Sandbox::with_topic("orders", 1);
    let told = "kafdir: no topic matches '^order', which stands for a whole name\n";
    for command in [&[][..], &["-P", "2", "--", "cat"]] {
        let consume = |args: &[&str]| {
            let consume = sandbox.kafdir(["consume", "^order", "orders", "^o.*", "-g", "g"]);
            consume.args(args).args(command)
        };
        let output = consume(&[]).any_stderr().exits(0);
        assert_eq!(output.stderr.matches(told).count(), 1, "{}", output.stderr);
        consume(&["-q"]).exits(0);
        let args = ["--fail-if-empty"];
        consume(&args).any_stderr().exits(3);
    }
    let mut member = sandbox.kafdir(["consume", "^new", "-f", "-g", "h"]).start();
    member.says("no topic matches '^new'");
    sandbox.create("new", 1, &[]);
    sandbox.produce("new", "one\n");
    assert_eq!(member.line(), "one");
}

#[test]
fn a_topic_that_is_deleted_ends_those_that_named_it() {
    let sandbox = Sandbox::with_topic("t", 1);
    let crowd = Crowd::of(&sandbox, 1, &[]);
    sandbox.kafdir(["topic", "delete", "-q", "t"]).exits(0);
    let member = crowd.members.into_iter().next().unwrap();
    assert!(member.exits(1).contains("topic t was deleted"));
}

/// It has nothing to lose, and nothing that could still come.
#[test]
fn a_member_that_idles_ends_with_the_topic_it_named() {
    let sandbox = Sandbox::with_topic("t", 1);
    let crowd = Crowd::of(&sandbox, 3, &[]);
    sandbox.kafdir(["topic", "delete", "-q", "t"]).exits(0);
    for member in crowd.members {
        let told = member.exits(1);
        assert!(told.contains("topic t was deleted"), "{told}");
    }
}

#[test]
fn a_pattern_goes_on_without_a_topic_that_is_deleted() {
    let sandbox = Sandbox::with_topic("orders-a", 2);
    sandbox.create("orders-b", 3, &[]);
    let start = |args: &[&str]| {
        let follow = ["consume", "^orders-.*", "-f", "-g", "g", "-F", "%t %s\\n"];
        sandbox.kafdir(follow).args(args).start()
    };
    for args in [&[][..], &["--", "cat"]] {
        let mut member = start(args);
        sandbox.produce("orders-b", "b\n");
        assert_eq!(member.line(), "orders-b b");
        sandbox
            .kafdir(["topic", "delete", "-q", "orders-b"])
            .exits(0);
        member.says("topic orders-b was deleted");
        sandbox.produce("orders-a", "a\n");
        assert_eq!(member.line(), "orders-a a");
        member.signal(Signal::SIGTERM);
        let told = member.dies_by(Signal::SIGTERM);
        assert_eq!(told.matches("was deleted").count(), 1, "{told}");
        sandbox
            .kafdir(["group", "delete", "-q", "g"])
            .any_stdout()
            .exits(0);
        sandbox
            .kafdir(["topic", "delete", "-q", "orders-a"])
            .exits(0);
        sandbox.create("orders-a", 2, &[]);
        sandbox.create("orders-b", 3, &[]);
    }
}

/// Somebody tidied up by hand: that costs a member what it held, and says so. The topic is not gone.
#[test]
fn a_claim_that_vanishes_is_not_a_topic_that_was_deleted() {
    let sandbox = Sandbox::with_topic("t", 2);
    let follow = ["consume", "t", "-f", "-g", "g", "-F", "%p %o %s\\n"];
    let first = sandbox.kafdir(follow).start();
    let mut crowd = Crowd::new(&sandbox, vec![first]);
    fill(&sandbox, 2, 1);
    assert_each_once(&crowd.sees(2), 2, 0, 1);
    for entry in fs::read_dir(sandbox.store().join("groups/g/claims")).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    crowd.join(&[]);
    crowd.settles();
    crowd.members[0].says("was taken from this member of group g");
    // What had not been committed of it comes again.
    crowd.sees(1);
    fill(&sandbox, 2, 5);
    assert_each_once(&crowd.sees(10), 2, 1, 6);
    assert!(!crowd.members[0].stderr().contains("deleted"));
}

#[test]
fn a_topic_that_does_not_exist_is_an_error_unless_it_is_waited_for() {
    let sandbox = Sandbox::with_topic("other", 1);
    sandbox
        .kafdir(["consume", "t", "-g", "g"])
        .stderr_has("t")
        .exits(1);
    assert!(!sandbox.store().join("groups/g").exists());
    let mut waiting = sandbox
        .kafdir(["consume", "t", "-q", "-g", "g", "-f", "--wait-topic"])
        .start();
    wait_for("a member", || {
        let members = fs::read_dir(sandbox.store().join("groups/g/members"));
        (members.ok()?.count() == 1).then_some(())
    });
    sandbox.create("t", 1, &[]);
    sandbox.produce("t", "a\n");
    assert_eq!(waiting.line(), "a");
}

#[test]
fn endings() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 10));
    let run = |args: &[&str]| sandbox.kafdir(["consume", "t", "-q", "-g", "g"]).args(args);
    run(&["--no-commit"]).stdout(seq(1, 10)).exits(0);
    assert_eq!(committed(&sandbox, "g", "t", 0), None);
    run(&["-o", ":2"]).stdout(seq(1, 2)).exits(0);
    assert_eq!(committed(&sandbox, "g", "t", 0), Some(2));
    run(&["-n", "3"]).stdout(seq(3, 5)).exits(0);
    assert_eq!(committed(&sandbox, "g", "t", 0), Some(5));
    run(&["-n", "0"]).exits(0);
    run(&["-f", "-n", "2"]).stdout(seq(6, 7)).exits(0);
    run(&["--idle-timeout", "50ms"]).stdout(seq(8, 10)).exits(0);
    assert_eq!(committed(&sandbox, "g", "t", 0), Some(10));
    run(&["-f", "--to", "10"]).exits(0);
    run(&["-f", "--timeout", "50ms"]).exits(0);
    run(&["-f", "-n", "1", "--timeout", "50ms"])
        .stderr_has("timed out after 0 records")
        .exits(4);
    assert_eq!(committed(&sandbox, "g", "t", 0), Some(10));
}

#[test]
fn two_groups_read_for_themselves() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 10));
    for group in ["a", "b", "x/y .."] {
        sandbox
            .kafdir(["consume", "t", "-q", "-g", group])
            .stdout(seq(1, 10))
            .exits(0);
    }
    sandbox.is_clean();
}

/// Puts the only member out, from outside.
fn evict(sandbox: &Sandbox) {
    let group = crate::crowd::group(sandbox).unwrap();
    let member = group["members"][0]["id"].as_str().unwrap();
    sandbox
        .kafdir(["group", "evict", "-q", "g", member])
        .any_stdout()
        .exits(0);
}

#[test]
fn a_member_that_was_put_out_commits_nothing_and_says_why_it_ends() {
    for stopped in [false, true] {
        let sandbox = Sandbox::with_topic("t", 1);
        let mut crowd = Crowd::of(&sandbox, 1, &["--commit-interval", "1h"]);
        fill(&sandbox, 1, 5);
        crowd.sees(5);
        let member = crowd.members.remove(0);
        if stopped {
            stop(&sandbox, &member);
        }
        evict(&sandbox);
        let mut next = Crowd::of(&sandbox, 1, &[]);
        assert_each_once(&next.sees(5), 1, 0, 5);
        if stopped {
            member.signal(Signal::SIGCONT);
        }
        let told = member.exits(1);
        assert!(told.contains("somebody put it out"), "{told}");
        assert_eq!(committed(&sandbox, "g", "t", 0), None);
    }
}
