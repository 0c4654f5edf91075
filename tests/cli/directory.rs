//! Which directory a command works on, what it makes there, and with which modes.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use crate::harness::Sandbox;

#[test]
fn a_store_is_made_by_what_writes_and_said_with_its_path() {
    for args in [&["produce", "t"][..], &["topic", "create", "t"]] {
        let sandbox = Sandbox::new();
        sandbox
            .kafdir(args)
            .input("x\n")
            .stderr_has(sandbox.store().to_str().unwrap())
            .exits(0);
        assert!(sandbox.store().join("meta.properties").is_file());
        assert!(sandbox.store().join("logs/t-0").is_dir());
        assert!(sandbox.store().join("topics/t.json").is_file());
        let again = sandbox
            .kafdir(args)
            .input("x\n")
            .any_stderr()
            .exits_with_one_of(&[0, 1]);
        assert!(!again.stderr.contains("reated"), "{}", again.stderr);
    }
}

#[test]
fn a_file_is_no_store() {
    let sandbox = Sandbox::new();
    let file = sandbox.file("file", "x").display().to_string();
    for args in [
        &["produce", "t"][..],
        &["topic", "list"],
        &["consume", "t"],
        &["check"],
    ] {
        let call = sandbox.kafdir(["--dir", &file]).args(args).input("x\n");
        call.without_env("KAFDIR")
            .stderr_has("file (from --dir) is no directory")
            .stderr_has("name the directory")
            .exits(1);
    }
    let list = sandbox.kafdir(["--log-dir", &file, "topic", "list"]);
    let list = list.without_env("KAFDIR").stderr_has("is no directory");
    list.exits(1);
}

#[test]
fn what_is_no_log_dir_is_not_said_to_have_topics() {
    let sandbox = Sandbox::with_topic("t", 1);
    fs::create_dir_all(sandbox.path("etc/dbus-1")).unwrap();
    let at = |dir: &str, args: &[&str]| {
        let call = sandbox.kafdir(["--log-dir", dir]).args(args);
        call.without_env("KAFDIR")
    };
    let call = at("etc", &["topic", "list"]).stderr_has("is no log.dir of Kafka's");
    call.stderr_has("log.dirs").exits(1);
    // Kafka's own file is not needed, nor is a directory of ours.
    let logs = sandbox.store().join("logs").display().to_string();
    at(&logs, &["topic", "list"]).stdout("t\n").exits(0);
    let missing = at(&logs, &["consume", "u"]).stderr_has("there is no topic 'u'");
    let missing = missing.exits(1);
    assert!(
        !missing.stderr.contains("topic create"),
        "{}",
        missing.stderr
    );
}

#[test]
fn no_store_is_made_by_what_reads() {
    for args in [
        &["consume", "t"][..],
        &["topic", "list"],
        &["topic", "describe", "t"],
        &["topic", "describe"],
        &["topic", "alter", "t", "--partitions", "2"],
        &["topic", "delete", "t"],
        &["topic", "trim", "t", "--before", "end"],
        &["check"],
        &["clean"],
        &["produce", "t", "--no-create"],
    ] {
        let sandbox = Sandbox::new();
        sandbox
            .kafdir(args)
            .stderr_has(sandbox.store().to_str().unwrap())
            .any_stdout()
            .exits(1);
        assert!(!sandbox.store().exists(), "{args:?}");
    }
}

#[test]
fn a_flag_beats_the_variable_and_the_variable_the_home() {
    let sandbox = Sandbox::new();
    let put = |args: &[&str], set: bool| {
        let call = sandbox
            .kafdir([&["produce", "-q", "t"], args].concat())
            .input("x\n");
        if set {
            call
        } else {
            call.without_env("KAFDIR")
        }
        .exits(0);
    };
    put(&["--dir", "by-flag"], true);
    put(&[], true);
    put(&[], false);
    for made in ["by-flag", "store", "home/.local/share/kafdir"] {
        assert!(sandbox.path(made).join("topics/t.json").is_file(), "{made}");
    }
    sandbox
        .kafdir(["produce", "-q", "t"])
        .without_env("KAFDIR")
        .env("XDG_DATA_HOME", sandbox.path("xdg"))
        .input("x\n")
        .exits(0);
    assert!(sandbox.path("xdg/kafdir/topics/t.json").is_file());
    // An empty variable is unset.
    sandbox
        .kafdir(["topic", "list"])
        .env("KAFDIR", "")
        .env("KAFDIR_BOOTSTRAP_SERVER", "")
        .stdout("t\n")
        .exits(0);
}

