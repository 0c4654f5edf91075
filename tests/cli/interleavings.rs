//! The interleavings of many processes that would lose, repeat or hide records if a rule were missing: each is brought
//! about step by step, with a producer that has appended once already and so believes to know where the log ends.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::batches::{Batches, LEADER_EPOCH};
use crate::harness::{Running, Sandbox, wait_for};

/// A producer with one record stored, `first`, and its view of the log's end.
fn knowing_producer(sandbox: &Sandbox) -> Running {
    let mut producer = sandbox.kafdir(["produce", "t", "--acks", "1"]).start();
    send(sandbox, &mut producer, "first");
    producer
}

/// Sends a line and waits until it is stored.
#[track_caller]
fn send(sandbox: &Sandbox, producer: &mut Running, line: &str) {
    producer.send(format!("{line}\n"));
    wait_for(&format!("{line} is stored"), || {
        sandbox
            .consume("t")
            .ends_with(&format!("{line}\n"))
            .then_some(())
    });
}

/// Ends the producer well; the log then holds `expected`, as `OFFSET VALUE` lines, and nothing is wrong with it.
#[track_caller]
fn ends_with(sandbox: &Sandbox, mut producer: Running, expected: &[&str]) {
    producer.close();
    producer.exits(0);
    let lines: String = expected.iter().map(|line| format!("{line}\n")).collect();
    sandbox
        .kafdir(["consume", "t", "-F", "%o %s\\n"])
        .stdout(lines)
        .exits(0);
    sandbox.is_clean();
}

#[test]
fn another_appends_in_between() {
    let sandbox = Sandbox::with_topic("t", 1);
    let mut producer = knowing_producer(&sandbox);
    sandbox.produce("t", "other\n");
    send(&sandbox, &mut producer, "second");
    ends_with(&sandbox, producer, &["0 first", "1 other", "2 second"]);
}

#[test]
fn another_rolls_the_segment_in_between() {
    // The old segment keeps its size, so a cached end would look right and the same offset would be used twice.
    let sandbox = Sandbox::with_config("t", 1, &["segment.bytes=200"]);
    let mut producer = knowing_producer(&sandbox);
    let filler = "x".repeat(100);
    sandbox.produce("t", format!("{filler}\n"));
    assert_eq!(
        sandbox.files("t-0", ".log").len(),
        2,
        "the filler was to roll the segment"
    );
    send(&sandbox, &mut producer, "second");
    ends_with(
        &sandbox,
        producer,
        &["0 first", &format!("1 {filler}"), "2 second"],
    );
}

#[test]
fn a_torn_tail_is_cut_and_appended_over_in_between() {
    let sandbox = Sandbox::with_topic("t", 1);
    let mut producer = knowing_producer(&sandbox);
    sandbox.produce("t", "other\n");
    tear(&sandbox, 2);
    sandbox
        .kafdir(["produce", "t"])
        .input("after the repair, and longer than what was cut\n")
        .stderr_has("00000000000000000000.log")
        .exits(0);
    send(&sandbox, &mut producer, "second");
    ends_with(
        &sandbox,
        producer,
        &[
            "0 first",
            "1 other",
            "2 after the repair, and longer than what was cut",
            "3 second",
        ],
    );
}

#[test]
fn the_producer_itself_meets_a_torn_tail() {
    let sandbox = Sandbox::with_topic("t", 1);
    let mut producer = knowing_producer(&sandbox);
    sandbox.produce("t", "other\n");
    tear(&sandbox, 2);
    send(&sandbox, &mut producer, "second");
    ends_with(&sandbox, producer, &["0 first", "1 other", "2 second"]);
}

/// Puts half a batch with the base offset `next` behind the log: what a killed write leaves.
fn tear(sandbox: &Sandbox, next: i64) {
    let path = sandbox.first_log("t-0");
    let batches = Batches::read(&path);
    let mut torn = batches.bytes[batches.places[0].clone()].to_vec();
    torn[..8].copy_from_slice(&next.to_be_bytes());
    torn.truncate(torn.len() - 3);
    OpenOptions::new()
        .append(true)
        .open(path)
        .unwrap()
        .write_all(&torn)
        .unwrap();
}

#[test]
fn the_log_is_trimmed_to_its_end_in_between() {
    let sandbox = Sandbox::with_topic("t", 1);
    let mut producer = knowing_producer(&sandbox);
    sandbox
        .kafdir(["topic", "trim", "-q", "t", "--before", "end"])
        .any_stdout()
        .exits(0);
    send(&sandbox, &mut producer, "second");
    ends_with(&sandbox, producer, &["1 second"]);
}

