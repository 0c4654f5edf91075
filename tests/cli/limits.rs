//! No room: a file-size limit, a full disk, no more inodes, few descriptors, little memory.

use crate::harness::{Sandbox, seq};

#[test]
fn a_file_size_limit_is_an_error_and_the_log_stays_whole() {
    for limit in [1, 7, 64] {
        let sandbox = Sandbox::with_topic("t", 1);
        sandbox.produce("t", "before\n");
        sandbox.file("input", seq(1, 100_000));
        let script = format!("ulimit -f {limit}; kafdir produce t input");
        let said = sandbox
            .shell(&script)
            .stderr_has("00000000000000000000.log")
            .stderr_has("File too large")
            .exits(1)
            .stderr;
        let text = sandbox.consume("t");
        let stored = text.lines().count() - 1;
        let expected = [b"before\n", seq(1, stored).as_slice()].concat();
        assert!(text.as_bytes() == expected, "not a prefix of the input");
        let told = format!("; {stored} records are stored\n");
        assert!(said.contains(&told), "{stored} are stored: {said}");
        sandbox.is_clean();
        sandbox.kafdir(["produce", "t", "input"]).exits(0);
        let count = sandbox.consume("t").lines().count();
        assert_eq!(count, 1 + stored + 100_000);
        sandbox.is_clean();
    }
}

/// A small tmpfs in a mount namespace of the test's own; needs root or unprivileged user namespaces.
fn on_a_small_disk(sandbox: &Sandbox, options: &str, script: &str) -> Option<crate::harness::Call> {
    let namespace = "unshare --map-root-user --mount";
    let possible = sandbox
        .shell(&format!(
            "{namespace} mount -t tmpfs none home 2>/dev/null; echo $?"
        ))
        .any_stdout()
        .exits_with_one_of(&[0, 1, 32]);
    if possible.stdout != b"0\n" {
        return None;
    }
    std::fs::create_dir_all(sandbox.store()).unwrap();
    sandbox.file("script", script);
    let command =
        format!("mount -t tmpfs -o {options} none store; KAFDIR=$PWD/store/in bash -eu script");
    Some(sandbox.shell(&format!("{namespace} bash -euc '{command}'")))
}

#[test]
fn a_full_disk_is_an_error_and_the_same_command_succeeds_once_there_is_room() {
    let sandbox = Sandbox::new();
    sandbox.file("input", seq(1, 100_000));
    let script = "
        kafdir topic create -q t
        echo before | kafdir produce t
        head -c 3600000 /dev/zero > store/filler
        code=0; kafdir produce t input 2>error || code=$?
        echo code $code; grep -c 'No space left on device' error
        kafdir check -q >&2
        stored=$(kafdir consume t | wc -l)
        kafdir consume t | cmp - <(echo before; seq 1 $((stored - 1)))
        grep -c '; '$((stored - 1))' records are stored$' error
        echo still | kafdir produce t 2>/dev/null || true
        rm store/filler
        kafdir produce t input
        kafdir check -q >&2
        kafdir consume t -o -100000 | cmp - <(seq 1 100000)
        echo done";
    if let Some(call) = on_a_small_disk(&sandbox, "size=4m", script) {
        call.stdout("code 1\n1\n1\ndone\n").exits(0);
    }
}

#[test]
fn no_inodes_left_is_an_error_and_nothing_is_half_made() {
    let sandbox = Sandbox::new();
    let script = "
        kafdir topic create -q t --config segment.bytes=16384
        seq 1 1000 | kafdir produce t
        n=0; while : > store/filler.$n; do n=$((n + 1)); done 2>/dev/null
        code=0; seq 1001 100000 | kafdir produce t 2>error || code=$?
        echo code $code; grep -c 'No space left on device' error
        code=0; kafdir topic create u 2>error || code=$?
        echo code $code; grep -c 'No space left on device' error
        rm store/filler.*
        kafdir check -q >&2
        kafdir topic list
        stored=$(kafdir consume t | wc -l)
        kafdir consume t | cmp - <(seq 1 $stored)
        seq $((stored + 1)) 100000 | kafdir produce t
        kafdir topic create -q u
        kafdir check -q >&2
        kafdir consume t | cmp - <(seq 1 100000)";
    if let Some(call) = on_a_small_disk(&sandbox, "size=64m,nr_inodes=500", script) {
        call.stdout("code 1\n1\ncode 1\n1\nt\n").exits(0);
    }
}

