//! The one table of exit codes, each code produced.

use std::fs;

use nix::sys::signal::Signal;

use crate::harness::{Sandbox, seq};

#[test]
fn zero_is_done() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.kafdir(["produce", "t"]).input("a\n").exits(0);
    sandbox.kafdir(["--version"]).stdout_has("kafdir ").exits(0);
    sandbox
        .kafdir(["--help"])
        .stdout_has("Exit status")
        .exits(0);
    sandbox.kafdir(["help"]).stdout_has("Usage").exits(0);
}

#[test]
fn one_is_failed() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.kafdir(["consume", "u"]).stderr_has("u").exits(1);
    sandbox
        .kafdir(["topic", "describe", "u"])
        .stderr_has("u")
        .exits(1);
    sandbox
        .kafdir(["produce", "t", "not-there"])
        .stderr_has("not-there")
        .exits(1);
}

#[test]
fn two_is_wrong_usage() {
    let sandbox = Sandbox::with_topic("t", 1);
    let before = sandbox.tree();
    for args in [
        &["no-such-command"][..],
        &["produce"],
        &["produce", "t", "--no-such-flag"],
        &["produce", "t", "--acks", "2"],
        &["consume", "t", "-n", "many"],
        &["consume", "t", "--timeout", "soon"],
        &["topic", "create", "t2", "-p", "0"],
        &["topic", "create", "t2", "-p", "-1"],
        &["topic", "create", "t2", "-p", "100001"],
        &["topic", "delete"],
    ] {
        let output = sandbox.kafdir(args).any_stderr().exits(2);
        assert!(!output.stderr.is_empty(), "{args:?}");
    }
    before.is_unchanged(&sandbox.tree());
}

#[test]
fn what_is_no_option_is_not_suggested_where_a_number_is_negative() {
    let sandbox = Sandbox::with_topic("t", 1);
    let output = sandbox
        .kafdir(["consume", "t", "-n", "-1"])
        .stderr_has("unexpected argument '-1'")
        .exits(2);
    assert!(!output.stderr.contains("tip:"), "{}", output.stderr);
    sandbox
        .kafdir(["get", "t", "-key"])
        .stderr_has("tip: to pass '-k' as a value, use '-- -k'")
        .exits(2);
}

#[test]
fn wrong_surroundings_are_wrong_usage() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .kafdir(["topic", "list"])
        .env("KAFDIR_BOOTSTRAP_SERVER", "127.0.0.1:9")
        .stderr_has("KAFDIR_BOOTSTRAP_SERVER")
        .exits(2);
    sandbox
        .kafdir(["topic", "list"])
        .without_env("KAFDIR")
        .without_env("HOME")
        .stderr_has("HOME")
        .exits(2);
    fs::write(
        sandbox.store().join("server.properties"),
        "num.partition=4\n",
    )
    .unwrap();
    sandbox
        .kafdir(["topic", "list"])
        .stderr_has("num.partition")
        .stderr_has("server.properties")
        .exits(2);
}

#[test]
fn three_is_nothing_there() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .kafdir(["consume", "-q", "t", "--fail-if-empty"])
        .exits(3);
}

#[test]
fn four_is_timed_out() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .kafdir(["consume", "t", "-f", "-n", "1", "--timeout", "50ms"])
        .stderr_has("timed out")
        .exits(4);
}

#[test]
fn six_is_damaged() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 100));
    sandbox.produce("t", seq(101, 200));
    let path = sandbox.first_log("t-0");
    let mut bytes = fs::read(&path).unwrap();
    bytes[100] ^= 1;
    fs::write(&path, bytes).unwrap();
    sandbox
        .kafdir(["consume", "t"])
        .stderr_has("00000000000000000000.log")
        .stderr_has("byte 0")
        .exits(6);
    sandbox
        .kafdir(["check"])
        .stdout_has("00000000000000000000.log")
        .any_stderr()
        .exits(6);
}

#[test]
fn a_signal_is_died_of() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let sandbox = Sandbox::with_topic("t", 1);
        sandbox.produce("t", "a\n");
        let mut running = sandbox.kafdir(["consume", "t", "-f"]).start();
        assert_eq!(running.line(), "a");
        running.signal(signal);
        assert_eq!(running.dies_by(signal), "");
    }
}

#[test]
fn a_shell_sees_130_and_143() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let sandbox = Sandbox::with_topic("t", 1);
        sandbox.produce("t", "a\n");
        // Job control, so that the background job does not ignore SIGINT.
        let script = format!(
            "set -m; mkfifo out; kafdir consume t -f > out & pid=$!
             exec 3< out; read -r line <&3; kill -{signal} $pid; set +e; wait $pid; echo \"$line $?\""
        );
        sandbox
            .shell(&script)
            .stdout(format!("a {code}\n"))
            .any_stderr()
            .exits(0);
    }
}

#[test]
fn a_closed_output_is_done() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 100_000));
    sandbox
        .shell("set +o pipefail; kafdir consume t | head -1; echo ${PIPESTATUS[0]}")
        .stdout("1\n0\n")
        .exits(0);
}
