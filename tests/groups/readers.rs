//! What the reader of standard output took: pipes, sockets, files, and readers that go.

use std::fs;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Stdio};

use nix::sys::signal::Signal;

use crate::harness::{Sandbox, seq, wait_for};
use crate::offsets::committed;

fn filled(lines: usize) -> Sandbox {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, lines));
    sandbox
}

/// How many lines a group stands at.
fn stands(sandbox: &Sandbox, group: &str) -> usize {
    let offset = committed(sandbox, group, "t", 0).unwrap_or(0);
    usize::try_from(offset).unwrap()
}

#[test]
fn a_reader_that_goes_leaves_the_group_at_or_before_what_it_used() {
    for lines in [5, 20, 100_000] {
        let sandbox = filled(lines);
        let mut printed = 0;
        for round in 1..=3 {
            let at = stands(&sandbox, "g");
            let script =
                "set +o pipefail; kafdir consume t -g g 2> err | head -5; echo ${PIPESTATUS[0]}";
            let output = sandbox.shell(script).any_stdout().exits(0).text();
            let mut expected = seq(at + 1, (at + 5).min(lines));
            expected.extend(b"0\n");
            assert_eq!(output.as_bytes(), expected, "{lines} lines, round {round}");
            printed = printed.max(at + 5);
            assert!(
                stands(&sandbox, "g") <= printed,
                "{lines} lines, round {round}"
            );
            let told = fs::read_to_string(sandbox.path("err")).unwrap();
            let notes: Vec<&str> = told
                .lines()
                .filter(|line| !line.contains("is new"))
                .collect();
            assert!(
                notes.len() == 1 && notes[0].contains("come again"),
                "{told}"
            );
        }
    }
}

#[test]
fn a_number_is_exact() {
    for lines in [5, 20, 100_000] {
        for reader in ["cat", "head -5", "wc -l"] {
            let sandbox = filled(lines);
            let script = format!("kafdir consume t -q -g g -n 5 | {reader}");
            sandbox.shell(&script).any_stdout().exits(0);
            assert_eq!(stands(&sandbox, "g"), 5, "{lines} lines to {reader}");
        }
    }
}

#[test]
fn a_reader_that_reads_all_has_all() {
    for lines in [5, 20, 100_000] {
        let sandbox = filled(lines);
        sandbox
            .shell("kafdir consume t -q -g g | cat")
            .stdout(seq(1, lines))
            .exits(0);
        assert_eq!(stands(&sandbox, "g"), lines);
        // One byte at a time.
        sandbox
            .shell("kafdir consume t -q -g h -n 20 | while read -r line; do echo $line; done")
            .stdout(seq(1, lines.min(20)))
            .exits(0);
        assert_eq!(stands(&sandbox, "h"), lines.min(20));
    }
}

/// A member whose standard output is `output`.
fn member(sandbox: &Sandbox, output: impl Into<OwnedFd>) -> Child {
    let args = ["consume", "t", "-q", "-g", "g", "--commit-interval", "20ms"];
    sandbox
        .kafdir(args)
        .into_command()
        .stdin(Stdio::null())
        .stdout(Stdio::from(output.into()))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Reads slowly, sees the group follow, and goes half-way.
fn read_half(sandbox: &Sandbox, mut child: Child, mut reader: impl Read) {
    let (mut taken, mut lines, mut buffer) = (0_usize, Vec::new(), vec![0; 40_000]);
    while taken < 400_000 {
        let before = stands(sandbox, "g");
        let count = reader.read(&mut buffer).unwrap();
        taken += count;
        lines.extend_from_slice(&buffer[..count]);
        let whole = memchr::memchr_iter(b'\n', &lines).count();
        assert!(
            stands(sandbox, "g") <= whole,
            "{before} of {whole} lines read"
        );
    }
    wait_for("commits while it is read slowly", || {
        (stands(sandbox, "g") > 0).then_some(())
    });
    drop(reader);
    let status = child.wait().unwrap();
    let mut told = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut told)
        .unwrap();
    assert_eq!((status.code(), told.as_str()), (Some(0), ""));
    let whole = memchr::memchr_iter(b'\n', &lines).count();
    let at = stands(sandbox, "g");
    assert!(at > 0 && at <= whole, "{at} of {whole} lines read");
    sandbox
        .kafdir(["consume", "t", "-q", "-g", "g", "-n", "1"])
        .stdout(format!("{}\n", at + 1))
        .exits(0);
}

#[test]
fn a_slow_reader_of_a_pipe_that_goes_half_way() {
    let sandbox = filled(200_000);
    let (reader, writer) = std::io::pipe().unwrap();
    let child = member(&sandbox, writer);
    read_half(&sandbox, child, reader);
}

#[test]
fn a_slow_reader_of_a_socket_that_goes_half_way() {
    let sandbox = filled(200_000);
    let (reader, writer) = UnixStream::pair().unwrap();
    let child = member(&sandbox, writer);
    read_half(&sandbox, child, reader);
}