#[test]
fn many_partitions_need_few_descriptors() {
    let sandbox = Sandbox::with_topic("wide", 600);
    sandbox
        .shell(
            "ulimit -n 1024; seq 1 6000 | kafdir produce wide --partitioner roundrobin --acks 1
             kafdir consume wide | sort -n | cmp - <(seq 1 6000)
             kafdir check -q; kafdir topic list
             ulimit -n 100
             kafdir consume wide | sort -n | cmp - <(seq 1 6000)
             kafdir copy wide=narrow --partitions 1; kafdir consume narrow | wc -l",
        )
        .stdout("wide\n6000\n")
        .exits(0);
}

#[test]
fn partitions_are_made_and_removed_with_few_descriptors() {
    let sandbox = Sandbox::new();
    sandbox
        .shell(
            "ulimit -n 20; kafdir topic create -q wide -p 300; kafdir topic alter wide -p 400
             kafdir topic describe wide | wc -l; kafdir topic delete wide; kafdir topic list; kafdir check",
        )
        .stdout("402\n")
        .exits(0);
}

#[test]
fn more_files_than_descriptors_are_read_one_after_the_other() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .shell(
            "for i in $(seq 100 299); do echo $i > file.$i; done; mkfifo pipe; echo 300 > pipe &
             ulimit -n 64
             kafdir produce t file.* pipe
             kafdir consume t | cmp - <(seq 100 300)
             kafdir produce t file.* no-such 2>&1 || kafdir consume t | wc -l",
        )
        .stdout("kafdir: cannot open no-such: No such file or directory (os error 2)\n201\n")
        .exits(0);
}

#[test]
fn too_few_descriptors_are_an_error_and_nothing_is_lost() {
    let sandbox = Sandbox::with_topic("wide", 600);
    let script = "ulimit -n 64; seq 1 6000 | kafdir produce wide --partitioner roundrobin --acks 1";
    let output = sandbox
        .shell(script)
        .any_stderr()
        .exits_with_one_of(&[0, 1]);
    let told = output.stderr.contains("Too many open files");
    assert!(told || output.stderr.is_empty(), "{}", output.stderr);
    let output = sandbox
        .shell("ulimit -n 64; kafdir consume wide -f --idle-timeout 1s >out")
        .any_stderr()
        .exits_with_one_of(&[0, 1]);
    let told = output.stderr.contains("Too many open files");
    assert!(told || output.stderr.is_empty(), "{}", output.stderr);
    sandbox.is_clean();
}

#[test]
fn a_huge_record_takes_no_more_memory_than_said() {
    let sandbox = Sandbox::with_topic("t", 1);
    // 200 MB without a newline against a limit of 1 MiB a record: refused, in bounded memory.
    sandbox
        .shell("ulimit -v 400000; head -c 200000000 /dev/zero | tr '\\0' x | kafdir produce t")
        .stderr_has("line 1")
        .stderr_has("max.message.bytes")
        .exits(1);
    sandbox.kafdir(["consume", "t"]).exits(0);
}

#[test]
fn records_up_to_the_limit_are_stored_and_one_byte_more_is_not() {
    let sandbox = Sandbox::with_config("t", 1, &["max.message.bytes=5000000"]);
    let value = "x".repeat(4_999_000);
    sandbox.kafdir(["produce", "t"]).input(&value).exits(0);
    sandbox
        .kafdir(["consume", "t"])
        .stdout(format!("{value}\n"))
        .exits(0);
    sandbox
        .kafdir(["produce", "t"])
        .input("x".repeat(5_000_001))
        .stderr_has("max.message.bytes")
        .exits(1);
    sandbox.is_clean();
}
