//! Names from outside, and names on disk that are not what they should be: a clear error, nothing changed.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use crate::harness::{Sandbox, Tree, seq};

/// What no topic may be called, and a word of Kafka's that says why.
const ILLEGAL: &[(&str, &str)] = &[
    ("", "empty string"),
    (".", "'.' is not allowed"),
    ("..", "'..' is not allowed"),
    ("../x", "ASCII alphanumerics"),
    ("/etc/passwd", "ASCII alphanumerics"),
    ("a/../../b", "ASCII alphanumerics"),
    ("a b", "ASCII alphanumerics"),
    ("a\nb", "ASCII alphanumerics"),
    ("ü", "ASCII alphanumerics"),
    ("a*", "ASCII alphanumerics"),
];

#[test]
fn illegal_names_are_refused_in_kafkas_words_and_nothing_is_made() {
    let sandbox = Sandbox::with_topic("t", 1);
    let before = Tree::of(&sandbox.path("."));
    for (name, told) in ILLEGAL {
        for command in [&["topic", "create", name][..], &["produce", name]] {
            sandbox
                .kafdir(command)
                .input("x\n")
                .stderr_has("opic name is invalid")
                .stderr_has(*told)
                .exits(2);
        }
        for command in [
            &["topic", "describe", name][..],
            &["topic", "alter", name, "--partitions", "2"],
            &["topic", "delete", name],
            &["topic", "trim", name, "--before", "end"],
            &["consume", name],
            &["check", name],
            &["clean", name],
        ] {
            let output = sandbox
                .kafdir(command)
                .any_stderr()
                .exits_with_one_of(&[1, 2]);
            assert!(!output.stderr.is_empty(), "{command:?}");
        }
    }
    before.is_unchanged(&Tree::of(&sandbox.path(".")));
}

#[test]
fn a_name_that_is_no_text_is_refused() {
    let sandbox = Sandbox::with_topic("t", 1);
    let before = sandbox.tree();
    let name = std::ffi::OsStr::from_bytes(b"a\xff");
    for command in ["produce", "consume"] {
        sandbox
            .kafdir([command.as_ref(), name])
            .input("x\n")
            .any_stderr()
            .exits(2);
    }
    before.is_unchanged(&sandbox.tree());
}

#[test]
fn the_longest_name_works_and_one_more_character_does_not() {
    let sandbox = Sandbox::new();
    let longest = "n".repeat(249);
    sandbox
        .kafdir(["produce", "-q", &longest])
        .input("x\n")
        .exits(0);
    sandbox
        .kafdir(["topic", "alter", "-q", &longest, "--partitions", "12"])
        .exits(0);
    sandbox.kafdir(["consume", &longest]).stdout("x\n").exits(0);
    sandbox.is_clean();
    sandbox.kafdir(["topic", "delete", "-q", &longest]).exits(0);
    sandbox.kafdir(["topic", "list"]).exits(0);

    let before = sandbox.tree();
    sandbox
        .kafdir(["produce", &"n".repeat(250)])
        .input("x\n")
        .stderr_has("longer than the max allowed length 249")
        .exits(2);
    before.is_unchanged(&sandbox.tree());
}

#[test]
fn odd_but_legal_names_work() {
    for name in [
        "-rf",
        "a-0",
        "a-0-1",
        "...",
        "_",
        "0",
        "con",
        "trailing.",
        "A",
    ] {
        let sandbox = Sandbox::new();
        sandbox
            .kafdir(["produce", "-q", "--", name])
            .input("x\n")
            .exits(0);
        sandbox
            .kafdir(["consume", "--", name])
            .stdout("x\n")
            .exits(0);
        sandbox
            .kafdir(["topic", "list"])
            .stdout(format!("{name}\n"))
            .exits(0);
        sandbox
            .kafdir(["topic", "delete", "-q", "--", name])
            .exits(0);
    }
}

#[test]
fn names_that_differ_in_case_alone_are_two_topics() {
    let sandbox = Sandbox::with_topic("orders", 1);
    sandbox.create("Orders", 1, &[]);
    sandbox.produce("Orders", "upper\n");
    sandbox.produce("orders", "lower\n");
    sandbox
        .kafdir(["consume", "Orders"])
        .stdout("upper\n")
        .exits(0);
}

/// What stands in place of a file of ours.
#[derive(Clone, Copy, Debug)]
enum Impostor {
    Link,
    DanglingLink,
    Fifo,
    Directory,
}

const IMPOSTORS: [Impostor; 4] = [
    Impostor::Link,
    Impostor::DanglingLink,
    Impostor::Fifo,
    Impostor::Directory,
];

fn put(impostor: Impostor, path: &Path, target: &Path) {
    if path.is_dir() {
        fs::remove_dir_all(path).unwrap();
    } else if path.symlink_metadata().is_ok() {
        fs::remove_file(path).unwrap();
    }
    match impostor {
        Impostor::Link => symlink(target, path).unwrap(),
        Impostor::DanglingLink => symlink("/nowhere/at/all", path).unwrap(),
        Impostor::Fifo => mkfifo(path, Mode::S_IRWXU).unwrap(),
        Impostor::Directory => fs::create_dir(path).unwrap(),
    }
}