#[test]
fn new_files_take_group_and_mode_from_the_directory() {
    for (umask, mode, shared) in [
        ("077", 0o700, false),
        ("022", 0o755, false),
        ("077", 0o2775, true),
    ] {
        let sandbox = Sandbox::new();
        fs::create_dir(sandbox.store()).unwrap();
        fs::set_permissions(sandbox.store(), fs::Permissions::from_mode(mode)).unwrap();
        let group = if nix::unistd::geteuid().is_root() {
            12_345
        } else {
            nix::unistd::getgid().as_raw()
        };
        std::os::unix::fs::chown(sandbox.store(), None, Some(group)).unwrap();
        fs::set_permissions(sandbox.store(), fs::Permissions::from_mode(mode)).unwrap();
        sandbox
            .shell(&format!("umask {umask}; seq 10 | kafdir produce -q t; kafdir topic trim -q t --before 2 >/dev/null"))
            .exits(0);
        for entry in walkdir::WalkDir::new(sandbox.store()) {
            let entry = entry.unwrap();
            let metadata = entry.metadata().unwrap();
            let (path, mode) = (entry.path().display(), metadata.mode() & 0o7777);
            assert_eq!(mode & 0o002, 0, "{path} is writable by all: {mode:o}");
            if shared {
                assert_eq!(metadata.gid(), group, "{path}");
                assert_ne!(
                    mode & 0o020,
                    0,
                    "{path} is not writable by the group: {mode:o}"
                );
                assert!(
                    !metadata.is_dir() || mode & 0o2000 != 0,
                    "{path} is not setgid: {mode:o}"
                );
            }
        }
    }
}

#[test]
fn foreign_partition_directories_are_a_topic_at_once() {
    let origin = Sandbox::with_topic("t", 2);
    origin
        .kafdir(["produce", "t", "-p", "1"])
        .input("from elsewhere\n")
        .exits(0);
    let sandbox = Sandbox::with_topic("own", 1);
    for partition in ["t-0", "t-1"] {
        let (from, to) = (origin.partition(partition), sandbox.partition(partition));
        fs::create_dir(&to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
    sandbox
        .kafdir(["topic", "list"])
        .stdout("own\nt\n")
        .exits(0);
    sandbox
        .kafdir(["consume", "t"])
        .stdout("from elsewhere\n")
        .exits(0);
    sandbox
        .kafdir(["produce", "-q", "t", "-p", "1"])
        .input("and here\n")
        .exits(0);
    sandbox
        .kafdir(["consume", "t:1", "-F", "%o %s\\n"])
        .stdout("0 from elsewhere\n1 and here\n")
        .exits(0);
    sandbox.is_clean();
}

#[test]
fn a_log_dir_is_read_in_place_and_left_alone() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\nb\nc\n");
    sandbox
        .kafdir(["topic", "trim", "-q", "t", "--before", "1"])
        .any_stdout()
        .exits(0);
    fs::rename(sandbox.store().join("logs"), sandbox.path("broker")).unwrap();
    let before = crate::harness::Tree::of(&sandbox.path("broker"));
    let read = |args: &[&str]| {
        sandbox
            .kafdir([args, &["--log-dir", "broker"]].concat())
            .without_env("KAFDIR")
    };
    read(&["topic", "list"]).stdout("t\n").exits(0);
    read(&["consume", "t"]).stdout("b\nc\n").exits(0);
    read(&["topic", "describe", "t", "--json"])
        .stdout_has("\"log_start_offset\":1")
        .exits(0);
    read(&["check"]).any_stdout().any_stderr().exits(0);
    before.is_unchanged(&crate::harness::Tree::of(&sandbox.path("broker")));
}

#[test]
fn a_store_is_not_taken_for_a_log_dir_without_topics() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .kafdir(["--log-dir", "store", "topic", "list"])
        .without_env("KAFDIR")
        .stderr_has("store (from --log-dir) is a directory of kafdir's, and no log.dir")
        .stderr_has("help: say --dir; its log.dir is store/logs")
        .exits(1);
    sandbox
        .kafdir(["--log-dir", "store/logs", "topic", "list"])
        .without_env("KAFDIR")
        .stdout("t\n")
        .exits(0);
}