#[test]
fn all_that_was_there_is_cleaned_away_in_between() {
    let sandbox = Sandbox::with_config("t", 1, &["segment.bytes=200", "retention.bytes=1"]);
    let mut producer = knowing_producer(&sandbox);
    for _ in 0..3 {
        sandbox.produce("t", format!("{}\n", "x".repeat(100)));
    }
    sandbox.kafdir(["clean", "-q"]).any_stdout().exits(0);
    send(&sandbox, &mut producer, "second");
    producer.close();
    producer.exits(0);
    let text = sandbox
        .kafdir(["consume", "t", "-F", "%o %s\\n"])
        .any_stdout()
        .exits(0)
        .text();
    assert!(text.ends_with("4 second\n"), "{text}");
    sandbox.is_clean();
}

#[test]
fn settings_are_altered_in_between() {
    let sandbox = Sandbox::with_topic("t", 1);
    let mut producer = knowing_producer(&sandbox);
    sandbox
        .kafdir(["topic", "alter", "-q", "t", "--config", "segment.bytes=200"])
        .exits(0);
    let filler = "x".repeat(90);
    send(&sandbox, &mut producer, &filler);
    assert_eq!(
        sandbox.files("t-0", ".log").len(),
        2,
        "the new segment.bytes was not seen"
    );
    ends_with(&sandbox, producer, &["0 first", &format!("1 {filler}")]);
}

#[test]
fn the_lock_file_is_replaced_in_between() {
    // Whoever holds a lock on a file that has no name any more holds nothing.
    let sandbox = Sandbox::with_topic("t", 1);
    let mut producer = knowing_producer(&sandbox);
    let lock = sandbox.store().join("locks/partitions/t-0");
    fs::remove_file(&lock).unwrap();
    sandbox.produce("t", "other\n");
    assert!(lock.is_file());
    send(&sandbox, &mut producer, "second");
    sandbox.produce("t", "third\n");
    send(&sandbox, &mut producer, "fourth");
    ends_with(
        &sandbox,
        producer,
        &["0 first", "1 other", "2 second", "3 third", "4 fourth"],
    );
}

#[test]
fn the_lock_files_record_is_spoilt_in_between() {
    let sandbox = Sandbox::with_topic("t", 1);
    let mut producer = knowing_producer(&sandbox);
    let path = sandbox.store().join("locks/partitions/t-0");
    for (round, content) in [&b""[..], b"{", &[0; 1024], &[0xff; 5000]]
        .iter()
        .enumerate()
    {
        fs::write(&path, content).unwrap();
        send(&sandbox, &mut producer, &format!("mine {round}"));
        fs::write(&path, content).unwrap();
        sandbox.produce("t", format!("other {round}\n"));
    }
    producer.close();
    producer.exits(0);
    assert_eq!(sandbox.consume("t").lines().count(), 9);
    sandbox.is_clean();
}

#[test]
fn an_old_record_never_leads_into_the_middle_of_the_log() {
    // As after a restore of a part of the directory: everything in the record is well formed, and wrong.
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    let lock = sandbox.store().join("locks/partitions/t-0");
    let old = fs::read(&lock).unwrap();
    sandbox.produce("t", "b\n");
    sandbox.produce("t", "c\n");
    File::options()
        .write(true)
        .open(&lock)
        .unwrap()
        .write_all_at(&old, 0)
        .unwrap();
    sandbox.produce("t", "d\n");
    sandbox
        .kafdir(["consume", "t", "-F", "%o %s\\n"])
        .stdout("0 a\n1 b\n2 c\n3 d\n")
        .exits(0);
    sandbox.is_clean();
}

#[test]
fn after_a_restart_of_the_machine_the_log_is_looked_at_anew() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .kafdir(["produce", "t"])
        .env("KAFDIR_BOOT_ID", "one")
        .input("a\n")
        .exits(0);
    sandbox
        .kafdir(["produce", "t"])
        .env("KAFDIR_BOOT_ID", "one")
        .input("b\n")
        .exits(0);
    // Zeros where a batch should be: delayed allocation after a power cut.
    let path = sandbox.first_log("t-0");
    let size = fs::metadata(&path).unwrap().len();
    OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(size + 8192)
        .unwrap();
    sandbox
        .kafdir(["consume", "t"])
        .env("KAFDIR_BOOT_ID", "two")
        .stdout("a\nb\n")
        .any_stderr()
        .exits(0);
    sandbox
        .kafdir(["produce", "t"])
        .env("KAFDIR_BOOT_ID", "two")
        .input("c\n")
        .stderr_has("8192")
        .exits(0);
    sandbox
        .kafdir(["consume", "t", "-F", "%o %s\\n"])
        .env("KAFDIR_BOOT_ID", "two")
        .stdout("0 a\n1 b\n2 c\n")
        .exits(0);
    sandbox
        .kafdir(["check", "-q"])
        .env("KAFDIR_BOOT_ID", "two")
        .any_stdout()
        .exits(0);
}

