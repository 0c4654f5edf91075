//! The crontab line and the systemd unit of kafdir-groups(7), taken from the page and run.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use nix::sys::signal::Signal;

use crate::harness::{Call, Sandbox, wait_for};

/// The page as it is read, with a test's paths in place of the system's.
fn page(sandbox: &Sandbox) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("man/kafdir-groups.7");
    let text = fs::read_to_string(path).unwrap();
    let text = text.replace("\\-", "-").replace("\\*(Aq", "'");
    let program = assert_cmd::cargo::cargo_bin!("kafdir");
    text.replace("/usr/local/bin/kafdir", program.to_str().unwrap())
        .replace("/var/lib/kafdir", sandbox.store().to_str().unwrap())
        .replace(
            "/usr/local/bin/bill",
            sandbox.path("bill").to_str().unwrap(),
        )
}

/// A topic, and a command that keeps what it is given.
fn scene() -> Sandbox {
    let sandbox = Sandbox::with_topic("orders", 1);
    sandbox.produce("orders", "one\ntwo\n");
    let billed = sandbox.path("billed");
    let script = format!("#!/bin/sh\ncat >> {}\n", billed.display());
    let bill = sandbox.file("bill", script);
    fs::set_permissions(bill, fs::Permissions::from_mode(0o755)).unwrap();
    sandbox
}

fn billed(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.path("billed")).unwrap_or_default()
}

/// A command line with the environment that cron and systemd give, and nothing else.
fn bare(sandbox: &Sandbox, line: &str, variables: &[(&str, &str)]) -> Call {
    let mut command = std::process::Command::new("/bin/sh");
    command
        .args(["-c", line])
        .current_dir(sandbox.path("home"))
        .env_clear()
        .env("HOME", sandbox.path("home"))
        .env("PATH", "/usr/bin:/bin")
        .envs(variables.iter().copied());
    Call::new(command)
}

#[test]
fn the_line_of_the_crontab() {
    let sandbox = scene();
    let page = page(&sandbox);
    let line = page.lines().find(|line| line.starts_with("*/5 ")).unwrap();
    let command = line.splitn(6, ' ').last().unwrap();
    assert!(!command.contains('%'), "a % is a line break to cron");
    bare(&sandbox, command, &[]).exits(0);
    assert_eq!(billed(&sandbox), "one\ntwo\n");
    bare(&sandbox, command, &[]).exits(0);
    assert_eq!(billed(&sandbox), "one\ntwo\n");
    sandbox.produce("orders", "three\n");
    bare(&sandbox, command, &[]).exits(0);
    assert_eq!(billed(&sandbox), "one\ntwo\nthree\n");
}

#[test]
fn the_unit() {
    let sandbox = scene();
    let page = page(&sandbox);
    let start = page.find("[Unit]").unwrap();
    let end = page[start..].find("\n.fi").unwrap();
    let unit = &page[start..start + end];
    let path = sandbox.file("billing@.service", unit);
    let verify = format!(
        "! command -v systemd-analyze > /dev/null || systemd-analyze verify {}",
        path.display()
    );
    sandbox.shell(&verify).any_stderr().exits(0);

    let value = |name: &str| {
        let line = unit.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap().replace("%i", "1")
    };
    let environment = value("Environment=");
    let line = format!("exec {}", value("ExecStart="));
    let running = bare(&sandbox, &line, &[environment.split_once('=').unwrap()]).start();
    wait_for("the worker billed what was there", || {
        (billed(&sandbox) == "one\ntwo\n").then_some(())
    });
    sandbox.produce("orders", "three\n");
    wait_for("the worker billed what came", || {
        (billed(&sandbox) == "one\ntwo\nthree\n").then_some(())
    });
    running.signal(Signal::SIGTERM);
    running.dies_by(Signal::SIGTERM);
    let args = ["group", "describe", "billing", "--json"];
    let report = sandbox.kafdir(args).any_stdout().exits(0).json();
    assert_eq!(report["state"], "Empty");
    assert_eq!(report["partitions"][0]["lag"], 0);
}
