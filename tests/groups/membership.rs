//! Members as the kernel knows them: alive, dead, stopped, short of files.

use nix::sys::signal::Signal;

use crate::group_file::{holders_of, members};
use crate::harness::{Running, Sandbox, seq, wait_for};
use crate::inside;
use crate::stopping::stop;

fn follow(sandbox: &Sandbox) -> Running {
    sandbox
        .kafdir(["consume", "t", "-q", "-f", "-g", "g"])
        .start()
}

#[test]
fn a_killed_members_partition_is_read_on_by_another() {
    let sandbox = Sandbox::with_topic("t", 1);
    let mut first = follow(&sandbox);
    wait_for("the first holds it", || {
        (holders_of(&sandbox) == [first.id()]).then_some(())
    });
    let mut second = follow(&sandbox);
    wait_for("both are there", || (members(&sandbox) == 2).then_some(()));
    sandbox.produce("t", seq(1, 1));
    assert_eq!(first.line(), "1");
    first.signal(Signal::SIGKILL);
    first.dies_by(Signal::SIGKILL);
    wait_for("the second holds it", || {
        (holders_of(&sandbox) == [second.id()]).then_some(())
    });
    sandbox.produce("t", seq(2, 2));
    let mut line = second.line();
    if line == "1" {
        // It was not committed when its reader died.
        line = second.line();
    }
    assert_eq!(line, "2");
}

#[test]
fn a_stopped_member_keeps_what_it_holds() {
    let sandbox = Sandbox::with_topic("t", 1);
    let first = follow(&sandbox);
    wait_for("the first holds it", || {
        (holders_of(&sandbox) == [first.id()]).then_some(())
    });
    stop(&sandbox, &first);
    sandbox.produce("t", seq(1, 3));
    sandbox
        .kafdir(["consume", "t", "-g", "g", "--fail-if-empty"])
        .stderr_has(format!("(client id kafdir, pid {}) has t-0", first.id()))
        .exits(3);
    assert_eq!(holders_of(&sandbox), [first.id()]);
    first.signal(Signal::SIGCONT);
}

#[test]
fn too_few_files_are_an_error_that_says_so() {
    let sandbox = Sandbox::with_topic("t", 60);
    let script = "ulimit -n 40; exec kafdir consume t -q -g g";
    let output = sandbox.shell(script).any_stderr().exits(1);
    let said = output.stderr;
    assert!(said.contains("ulimit -n"), "{said}");
    // Nothing is left of it but a group without members.
    sandbox.kafdir(["consume", "t", "-q", "-g", "g"]).exits(0);
}

#[test]
fn a_member_of_another_boot_is_none() {
    let sandbox = Sandbox::with_topic("t", 1);
    let old = inside::join(&sandbox, "g", "old", "t");
    sandbox.produce("t", seq(1, 2));
    sandbox
        .kafdir(["consume", "t", "-q", "-g", "g"])
        .env("KAFDIR_BOOT_ID", "the next one")
        .stdout("1\n2\n")
        .exits(0);
    drop(old);
}
