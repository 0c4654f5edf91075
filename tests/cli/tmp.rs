//! `kafdir tmp`: it stands for its COMMAND, and leaves nothing behind.

use std::fs;
use std::path::PathBuf;

use nix::sys::signal::Signal;

use crate::harness::{Call, Sandbox, wait_for};

/// A place of its own for what is temporary.
struct Place {
    sandbox: Sandbox,
    tmp: PathBuf,
}

impl Place {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let tmp = sandbox.path("tmp");
        fs::create_dir(&tmp).unwrap();
        Self { sandbox, tmp }
    }

    /// `kafdir tmp` with these arguments.
    #[track_caller]
    fn tmp(&self, args: &[&str]) -> Call {
        let call = self.sandbox.kafdir([&["tmp"], args].concat());
        call.env("TMPDIR", &self.tmp)
    }

    /// The same in a shell script, where it is `"$@"`.
    #[track_caller]
    fn shell(&self, script: &str) -> Call {
        self.sandbox.shell(script).env("TMPDIR", &self.tmp)
    }

    #[track_caller]
    fn is_empty(&self) {
        let left: Vec<_> = fs::read_dir(&self.tmp).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
        assert!(!self.sandbox.store().exists());
    }
}

#[test]
fn command_has_a_store_of_its_own_which_is_gone_afterwards() {
    let place = Place::new();
    place
        .tmp(&[
            "--",
            "sh",
            "-c",
            "seq 3 | kafdir produce -q t && kafdir consume t && stat -c %a \"$KAFDIR\" && kafdir check -q",
        ])
        // Both at once are wrong elsewhere.
        .env("KAFDIR_BOOTSTRAP_SERVER", "127.0.0.1:9")
        .any_stderr()
        .stdout("1\n2\n3\n700\n")
        .exits(0);
    place.is_empty();
}

#[test]
fn the_directory_is_an_absolute_path_of_a_store_and_the_cluster_is_unset() {
    let place = Place::new();
    let seen = place
        .shell(
            "mkdir sub; cd sub; TMPDIR=../tmp kafdir tmp -- \
             bash -c 'test -e \"$KAFDIR/meta.properties\"; env | grep ^KAFDIR'",
        )
        .env("KAFDIR_BOOTSTRAP_SERVER", "127.0.0.1:9")
        .any_stdout()
        .exits(0)
        .text();
    let path = seen.strip_prefix("KAFDIR=/").unwrap();
    assert_eq!(path.lines().count(), 1, "{seen}");
    place.is_empty();
}

#[test]
fn input_and_outputs_are_those_of_command() {
    let place = Place::new();
    let output = place
        .tmp(&["--", "sh", "-c", "cat; echo to-stderr >&2"])
        .input(b"a\0\xff\n")
        .stdout(b"a\0\xff\n")
        .stderr_has("to-stderr")
        .exits(0);
    assert_eq!(output.stderr, "to-stderr\n");
    place.is_empty();
}

#[test]
fn exit_codes_are_those_of_command() {
    let place = Place::new();
    for code in [0, 1, 2, 42, 125, 255] {
        place
            .tmp(&["--", "sh", "-c", &format!("exit {code}")])
            .exits(code);
        place.is_empty();
    }
}

#[test]
fn what_cannot_be_run_ends_as_with_env() {
    let place = Place::new();
    let plain = place.sandbox.file("plain", "no program\n");
    place
        .tmp(&["--", "no-such-command-anywhere"])
        .stderr_has("cannot run no-such-command-anywhere: No such file")
        .exits(127);
    place
        .tmp(&["--", plain.to_str().unwrap()])
        .stderr_has("Permission denied")
        .exits(126);
    // There is nothing in it to keep.
    place
        .tmp(&["--keep-on-failure", "--", ""])
        .stderr_has("No such file")
        .exits(127);
    place.is_empty();
}

