//! A topic that is deleted, or deleted and made anew, under running producers and consumers: a clear error there, and
//! nothing lost in the new one.

use nix::sys::signal::Signal;

use crate::harness::{Running, Sandbox, seq, wait_for};

/// A producer that has stored its first line.
fn producer(sandbox: &Sandbox) -> Running {
    let mut producer = sandbox.kafdir(["produce", "t", "--acks", "1"]).start();
    producer.send("old\n");
    wait_for("the first line is stored", || {
        (sandbox.consume("t") == "old\n").then_some(())
    });
    producer
}

/// Sends lines until the producer has gone, since only an append can tell it of its topic's end.
fn send_until_it_fails(mut producer: Running) {
    producer.send("too late\n");
    producer.says("deleted");
    let stderr = producer.exits(1);
    assert!(stderr.contains('t'), "{stderr}");
}

#[test]
fn a_producer_fails_once_its_topic_is_deleted() {
    let sandbox = Sandbox::with_topic("t", 1);
    let producer = producer(&sandbox);
    sandbox.kafdir(["topic", "delete", "-q", "t"]).exits(0);
    send_until_it_fails(producer);
    sandbox.kafdir(["topic", "list"]).exits(0);
    assert!(!sandbox.partition("t-0").exists());
    sandbox.is_clean();
}

#[test]
fn a_producer_fails_although_there_is_a_new_topic_of_that_name() {
    let sandbox = Sandbox::with_topic("t", 1);
    let producer = producer(&sandbox);
    sandbox.kafdir(["topic", "delete", "-q", "t"]).exits(0);
    sandbox.create("t", 1, &[]);
    sandbox.produce("t", "new\n");
    send_until_it_fails(producer);
    sandbox.produce("t", "newer\n");
    sandbox
        .kafdir(["consume", "t", "-F", "%o %s\\n"])
        .stdout("0 new\n1 newer\n")
        .exits(0);
    sandbox.is_clean();
}

#[test]
fn a_follower_fails_once_its_topic_is_deleted() {
    let sandbox = Sandbox::with_topic("t", 2);
    sandbox.produce("t", "a\n");
    let mut follower = sandbox.kafdir(["consume", "t", "-f"]).start();
    assert_eq!(follower.line(), "a");
    sandbox.kafdir(["topic", "delete", "-q", "t"]).exits(0);
    let stderr = follower.exits(1);
    assert!(stderr.contains("deleted"), "{stderr}");
}

#[test]
fn a_follower_never_mixes_the_old_with_the_new() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 10));
    let mut follower = sandbox.kafdir(["consume", "t", "-f"]).start();
    for number in 1..=10 {
        assert_eq!(follower.line(), number.to_string());
    }
    // Stopped, it sees neither the deletion nor the creation until there is a longer log of that name.
    follower.signal(Signal::SIGSTOP);
    sandbox.kafdir(["topic", "delete", "-q", "t"]).exits(0);
    sandbox.create("t", 1, &[]);
    sandbox.produce("t", seq(101, 150));
    follower.signal(Signal::SIGCONT);
    let stderr = follower.exits(1);
    assert!(stderr.contains("deleted"), "{stderr}");
    assert_eq!(sandbox.consume("t").as_bytes(), seq(101, 150));
}

#[test]
fn a_reader_half_way_through_is_told() {
    let sandbox = Sandbox::with_config("t", 1, &["segment.bytes=1048576"]);
    sandbox.produce("t", seq(1, 1_000_000));
    // A pipe nobody empties: the reader stands still somewhere in the middle.
    let script = "set +o pipefail; kafdir consume t | { read -r first; echo $first
        kafdir topic delete -q t; kafdir topic create -q t; seq 5 | kafdir produce t
        cat > rest; }; echo ${PIPESTATUS[0]}";
    let output = sandbox.shell(script).any_stdout().any_stderr().exits(0);
    let text = output.text();
    let code = text.lines().last().unwrap().to_owned();
    let rest = std::fs::read(sandbox.path("rest")).unwrap();
    // What was open may be read to its end; what was not is an error. Never the new topic's records, never a gap.
    let expected = seq(2, 1_000_000);
    assert!(expected.starts_with(&rest), "not a prefix of the old topic");
    match code.as_str() {
        "0" => assert!(rest == expected, "exit 0 without having read it all"),
        "1" => {}
        _ => panic!("exit {code}"),
    }
    sandbox.kafdir(["consume", "t"]).stdout(seq(1, 5)).exits(0);
}