#[test]
fn a_copied_store_is_a_store_of_its_own() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    sandbox.shell("cp -a store copy").exits(0);
    for (store, line) in [("store", "b"), ("copy", "c"), ("store", "d")] {
        sandbox
            .kafdir(["produce", "t"])
            .env("KAFDIR", sandbox.path(store))
            .input(format!("{line}\n"))
            .exits(0);
    }
    for (store, expected) in [("store", "0 a\n1 b\n2 d\n"), ("copy", "0 a\n1 c\n")] {
        sandbox
            .kafdir(["consume", "t", "-F", "%o %s\\n"])
            .env("KAFDIR", sandbox.path(store))
            .stdout(expected)
            .exits(0);
        sandbox
            .kafdir(["check", "-q"])
            .env("KAFDIR", sandbox.path(store))
            .any_stdout()
            .exits(0);
    }
}

#[test]
fn a_store_in_which_a_broker_runs_is_refused() {
    let sandbox = Sandbox::with_topic("t", 1);
    // A broker holds an exclusive fcntl lock; so does this, on the same file.
    let script = "python3 -c '
import fcntl, sys
lock = open(sys.argv[1], \"r+\")
fcntl.lockf(lock, fcntl.LOCK_EX)
print(\"held\", flush=True)
sys.stdin.read()' store/logs/.lock";
    if !sandbox.store().join("logs/.lock").exists() {
        fs::write(sandbox.store().join("logs/.lock"), "").unwrap();
    }
    let mut broker = sandbox.shell(&format!("exec {script}")).start();
    assert_eq!(broker.line(), "held");
    sandbox
        .kafdir(["produce", "t"])
        .input("x\n")
        .stderr_has("broker")
        .stderr_has(".lock")
        .exits(1);
    broker.close();
    broker.exits(0);
    sandbox.produce("t", "x\n");
}

#[test]
fn server_properties_are_the_defaults_of_new_topics() {
    let sandbox = Sandbox::with_topic("first", 1);
    fs::write(
        sandbox.store().join("server.properties"),
        "# Kafka's names\nnum.partitions=3\ncompression.type=gzip\n",
    )
    .unwrap();
    sandbox.kafdir(["produce", "-q", "t"]).input("x\n").exits(0);
    assert!(sandbox.partition("t-2").is_dir());
    fs::write(
        sandbox.store().join("server.properties"),
        "auto.create.topics.enable=false\n",
    )
    .unwrap();
    sandbox
        .kafdir(["produce", "u"])
        .input("x\n")
        .stderr_has("auto.create.topics.enable")
        .exits(1);
}

#[test]
fn children_and_strangers_never_inherit_a_lock() {
    let sandbox = Sandbox::with_topic("t", 1);
    let mut producer = sandbox.kafdir(["produce", "t"]).start();
    producer.send("a\n");
    let mut follower = sandbox.kafdir(["consume", "t", "-f", "-n", "1"]).start();
    assert_eq!(follower.line(), "a");
    follower.exits(0);
    for entry in fs::read_dir(format!("/proc/{}/fdinfo", producer.id())).unwrap() {
        let entry = entry.unwrap();
        let link = format!("/proc/{}/fd/{}", producer.id(), entry.file_name().display());
        let Ok(target) = fs::read_link(link) else {
            continue;
        };
        if !target.starts_with(sandbox.store()) {
            continue;
        }
        let info = fs::read_to_string(entry.path()).unwrap();
        let flags = info
            .lines()
            .find_map(|line| line.strip_prefix("flags:"))
            .unwrap();
        let flags = i64::from_str_radix(flags.trim(), 8).unwrap();
        assert_ne!(flags & 0o2_000_000, 0, "{} is inherited", target.display());
    }
    producer.close();
    producer.exits(0);
}