#[test]
fn the_leader_epoch_is_that_of_the_last_batch() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    // The epoch lies outside the checksum: this is what a broker would have written under its fifth leader.
    let path = sandbox.first_log("t-0");
    let file = File::options().write(true).open(&path).unwrap();
    file.write_all_at(&5_i32.to_be_bytes(), LEADER_EPOCH as u64)
        .unwrap();
    let checkpoint = sandbox.partition("t-0").join("leader-epoch-checkpoint");
    fs::write(checkpoint, "0\n1\n5 0\n").unwrap();
    fs::remove_dir_all(sandbox.store().join("locks")).unwrap();
    sandbox.produce("t", "b\n");
    sandbox.produce("t", "c\n");
    let batches = Batches::read(&path);
    assert_eq!(batches.places.len(), 3);
    for index in 0..3 {
        assert_eq!(batches.leader_epoch(index), 5, "batch {index}");
        assert_eq!(batches.base_offset(index), i64::try_from(index).unwrap());
    }
    sandbox.is_clean();
}

#[test]
fn a_half_written_batch_is_never_shown_and_what_replaces_it_is() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "first\n");
    let mut follower = sandbox
        .kafdir(["consume", "t", "-f", "-F", "%o %s\\n"])
        .start();
    assert_eq!(follower.line(), "0 first");
    tear(&sandbox, 1);
    follower.is_silent_for(Duration::from_millis(200));
    sandbox
        .kafdir(["produce", "t"])
        .input("something else altogether, of another length\n")
        .stderr_has("00000000000000000000.log")
        .exits(0);
    assert_eq!(
        follower.line(),
        "1 something else altogether, of another length"
    );
    follower.signal(Signal::SIGTERM);
    assert_eq!(follower.dies_by(Signal::SIGTERM), "");
}

#[test]
fn a_follower_goes_on_by_offset_when_its_segment_is_cleaned_away() {
    let sandbox = Sandbox::with_config("t", 1, &["segment.bytes=200"]);
    let line = "x".repeat(90);
    let mut follower = sandbox
        .kafdir(["consume", "t", "-f", "-F", "%o\\n"])
        .start();
    for _ in 0..4 {
        sandbox.produce("t", format!("{line}\n"));
    }
    for offset in 0..4 {
        assert_eq!(follower.line(), offset.to_string());
    }
    follower.signal(Signal::SIGSTOP);
    sandbox
        .kafdir(["topic", "alter", "-q", "t", "--config", "retention.bytes=1"])
        .exits(0);
    for _ in 4..8 {
        sandbox.produce("t", format!("{line}\n"));
    }
    sandbox.kafdir(["clean", "-q"]).any_stdout().exits(0);
    follower.signal(Signal::SIGCONT);
    let mut last: i64 = 3;
    while last < 7 {
        let offset: i64 = follower.line().parse().unwrap();
        assert!(offset > last, "{offset} after {last}");
        last = offset;
    }
    follower.signal(Signal::SIGTERM);
    follower.dies_by(Signal::SIGTERM);
}

#[test]
fn our_own_directories_without_a_topics_file_are_leftovers() {
    let sandbox = Sandbox::with_topic("t", 2);
    sandbox.produce("t", "a\n");
    fs::remove_file(sandbox.store().join("topics/t.json")).unwrap();
    sandbox.kafdir(["topic", "list"]).exits(0);
    sandbox
        .kafdir(["check"])
        .stdout_has("t-0")
        .any_stderr()
        .exits(6);
    // Nobody knows whether its records are still wanted: a new topic is not mixed with them.
    sandbox
        .kafdir(["topic", "create", "t"])
        .stderr_has("t-0")
        .stderr_has("left over")
        .exits(1);
    sandbox
        .kafdir(["produce", "t"])
        .input("b\n")
        .stderr_has("t-0")
        .exits(1);
}

#[test]
fn a_missing_partition_directory_is_damage() {
    let sandbox = Sandbox::with_topic("t", 2);
    sandbox
        .kafdir(["produce", "t", "-p", "0"])
        .input("a\n")
        .exits(0);
    fs::remove_dir_all(sandbox.partition("t-1")).unwrap();
    sandbox.kafdir(["consume", "t:0"]).stdout("a\n").exits(0);
    for command in [&["consume", "t:1"][..], &["produce", "t", "-p", "1"]] {
        sandbox
            .kafdir(command)
            .input("x\n")
            .stderr_has("t-1")
            .exits(6);
    }
    sandbox
        .kafdir(["check"])
        .stdout_has("t-1")
        .any_stderr()
        .exits(6);
    sandbox
        .kafdir(["check", "--repair"])
        .any_stdout()
        .any_stderr()
        .exits(0);
    sandbox
        .kafdir(["produce", "t", "-p", "1"])
        .input("b\n")
        .exits(0);
    sandbox.kafdir(["consume", "t:1"]).stdout("b\n").exits(0);
    sandbox.is_clean();
}
