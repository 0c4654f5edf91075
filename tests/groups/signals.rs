//! Signals to a kafdir that runs a COMMAND: the first lets it finish, the second is passed on to it.

use std::fs;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::harness::{Running, Sandbox, seq, wait_for};
use crate::offsets::committed;

/// A follower whose COMMAND has begun with the first three records; it goes on when the file `go` is there.
#[track_caller]
fn begun(sandbox: &Sandbox, args: &str, script: &str) -> Running {
    sandbox.produce("t", seq(1, 3));
    let script = format!("cat > /dev/null; echo $KAFDIR_COUNT; {script}");
    let mut running = sandbox
        .kafdir(["consume", "-q", "t", "-g", "g", "-f"])
        .args(args.split_ascii_whitespace())
        .args(["--", "sh", "-c", &script])
        .start();
    assert_eq!(running.line(), "3");
    running
}

const GO: &str = "until [ -e go ]; do sleep 0.01; done";

#[test]
fn the_first_lets_the_command_finish_and_its_exit_decides() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let sandbox = Sandbox::with_topic("t", 1);
        let mut running = begun(&sandbox, "", GO);
        running.signal(signal);
        sandbox.produce("t", "more\n");
        running.is_silent_for(Duration::from_millis(100));
        fs::write(sandbox.path("go"), "").unwrap();
        running.dies_by(signal);
        assert_eq!(committed(&sandbox, "g", "t", 0), Some(3));
    }
}

#[test]
fn a_command_that_fails_after_the_stop_is_neither_success_nor_failure() {
    let sandbox = Sandbox::with_topic("t", 1);
    let running = begun(&sandbox, "--max-attempts 5", &format!("{GO}; exit 1"));
    running.signal(Signal::SIGTERM);
    fs::write(sandbox.path("go"), "").unwrap();
    assert_eq!(running.dies_by(Signal::SIGTERM), "");
    assert_eq!(committed(&sandbox, "g", "t", 0).unwrap_or(0), 0);
}

#[test]
fn the_second_is_passed_on_to_all_that_the_command_started() {
    let sandbox = Sandbox::with_topic("t", 1);
    let mut running = begun(&sandbox, "", "sleep 1000 & echo $!; wait");
    let sleeper: i32 = running.line().parse().unwrap();
    running.signal(Signal::SIGINT);
    running.is_silent_for(Duration::from_millis(100));
    running.signal(Signal::SIGTERM);
    running.dies_by(Signal::SIGTERM);
    wait_for("the end of what COMMAND started", || {
        kill(Pid::from_raw(sleeper), None).is_err().then_some(())
    });
    assert_eq!(committed(&sandbox, "g", "t", 0).unwrap_or(0), 0);
}

#[test]
fn a_command_may_make_something_of_the_second() {
    let sandbox = Sandbox::with_topic("t", 1);
    let mut running = begun(
        &sandbox,
        "",
        "trap 'echo wind up; exit 0' TERM; echo ready; while :; do sleep 0.01; done",
    );
    assert_eq!(running.line(), "ready");
    running.signal(Signal::SIGTERM);
    running.is_silent_for(Duration::from_millis(50));
    running.signal(Signal::SIGTERM);
    assert_eq!(running.line(), "wind up");
    running.dies_by(Signal::SIGTERM);
    assert_eq!(committed(&sandbox, "g", "t", 0), Some(3));
}

#[test]
fn who_waits_stops_at_once() {
    let sandbox = Sandbox::with_topic("t", 1);
    let running = begun(&sandbox, "", "");
    wait_for("the commit", || {
        (committed(&sandbox, "g", "t", 0) == Some(3)).then_some(())
    });
    running.signal(Signal::SIGTERM);
    assert_eq!(running.dies_by(Signal::SIGTERM), "");
    // Between two attempts as well, long before the next one.
    let sandbox = Sandbox::with_topic("t", 1);
    let running = begun(
        &sandbox,
        "--max-attempts 5 --backoff 1h",
        "touch failed; exit 1",
    );
    wait_for("the failure", || {
        sandbox.path("failed").exists().then_some(())
    });
    running.signal(Signal::SIGTERM);
    assert_eq!(running.dies_by(Signal::SIGTERM), "");
    assert_eq!(committed(&sandbox, "g", "t", 0).unwrap_or(0), 0);
}

#[test]
fn a_command_that_is_stopped_along_with_us_has_not_failed() {
    let sandbox = Sandbox::with_topic("t", 1);
    let mut running = begun(&sandbox, "", "echo $$; while :; do sleep 0.01; done");
    let pid: i32 = running.line().parse().unwrap();
    running.signal(Signal::SIGTERM);
    kill(Pid::from_raw(pid), Signal::SIGTERM).unwrap();
    assert_eq!(running.dies_by(Signal::SIGTERM), "");
    assert_eq!(committed(&sandbox, "g", "t", 0).unwrap_or(0), 0);
    // Stopped alone, it says nothing about the records, but it has not done its work either.
    let sandbox = Sandbox::with_topic("t", 1);
    let mut running = begun(&sandbox, "", "echo $$; while :; do sleep 0.01; done");
    let pid: i32 = running.line().parse().unwrap();
    kill(Pid::from_raw(pid), Signal::SIGTERM).unwrap();
    let stderr = running.exits(5);
    assert!(stderr.contains("killed by SIGTERM"), "{stderr}");
}

#[test]
fn what_was_ignored_at_the_start_stays_ignored() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    let mut running = sandbox
        .shell("trap '' HUP; exec kafdir consume -q t -g g -f -- cat")
        .start();
    assert_eq!(running.line(), "a");
    running.signal(Signal::SIGHUP);
    sandbox.produce("t", "b\n");
    assert_eq!(running.line(), "b");
    running.signal(Signal::SIGTERM);
    running.dies_by(Signal::SIGTERM);
}
