//! Signals, and readers that go away.

use nix::sys::signal::Signal;

use crate::harness::{Sandbox, seq, wait_for};

#[test]
fn a_producer_told_to_stop_stores_what_it_read_and_dies_by_the_signal() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        for acks in ["1", "all"] {
            let sandbox = Sandbox::with_topic("t", 1);
            let mut producer = sandbox.kafdir(["produce", "t", "--acks", acks]).start();
            producer.send("first\nsecond\n");
            wait_for("both are stored", || {
                (sandbox.consume("t") == "first\nsecond\n").then_some(())
            });
            // A line without an end was read too; whether it is a record by now, the log must be whole.
            producer.send("half a li");
            producer.signal(signal);
            assert_eq!(producer.dies_by(signal), "");
            let text = sandbox.consume("t");
            assert!(text.starts_with("first\nsecond\n"), "{text}");
            assert!(text.lines().count() <= 3, "{text}");
            sandbox.is_clean();
        }
    }
}

#[test]
fn a_busy_producer_told_to_stop_leaves_a_prefix() {
    let sandbox = Sandbox::with_topic("t", 1);
    let producer = sandbox
        .shell("exec kafdir produce t < <(seq 1 1000000000)")
        .start();
    wait_for("a good deal is stored", || {
        let log = sandbox.first_log("t-0");
        let size = log.metadata().map_or(0, |metadata| metadata.len());
        (size > 1_000_000).then_some(())
    });
    producer.signal(Signal::SIGTERM);
    assert_eq!(producer.dies_by(Signal::SIGTERM), "");
    let text = sandbox.consume("t");
    let count = text.lines().count();
    assert!(
        text.as_bytes() == seq(1, count),
        "not a prefix of the input"
    );
    sandbox.is_clean();
}

/// In `make | kafdir produce`, Ctrl-C reaches both: the end of the input and the signal come together. A shell's loop goes on
/// after whoever exits with 0.
#[test]
fn a_signal_ends_a_run_that_has_nothing_left_to_do_too() {
    let sandbox = Sandbox::with_topic("t", 1);
    // One record, written four times: more than any pipe holds, and the last thing to do.
    sandbox
        .shell("kafdir produce t --delimiter '' < <(seq 1 150000)")
        .exits(0);
    let script = "
        (echo $BASHPID > pid; exec kafdir consume t --follow -n 1 --format '%v%v%v%v') |
            { read -r first; kill -TERM $(cat pid); cat; } | wc -l
        echo ${PIPESTATUS[0]}";
    let script = format!("set +o pipefail; {script}");
    sandbox.shell(&script).stdout("599999\n143\n").exits(0);
}

/// What is in the pipe can't be taken back; what is behind it is not waited for without end.
#[test]
fn a_follower_whose_reader_has_stopped_reading_ends_by_the_first_signal() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 1_000_000));
    let script = "
        (echo $BASHPID > pid; exec kafdir consume t --follow) |
            { read -r first; pid=$(cat pid); kill -TERM $pid; tail --pid=$pid -f /dev/null; cat > rest; }
        echo ${PIPESTATUS[0]}";
    let script = format!("set +o pipefail; {script}");
    sandbox
        .shell(&script)
        .stderr_has("its last record may be cut off")
        .stdout("143\n")
        .exits(0);
    let rest = std::fs::read(sandbox.path("rest")).unwrap();
    assert!(seq(2, 1_000_000).starts_with(&rest), "not a prefix");
}

#[test]
fn a_signal_that_was_ignored_stays_ignored() {
    let sandbox = Sandbox::with_topic("t", 1);
    let mut producer = sandbox.shell("trap '' HUP; exec kafdir produce t").start();
    producer.send("a\n");
    wait_for("the first is stored", || {
        (sandbox.consume("t") == "a\n").then_some(())
    });
    producer.signal(Signal::SIGHUP);
    producer.send("b\n");
    producer.close();
    assert_eq!(producer.exits(0), "");
    assert_eq!(sandbox.consume("t"), "a\nb\n");
}

