//! Waiting for a lock: told once, bounded by `--timeout`, ended by a signal; and never held where nothing is done.

use std::fs::{File, OpenOptions};
use std::io::Write as _;

use nix::fcntl::{Flock, FlockArg};
use nix::sys::signal::Signal;

use crate::harness::{Sandbox, wait_for};

/// Holds the append lock of the topic's only partition.
fn hold_partition(sandbox: &Sandbox) -> Flock<File> {
    let path = sandbox.store().join("locks/partitions/t-0");
    let file = File::options().read(true).write(true).open(path).unwrap();
    Flock::lock(file, FlockArg::LockExclusive)
        .map_err(|(_, errno)| errno)
        .unwrap()
}

#[test]
fn a_wait_for_a_lock_names_the_holder_and_ends_at_the_timeout() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    let held = hold_partition(&sandbox);
    let holder = std::process::id().to_string();
    sandbox
        .kafdir(["produce", "t", "--timeout", "1500ms"])
        .input("b\n")
        .stderr_has("locks/partitions/t-0")
        .stderr_has(&holder)
        .exits(4);
    sandbox.kafdir(["consume", "t"]).stdout("a\n").exits(0);

    let mut waiting = sandbox.kafdir(["produce", "t"]).start();
    waiting.send("c\n");
    waiting.close();
    waiting.says(&holder);
    drop(held);
    let stderr = waiting.exits(0);
    assert_eq!(stderr.matches(&holder).count(), 1, "said once: {stderr}");
    assert_eq!(sandbox.consume("t"), "a\nc\n");
}

#[test]
fn a_wait_for_a_lock_can_be_interrupted() {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let sandbox = Sandbox::with_topic("t", 1);
        sandbox.produce("t", "a\n");
        let held = hold_partition(&sandbox);
        let mut waiting = sandbox.kafdir(["produce", "t"]).start();
        waiting.send("b\n");
        waiting.says("waiting");
        waiting.signal(signal);
        waiting.dies_by(signal);
        drop(held);
        sandbox.produce("t", "c\n");
        assert!(sandbox.consume("t").ends_with("c\n"));
        sandbox.is_clean();
    }
}

#[test]
fn a_deletion_that_timed_out_is_finished_later_and_keeps_nobody_from_looking() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    let held = hold_partition(&sandbox);
    sandbox
        .kafdir(["topic", "delete", "t", "--timeout", "100ms"])
        .stderr_has("locks/partitions/t-0")
        .stderr_has("topic 't' is gone all the same")
        .exits(4);
    sandbox.kafdir(["topic", "list"]).exits(0);
    assert!(sandbox.partition("t-0").exists());
    drop(held);
    sandbox.kafdir(["topic", "list"]).exits(0);
    assert!(!sandbox.partition("t-0").exists());
    sandbox.is_clean();
}

#[test]
fn a_slow_input_holds_no_lock() {
    let sandbox = Sandbox::with_topic("t", 1);
    let mut slow = sandbox.kafdir(["produce", "t"]).start();
    for number in 0..20 {
        slow.send(format!("slow {number}"));
        sandbox
            .kafdir(["produce", "t", "--timeout", "20s"])
            .input("quick\n")
            .exits(0);
        slow.send("\n");
    }
    slow.close();
    slow.exits(0);
    assert_eq!(sandbox.consume("t").lines().count(), 40);
}

#[test]
fn nothing_is_said_while_a_lock_is_held() {
    // A torn tail makes the next producer say something, to a pipe that is full and that nobody empties.
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    let torn = [&[0; 7], &b"\x01torn"[..]].concat();
    let mut log = OpenOptions::new()
        .append(true)
        .open(sandbox.first_log("t-0"))
        .unwrap();
    log.write_all(&torn[..8]).unwrap();
    let script = "mkfifo full; exec 3<>full; dd if=/dev/zero bs=4096 count=16 >&3 2>/dev/null
                  echo filled; exec kafdir produce t 2>&3 3>&-";
    let mut stuck = sandbox.shell(script).start();
    assert_eq!(stuck.line(), "filled");
    stuck.send("b\n");
    stuck.close();
    wait_for("its record is stored", || {
        sandbox.consume("t").ends_with("b\n").then_some(())
    });
    sandbox
        .kafdir(["produce", "t", "--timeout", "30s"])
        .input("c\n")
        .exits(0);
    assert_eq!(sandbox.consume("t"), "a\nb\nc\n");
    drop(stuck);
    sandbox.is_clean();
}