#[test]
fn a_failure_of_its_own_is_125() {
    let place = Place::new();
    place
        .tmp(&["--", "touch", "ran"])
        .env("TMPDIR", place.sandbox.path("not-there"))
        .stderr_has("not-there")
        .stderr_has("help: TMPDIR")
        .exits(125);
    assert!(!place.sandbox.path("ran").exists());
}

#[test]
fn wrong_usage_runs_nothing() {
    let place = Place::new();
    for args in [
        &["--dir", "x", "--", "touch", "ran"][..],
        &["--log-dir", "x", "--", "touch", "ran"],
        &["--bootstrap-server", "h:1", "--", "touch", "ran"],
        &["--"],
        &[],
        &["touch", "ran"],
    ] {
        place.tmp(args).any_stderr().exits(2);
    }
    assert!(!place.sandbox.path("ran").exists());
    place.is_empty();
}

#[test]
fn the_death_of_command_is_the_death_of_all() {
    for signal in [
        Signal::SIGTERM,
        Signal::SIGKILL,
        Signal::SIGSEGV,
        Signal::SIGPIPE,
    ] {
        let place = Place::new();
        let script = format!("kill -{} $$", signal as i32);
        let running = place.tmp(&["--", "sh", "-c", &script]).start();
        assert_eq!(running.dies_by(signal), "");
        place.is_empty();
    }
}

#[test]
fn a_signal_is_passed_on_and_command_decides() {
    for signal in [
        Signal::SIGINT,
        Signal::SIGTERM,
        Signal::SIGHUP,
        Signal::SIGQUIT,
    ] {
        let place = Place::new();
        let mut simple = place
            .tmp(&["--", "sh", "-c", "echo begun; exec cat"])
            .start();
        assert_eq!(simple.line(), "begun");
        simple.signal(signal);
        assert_eq!(simple.dies_by(signal), "");
        let script = format!(
            "trap 'echo {signal}; exit 7' {}; echo begun; read -r line",
            signal as i32
        );
        let mut own_way = place.tmp(&["--", "bash", "-c", &script]).start();
        assert_eq!(own_way.line(), "begun");
        own_way.signal(signal);
        assert_eq!(own_way.line(), signal.as_str());
        assert_eq!(own_way.exits(7), "");
        place.is_empty();
    }
}

#[test]
fn each_signal_is_passed_on_once() {
    let place = Place::new();
    let script = "n=0; trap 'n=$((n+1)); echo $n' TERM; echo begun; \
                  while read -r line || [ $? -gt 128 ]; do :; done; echo in all $n";
    let mut running = place.tmp(&["--", "bash", "-c", script]).start();
    assert_eq!(running.line(), "begun");
    for count in ["1", "2"] {
        running.signal(Signal::SIGTERM);
        assert_eq!(running.line(), count);
    }
    running.close();
    assert_eq!(running.line(), "in all 2");
    assert_eq!(running.exits(0), "");
    place.is_empty();
}

/// Ctrl-C on a terminal reaches COMMAND by itself, and only once.
#[test]
fn what_the_terminal_says_is_not_said_twice() {
    let place = Place::new();
    let command = "n=0; trap 'n=$((n+1)); echo caught $n' INT; echo begun; \
                   read -r line; read -r line; echo in all $n";
    fs::write(place.sandbox.path("command"), command).unwrap();
    let mut running = place
        .shell("exec script -qec 'exec kafdir tmp -- bash command' /dev/null")
        .env("SHELL", "/bin/sh")
        .start();
    let mut line = || running.line().trim().replace("^C", "");
    assert_eq!(line(), "begun");
    running.send("\x03");
    let mut line = || running.line().trim().replace("^C", "");
    assert_eq!(line(), "caught 1");
    running.send("\n\n");
    let last = wait_for("the end of the count", || {
        running.line_or_end().filter(|line| line.contains("in all"))
    });
    assert_eq!(last, "in all 1");
    assert_eq!(running.exits(0), "");
    place.is_empty();
}

