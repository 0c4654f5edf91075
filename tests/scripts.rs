//! Every script in tests/scripts is run as a user would run it: under bash, and once more under dash where it says that
//! it is written for any POSIX shell.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on has failed, and the panic says where"
)]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tempfile::TempDir;

#[path = "cli/harness/foreground.rs"]
mod foreground;

/// The line by which a script says that it runs under any POSIX shell.
const POSIX: &str = "# Shell: POSIX";

/// The seconds after which a script has failed.
const DEADLINE: &str = "120";

const SYSTEM_PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

#[test]
fn every_script_passes() {
    let scripts = scripts();
    assert!(scripts.len() > 5, "the scripts were not found");
    foreground::leave_background();
    let programs = programs();
    let mut failures = Vec::new();
    for script in &scripts {
        let text = fs::read_to_string(script).unwrap();
        failures.extend(failure("bash", "-euo pipefail", script, programs.path()));
        if text.lines().any(|line| line == POSIX) {
            failures.extend(failure("dash", "-eu", script, programs.path()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// All scripts, sorted by name; `expect.sh` is what they share.
fn scripts() -> Vec<PathBuf> {
    let mut scripts: Vec<PathBuf> = fs::read_dir(directory())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sh"))
        .filter(|path| path.file_name().is_some_and(|name| name != "expect.sh"))
        .collect();
    scripts.sort();
    scripts
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts")
}

/// A directory with the program, which every user can get at: where it was built may be open to one user alone.
fn programs() -> TempDir {
    let programs = tempfile::Builder::new()
        .prefix("kafdir-programs-")
        .permissions(Permissions::from_mode(0o755))
        .tempdir()
        .unwrap();
    let built = assert_cmd::cargo::cargo_bin!("kafdir");
    fs::copy(built, programs.path().join("kafdir")).unwrap();
    programs
}

/// Runs a script in an empty directory with a cleared environment; its failure, told.
fn failure(shell: &str, options: &str, script: &Path, programs: &Path) -> Option<String> {
    let place = tempfile::Builder::new()
        .prefix("kafdir-script-")
        .tempdir()
        .unwrap();
    let home = place.path().join("home");
    fs::create_dir(&home).unwrap();
    let told = place.path().join("told");
    let log = fs::File::create(&told).unwrap();
    let mut child = Command::new("timeout")
        .args(["--kill-after=5", DEADLINE, shell])
        .args(options.split(' '))
        .arg(script)
        .current_dir(place.path())
        .env_clear()
        .env("PATH", format!("{}:{SYSTEM_PATH}", programs.display()))
        .env("HOME", &home)
        .env("LC_ALL", "C.UTF-8")
        .env("TZ", "UTC")
        .env("EXPECT", directory().join("expect.sh"))
        // A file, not a pipe: a process that a script leaves behind must not keep us waiting.
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .process_group(0)
        .spawn()
        .unwrap();
    let status = child.wait().unwrap();
    let left = Pid::from_raw(i32::try_from(child.id()).unwrap());
    let orphans = killpg(left, Signal::SIGKILL).is_ok();
    if status.success() && !orphans {
        return None;
    }
    Some(format!(
        "{} under {shell}: {status}{}\n{}",
        script.file_name().unwrap().display(),
        if orphans {
            ", and left a process behind"
        } else {
            ""
        },
        fs::read_to_string(told).unwrap()
    ))
}