#[test]
fn an_impostor_in_place_of_a_file_is_refused_and_its_target_left_alone() {
    for file in [
        "logs/t-0/00000000000000000000.log",
        "locks/partitions/t-0",
        "topics/t.json",
        "meta.properties",
        "locks/topics",
    ] {
        for impostor in IMPOSTORS {
            let sandbox = Sandbox::with_topic("t", 1);
            sandbox.produce("t", seq(1, 10));
            let target = sandbox.file("target", "not to be touched\n");
            put(impostor, &sandbox.store().join(file), &target);
            let before = Tree::of(&sandbox.path("."));
            refuses_or_goes_around(&sandbox, file, impostor);
            assert_eq!(fs::read_to_string(target).unwrap(), "not to be touched\n");
            assert!(!Path::new("/nowhere").exists());
            let (link, now) = (Path::new("store").join(file), Tree::of(&sandbox.path(".")));
            let only = |tree: Tree| tree.without(|path| path != link);
            only(before).is_unchanged(&only(now));
        }
    }
}

/// Commands that need the file fail and name it; those that don't may succeed; none hangs or dies.
#[track_caller]
fn refuses_or_goes_around(sandbox: &Sandbox, file: &str, impostor: Impostor) {
    let name = Path::new(file).file_name().unwrap().to_str().unwrap();
    let mut refused = 0;
    for command in [
        &["produce", "t", "--timeout", "2s"][..],
        &["topic", "create", "other", "--timeout", "2s"],
        &["consume", "t"],
        &["topic", "list"],
        &["check"],
    ] {
        let output = sandbox
            .kafdir(command)
            .input("x\n")
            .any_stdout()
            .any_stderr()
            .exits_with_one_of(&[0, 1, 6]);
        let told =
            output.stderr.contains(name) || String::from_utf8_lossy(&output.stdout).contains(name);
        refused += usize::from(told);
    }
    assert!(
        refused > 0,
        "nobody said anything of {file} being a {impostor:?}"
    );
}

#[test]
fn a_fifo_among_the_segments_stops_nobody() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 10));
    let stray = sandbox.partition("t-0").join("00000000000000000005.log");
    mkfifo(&stray, Mode::S_IRWXU).unwrap();
    sandbox
        .kafdir(["check"])
        .stdout_has("00000000000000000005.log")
        .any_stderr()
        .exits(6);
    let output = sandbox
        .kafdir(["consume", "t"])
        .any_stdout()
        .any_stderr()
        .exits_with_one_of(&[0, 1, 6]);
    assert!(seq(1, 10).starts_with(&output.stdout));
}

#[test]
fn a_link_in_place_of_the_store_is_the_stores_owner_s_choice() {
    let sandbox = Sandbox::with_topic("t", 1);
    symlink("store", sandbox.path("link")).unwrap();
    sandbox
        .kafdir(["produce", "t"])
        .env("KAFDIR", sandbox.path("link"))
        .input("x\n")
        .exits(0);
    sandbox.kafdir(["consume", "t"]).stdout("x\n").exits(0);
}

#[test]
fn a_relative_store_is_taken_from_where_one_stands() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .kafdir(["topic", "list"])
        .env("KAFDIR", "store")
        .stdout("t\n")
        .exits(0);
    sandbox
        .kafdir(["topic", "list", "--dir", "./home/../store"])
        .without_env("KAFDIR")
        .stdout("t\n")
        .exits(0);
}

/// Root may do anything, so these run as nobody.
#[test]
fn what_may_not_be_read_or_written_is_said() {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    for (path, mode, command, code) in [
        ("store", 0o000, "consume t", 1),
        ("store", 0o000, "produce t", 1),
        ("store/logs", 0o000, "consume t", 1),
        ("store/logs/t-0", 0o000, "consume t", 1),
        (
            "store/logs/t-0/00000000000000000000.log",
            0o000,
            "consume t",
            1,
        ),
        ("store/logs/t-0", 0o555, "consume t", 0),
        ("store/topics/t.json", 0o000, "consume t", 1),
        ("store/locks/partitions/t-0", 0o444, "produce t", 1),
        ("store/locks", 0o000, "consume t", 0),
    ] {
        let sandbox = Sandbox::with_topic("t", 1);
        sandbox.produce("t", "kept\n");
        let script = format!(
            "chmod 755 . && chown -R nobody store && chmod {mode:o} {path}
             setpriv --reuid=65534 --clear-groups kafdir {command}"
        );
        let call = sandbox
            .shell(&script)
            .input("new\n")
            .any_stderr()
            .any_stdout();
        let output = call.exits(code);
        if code == 0 {
            assert_eq!(output.stdout, b"kept\n", "{path} {mode:o} {command}");
        } else {
            let told = output.stderr.contains("ermission denied");
            assert!(told, "{path} {mode:o} {command}: {}", output.stderr);
        }
        fs::set_permissions(sandbox.path(path), fs::Permissions::from_mode(0o755)).unwrap();
        sandbox
            .kafdir(["consume", "t"])
            .stdout("kept\n")
            .any_stderr()
            .exits(0);
    }
}

#[test]
fn a_store_on_a_read_only_mount_is_read() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "kept\n");
    let probe = "unshare --map-root-user --mount true 2>/dev/null || exit 0;";
    let script = format!(
        "{probe} unshare --map-root-user --mount bash -euc '
           mount --bind store store; mount -o remount,bind,ro store
           kafdir consume t; kafdir topic list; kafdir check >&2
           kafdir consume t -f --timeout 100ms
           for command in \"produce t\" \"topic create u\" \"topic delete t\" \"topic trim t --before end\"; do
             code=0; echo x | kafdir $command 2>error || code=$?
             grep -q \"ead-only file system\" error || cat error
             echo $command: $code
           done'"
    );
    sandbox
        .shell(&script)
        .stdout(
            "kept\nt\nkept\nproduce t: 1\ntopic create u: 1\ntopic delete t: 1\ntopic trim t --before end: 1\n",
        )
        .any_stderr()
        .exits(0);
}