#[test]
fn nohup_is_meant() {
    let place = Place::new();
    let mut running = place
        .shell("trap '' HUP; exec kafdir tmp -- sh -c 'echo begun; read -r line; echo $line'")
        .start();
    assert_eq!(running.line(), "begun");
    running.signal(Signal::SIGHUP);
    running.send("on\n");
    assert_eq!(running.line(), "on");
    assert_eq!(running.exits(0), "");
    place.is_empty();
}

#[test]
fn children_that_are_ignored_are_waited_for_all_the_same() {
    let place = Place::new();
    place
        .shell("trap '' CHLD; exec kafdir tmp -- sh -c 'exit 3'")
        .exits(3);
    place.is_empty();
}

#[test]
fn a_failure_is_kept_where_that_is_wanted() {
    for (script, code) in [("exit 9", 9), ("kill -TERM $$", 143)] {
        let place = Place::new();
        let script = format!("echo a | kafdir produce -q t; {script}");
        let call = format!("set +e; kafdir tmp -q --keep-on-failure -- sh -c '{script}'; exit $?");
        let output = place.shell(&call).any_stderr().exits(code);
        let kept: Vec<PathBuf> = fs::read_dir(&place.tmp)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert_eq!(kept.len(), 1);
        let named = format!("kafdir: kept {}", kept[0].display());
        assert!(output.stderr.contains(&named), "{}", output.stderr);
        let found = place.sandbox.kafdir(["consume", "t", "--dir"]);
        found.args([&kept[0]]).stdout("a\n").exits(0);
    }
    let place = Place::new();
    place.tmp(&["--keep-on-failure", "--", "true"]).exits(0);
    place.is_empty();
}

#[test]
fn whatever_command_left_there_is_deleted() {
    let place = Place::new();
    let script = "cd \"$KAFDIR\"; mkdir -p a/b; touch a/b/c; ln -s \"$HOME\" link; mkfifo fifo; chmod -R a-rwx a";
    place.tmp(&["--", "sh", "-c", script]).exits(0);
    place.is_empty();
    assert!(place.sandbox.path("home").exists());
    // Or already deleted by COMMAND.
    place.tmp(&["--", "sh", "-c", "rm -r \"$KAFDIR\""]).exits(0);
    place.is_empty();
}

#[test]
fn what_cannot_be_deleted_is_told_and_does_not_hide_a_failure() {
    let place = Place::new();
    // A directory as the parent of one that is gone: its name is taken by a file that is none of ours.
    let script = "d=$KAFDIR; rm -r \"$d\"; echo x > \"$d\"";
    place
        .tmp(&["--", "sh", "-c", script])
        .stderr_has("cannot delete the directory")
        .exits(125);
    place
        .tmp(&["--", "sh", "-c", &format!("{script}; exit 4")])
        .stderr_has("cannot delete the directory")
        .exits(4);
}

#[test]
fn command_inherits_no_descriptor() {
    let place = Place::new();
    let listed = place
        .tmp(&[
            "--",
            "sh",
            "-c",
            "ls -l /proc/$$/fd | grep -c kafdir- || true",
        ])
        .any_stdout()
        .exits(0)
        .text();
    assert_eq!(listed, "0\n");
}

#[test]
fn one_in_another_has_its_own() {
    let place = Place::new();
    place
        .tmp(&[
            "--",
            "sh",
            "-c",
            "echo outer | kafdir produce -q t; kafdir tmp -- kafdir topic list; kafdir consume t",
        ])
        .stdout("outer\n")
        .exits(0);
    place.is_empty();
}

#[test]
fn who_is_killed_takes_command_along() {
    let place = Place::new();
    let mut running = place
        .tmp(&["--", "sh", "-c", "echo $$; exec sleep 1000"])
        .start();
    let command = running.line();
    running.signal(Signal::SIGKILL);
    assert_eq!(running.dies_by(Signal::SIGKILL), "");
    wait_for("the end of COMMAND", || {
        let status = fs::read_to_string(format!("/proc/{command}/stat")).ok();
        // A zombie has ended, too.
        status
            .is_none_or(|status| status.contains(") Z "))
            .then_some(())
    });
}