#[test]
fn a_reader_that_has_enough_ends_consume_quietly() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 200_000));
    for reader in ["head -1", "true", "sed 3q"] {
        let script = format!(
            "set +o pipefail; kafdir consume t | {reader} >/dev/null; echo ${{PIPESTATUS[0]}}"
        );
        sandbox.shell(&script).stdout("0\n").exits(0);
    }
}

#[test]
fn a_follower_ends_when_its_reader_goes_although_nothing_comes() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    sandbox
        .shell("set +o pipefail; kafdir consume t -f | head -1; echo ${PIPESTATUS[0]}")
        .stdout("a\n0\n")
        .exits(0);
}

#[test]
fn closed_descriptors_are_no_reason_to_panic() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    for (script, code) in [
        ("kafdir consume t >&-", 1),
        ("kafdir consume t -f >&-", 1),
        ("kafdir consume t -g g >&-", 1),
        ("kafdir consume t -g g -f >&- <&- 2>&-", 1),
        ("kafdir topic list >&-", 1),
        ("kafdir --help >&-", 1),
        ("kafdir consume t <&-", 0),
        ("kafdir consume t -g h -- true >&-", 0),
        ("kafdir produce t <&-", 1),
        ("kafdir produce new <&-", 1),
        ("kafdir produce t </dev/null >&-", 0),
        ("kafdir produce t </dev/null 2>&-", 0),
        ("kafdir consume no-such 2>&-", 1),
        ("kafdir consume t >/dev/full", 1),
        ("kafdir topic list >/dev/full", 1),
        ("kafdir consume no-such 2>/dev/full", 1),
        ("kafdir --help >/dev/full", 1),
    ] {
        let output = sandbox.shell(script).any_stdout().any_stderr().exits(code);
        let told = code == 0 || script.contains("2>") || !output.stderr.is_empty();
        assert!(told, "{script} said nothing");
        let closed = script.contains(">&-") && !script.contains("2>") && code == 1;
        let why = "cannot write standard output: Bad file descriptor";
        assert!(!closed || output.stderr.contains(why), "{}", output.stderr);
    }
    // Nobody got anything, so nothing is done.
    sandbox
        .kafdir(["consume", "t", "-q", "-g", "g"])
        .stdout("a\n")
        .exits(0);
    sandbox.kafdir(["topic", "list"]).stdout("t\n").exits(0);
    // Whatever descriptors were closed, none of ours was written over with a message.
    sandbox.is_clean();
    sandbox.kafdir(["consume", "t"]).stdout("a\n").exits(0);
}

/// What Python and Node give to a child whose output is not wanted looks like what is opened in a closed one's place.
#[test]
fn an_output_that_is_not_wanted_is_not_closed() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    let script = "kafdir consume t -q -g g 1<>/dev/null; kafdir topic list 1<>/dev/null; kafdir produce t 0<>/dev/null";
    sandbox.shell(script).exits(0);
    sandbox.kafdir(["consume", "t", "-q", "-g", "g"]).exits(0);
}

#[test]
fn a_full_output_is_an_error() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    for command in [
        "consume t",
        "topic list",
        "topic describe t",
        "consume t -f -n 1",
    ] {
        sandbox
            .shell(&format!("kafdir {command} >/dev/full"))
            .stderr_has("No space left on device")
            .exits(1);
    }
}

#[test]
fn a_stopped_producer_stops_nobody_else() {
    let sandbox = Sandbox::with_topic("t", 1);
    let busy = sandbox
        .shell("exec kafdir produce t --acks 1 < <(seq 1 1000000000)")
        .start();
    for round in 0..20 {
        wait_for("the busy one appends", || {
            let size = sandbox.first_log("t-0").metadata().map_or(0, |m| m.len());
            (size > round * 100_000).then_some(())
        });
        // As a terminal's Ctrl-Z does it, wherever the program is just now.
        busy.signal(Signal::SIGTSTP);
        sandbox
            .kafdir(["produce", "t", "--timeout", "30s"])
            .input(format!("other {round}\n"))
            .exits(0);
        busy.signal(Signal::SIGCONT);
    }
    busy.signal(Signal::SIGTERM);
    busy.dies_by(Signal::SIGTERM);
    let text = sandbox.consume("t");
    assert_eq!(
        text.lines()
            .filter(|line| line.starts_with("other"))
            .count(),
        20
    );
    sandbox.is_clean();
}