#[test]
fn busy_producers_and_deletions_lose_nothing_that_was_acknowledged_to_the_new_topic() {
    let sandbox = Sandbox::with_topic("t", 2);
    for round in 0..10 {
        let busy: Vec<Running> = (0..2)
            .map(|number| {
                let lines = format!("seq -f 'old{round}.{number} %.0f' 1 100000000");
                sandbox
                    .shell(&format!(
                        "exec kafdir produce -q t -p {number} < <({lines})"
                    ))
                    .start()
            })
            .collect();
        wait_for("both write", || {
            let size = |name| sandbox.first_log(name).metadata().map_or(0, |m| m.len());
            (size("t-0") > 100_000 && size("t-1") > 100_000).then_some(())
        });
        sandbox.kafdir(["topic", "delete", "-q", "t"]).exits(0);
        sandbox.create("t", 2, &[]);
        let mine = format!("mine {round}\n").repeat(100);
        sandbox.produce("t", &mine);
        for producer in busy {
            let stderr = producer.exits(1);
            assert!(stderr.contains("deleted"), "{stderr}");
        }
        let text = sandbox.consume("t");
        assert_eq!(text, mine, "round {round}");
        sandbox.is_clean();
    }
}

#[test]
fn deleting_a_topic_twice_at_once_deletes_it_once() {
    for _ in 0..5 {
        let sandbox = Sandbox::with_topic("t", 4);
        sandbox.produce("t", seq(1, 100));
        let script =
            "kafdir topic delete -q t --if-exists & kafdir topic delete -q t --if-exists; wait $!";
        sandbox.shell(script).exits(0);
        sandbox.kafdir(["topic", "list"]).exits(0);
        sandbox.is_clean();
    }
}

#[test]
fn creating_a_topic_many_times_at_once_creates_it_once() {
    let sandbox = Sandbox::new();
    let script = "for i in 1 2 3 4 5 6 7 8; do kafdir topic create t -p 3 2>>errors && echo made & done; wait";
    sandbox.shell(script).stdout("made\n").exits(0);
    let errors = std::fs::read_to_string(sandbox.path("errors")).unwrap();
    assert_eq!(errors.matches("already exists").count(), 7, "{errors}");
    sandbox.is_clean();
}

#[test]
fn producers_that_find_no_topic_create_one_between_them() {
    let sandbox = Sandbox::new();
    let script =
        "for i in 1 2 3 4 5 6 7 8; do echo $i | kafdir produce -q t || echo failed & done; wait";
    sandbox.shell(script).exits(0);
    let text = sandbox.consume("t");
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["1", "2", "3", "4", "5", "6", "7", "8"]);
    sandbox.is_clean();
}

#[test]
fn a_topic_made_anew_begins_at_zero_whatever_was_trimmed_before() {
    let sandbox = Sandbox::with_config("t", 1, &["segment.bytes=4096"]);
    sandbox.produce("t", seq(1, 2000));
    sandbox
        .kafdir(["topic", "trim", "-q", "t", "--before", "1500"])
        .any_stdout()
        .exits(0);
    sandbox.kafdir(["topic", "delete", "-q", "t"]).exits(0);
    for checkpoint in ["log-start-offset", "recovery-point-offset"] {
        let path = sandbox
            .store()
            .join(format!("logs/{checkpoint}-checkpoint"));
        let text = std::fs::read_to_string(path).unwrap_or_default();
        assert!(!text.contains("t 0"), "{checkpoint}: {text}");
    }
    sandbox.create("t", 1, &[]);
    sandbox.produce("t", "new\n");
    sandbox
        .kafdir(["consume", "t", "-F", "%o %s\\n"])
        .stdout("0 new\n")
        .exits(0);
    sandbox.is_clean();
}