#[test]
fn a_socket_that_is_read_to_its_end() {
    let sandbox = filled(100_000);
    let (mut reader, writer) = UnixStream::pair().unwrap();
    let mut child = member(&sandbox, writer);
    let mut all = Vec::new();
    reader.read_to_end(&mut all).unwrap();
    assert!(all == seq(1, 100_000));
    assert!(child.wait().unwrap().success());
    assert_eq!(stands(&sandbox, "g"), 100_000);
}

#[test]
fn of_a_connection_the_kernel_knows_the_other_kernel_only() {
    let sandbox = filled(10);
    let connected = || {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let writer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (listener.accept().unwrap().0, writer)
    };
    let (_reader, writer) = connected();
    let child = member(&sandbox, writer).wait_with_output().unwrap();
    assert_eq!(child.status.code(), Some(2));
    let told = String::from_utf8(child.stderr).unwrap();
    assert!(told.contains("--commit-on-write"), "{told}");
    let (mut reader, writer) = connected();
    let args = ["consume", "t", "-q", "-g", "g", "--commit-on-write"];
    let mut child = sandbox
        .kafdir(args)
        .into_command()
        .stdout(Stdio::from(OwnedFd::from(writer)))
        .spawn()
        .unwrap();
    let mut all = Vec::new();
    reader.read_to_end(&mut all).unwrap();
    assert_eq!(all, seq(1, 10));
    assert!(child.wait().unwrap().success());
    assert_eq!(stands(&sandbox, "g"), 10);
}

#[test]
fn a_file_and_what_throws_everything_away_take_all() {
    let sandbox = filled(100_000);
    sandbox.shell("kafdir consume t -q -g g > out").exits(0);
    assert!(fs::read(sandbox.path("out")).unwrap() == seq(1, 100_000));
    assert_eq!(stands(&sandbox, "g"), 100_000);
    sandbox
        .shell("kafdir consume t -q -g h > /dev/null")
        .exits(0);
    assert_eq!(stands(&sandbox, "h"), 100_000);
}

#[test]
fn a_full_disk_moves_nothing_past_what_it_holds() {
    let sandbox = filled(100_000);
    sandbox
        .shell("kafdir consume t -q -g g > /dev/full")
        .stderr_has("No space")
        .exits(1);
    assert_eq!(committed(&sandbox, "g", "t", 0), None);
    sandbox
        .shell("ulimit -f 300; kafdir consume t -q -g g > out")
        .stderr_has("cannot write standard output")
        .exits(1);
    let held = fs::read(sandbox.path("out")).unwrap();
    let whole = memchr::memchr_iter(b'\n', &held).count();
    assert!(whole > 10_000 && whole < 100_000);
    let at = stands(&sandbox, "g");
    // Of very many small records it is known for every few kilobytes only.
    assert!(
        at <= whole && seq(at + 1, whole).len() <= 4096,
        "{at} of {whole}"
    );
    sandbox.shell("kafdir consume t -q -g g > rest").exits(0);
    let rest = fs::read(sandbox.path("rest")).unwrap();
    assert!(rest == seq(at + 1, 100_000));
}

#[test]
fn a_reader_that_was_never_there_took_nothing() {
    let sandbox = filled(10);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let child = member(&sandbox, writer).wait_with_output().unwrap();
    assert_eq!(child.status.code(), Some(0));
    assert_eq!(committed(&sandbox, "g", "t", 0), None);
}

/// The reader does not read at all: a revocation and a signal wait for it, but not for ever.
#[test]
fn a_reader_that_hangs_holds_nobody_up_for_long() {
    let sandbox = Sandbox::with_topic("t", 2);
    for partition in ["0", "1"] {
        sandbox
            .kafdir(["produce", "-q", "t", "-p", partition])
            .input(seq(1, 50_000))
            .exits(0);
    }
    let (_reader, writer) = std::io::pipe().unwrap();
    let args = [
        "consume",
        "t",
        "-q",
        "-f",
        "-g",
        "g",
        "--drain-timeout",
        "50ms",
    ];
    let mut command = sandbox.kafdir(args).into_command();
    let mut stuck = command
        .stdout(Stdio::from(OwnedFd::from(writer)))
        .spawn()
        .unwrap();
    wait_for("the first member holds both", || {
        let group = crate::crowd::group(&sandbox)?;
        let held = group["partitions"].as_array()?.iter();
        (held.filter(|entry| entry["holder"].is_string()).count() == 2).then_some(())
    });
    let mut other = sandbox
        .kafdir(["consume", "t", "-q", "-f", "-g", "g"])
        .start();
    assert_eq!(other.line(), "1");
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(i32::try_from(stuck.id()).unwrap()),
        Signal::SIGTERM,
    )
    .unwrap();
    let status = stuck.wait().unwrap();
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&status),
        Some(Signal::SIGTERM as i32)
    );
    assert_eq!(committed(&sandbox, "g", "t", 0), None);
    assert_eq!(committed(&sandbox, "g", "t", 1), None);
    for _ in 0..99_999 {
        other.line();
    }
}
