//! Files of groups that are not what was written: an error, a finding, and never a group that begins anew.

use std::fs;
use std::path::PathBuf;

use crate::harness::{Sandbox, seq};

fn scene() -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 10));
    sandbox
        .kafdir(["group", "commit", "-q", "g", "t:0=5"])
        .exits(0);
    let dir = sandbox.store().join("groups/g");
    (sandbox, dir)
}

#[test]
fn offsets_that_can_not_be_read_stay_as_they_are() {
    let (sandbox, dir) = scene();
    let path = dir.join("offsets.json");
    let good = fs::read_to_string(&path).unwrap();
    for bad in [
        "",
        "{",
        &good[..good.len() / 2],
        &good.replace("\"offset\":5", "\"offset\":-5"),
    ] {
        fs::write(&path, bad).unwrap();
        for args in [
            &["group", "describe", "g"][..],
            &["group", "describe", "g", "--json"],
            &["group", "reset", "g", "--topic", "t", "--to-earliest"],
            &["group", "commit", "g", "t:0=1"],
            &["group", "delete", "g", "--topic", "t"],
        ] {
            sandbox
                .kafdir(args)
                .stderr_has(path.to_str().unwrap())
                .exits(6);
        }
        sandbox
            .kafdir(["check"])
            .stdout_has(format!("{}: bad-file: ", path.display()))
            .exits(6);
        sandbox
            .kafdir(["check", "--repair"])
            .stdout_has("left as it is")
            .exits(6);
        assert_eq!(fs::read_to_string(&path).unwrap(), bad);
    }
    fs::write(&path, good).unwrap();
    sandbox.is_clean();
}

#[test]
fn a_group_file_that_can_not_be_read_is_damage_in_the_boot_it_was_written_in() {
    let (sandbox, dir) = scene();
    let path = dir.join("group.json");
    let good = fs::read_to_string(&path).unwrap();
    fs::write(&path, &good[..good.len() / 2]).unwrap();
    sandbox
        .kafdir(["group", "describe", "g"])
        .stderr_has(path.to_str().unwrap())
        .exits(6);
    sandbox
        .kafdir(["group", "reset", "g", "--topic", "t", "--to-earliest"])
        .stderr_has(path.to_str().unwrap())
        .exits(6);
    sandbox
        .kafdir(["check"])
        .stdout_has(format!("{}: bad-file: ", path.display()))
        .exits(6);
    // After a restart it is what a power cut left: nothing that matters was in it.
    let boot = "00000000-0000-4000-8000-000000000001";
    sandbox
        .kafdir(["group", "describe", "g", "--json"])
        .env("KAFDIR_BOOT_ID", boot)
        .stdout_has("\"current_offset\":5")
        .exits(0);
    sandbox
        .kafdir(["check"])
        .env("KAFDIR_BOOT_ID", boot)
        .any_stdout()
        .exits(0);
}

#[test]
fn what_is_no_file_is_refused() {
    let (sandbox, dir) = scene();
    let path = dir.join("offsets.json");
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", &path).unwrap();
    sandbox
        .kafdir(["group", "describe", "g"])
        .stderr_has("offsets.json")
        .exits(1);
    sandbox
        .kafdir(["check"])
        .stdout_has("offsets.json: not-a-file: ")
        .exits(6);
    fs::remove_dir_all(&dir).unwrap();
    fs::write(&dir, "").unwrap();
    sandbox
        .kafdir(["group", "describe", "g"])
        .stderr_has("groups/g")
        .exits(1);
    sandbox.kafdir(["check"]).stdout_has("groups/g").exits(6);
}

#[test]
fn commits_that_fit_no_log() {
    let (sandbox, dir) = scene();
    let path = dir.join("offsets.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"offset\":5", "\"offset\":50")).unwrap();
    sandbox
        .kafdir(["group", "describe", "g"])
        .stdout_has("50")
        .stderr_has("has committed for t-0 lies beyond the log's end")
        .exits(0);
    sandbox
        .kafdir(["check"])
        .stdout_has("committed-offset: the offset 50 committed for t-0 lies beyond the log's end")
        .exits(6);
    sandbox
        .kafdir(["group", "reset", "g", "--topic", "t", "--to-current"])
        .stdout_has("50          10")
        .stderr_has("higher than latest")
        .exits(0);
    sandbox.is_clean();
}

#[test]
fn commits_of_topics_that_are_gone() {
    let (sandbox, _) = scene();
    sandbox.kafdir(["topic", "delete", "t"]).exits(0);
    sandbox
        .kafdir(["group", "describe", "g"])
        .stdout_has("g      t              0               5  -")
        .stderr_has("is of a partition that is not there")
        .exits(0);
    sandbox
        .kafdir(["check"])
        .stdout_has("committed-offset (harmless): the offset 5 committed for t-0 is of a partition that is not there")
        .exits(0);
    sandbox.create("t", 1, &[]);
    sandbox
        .kafdir(["group", "describe", "g", "--json"])
        .stdout_has(
            "\"current_offset\":5,\"log_end_offset\":0,\"last_stable_offset\":0,\"lag\":null",
        )
        .exits(0);
    sandbox
        .kafdir(["check"])
        .stdout_has("is of an earlier topic of this name")
        .exits(0);
    sandbox
        .kafdir(["group", "delete", "g", "--topic", "t"])
        .exits(0);
    sandbox
        .kafdir(["group", "delete", "g", "--topic", "t"])
        .stderr_has("group 'g' has committed no offset of t")
        .exits(1);
    sandbox.kafdir(["check"]).exits(0);
}

#[test]
fn strays_do_no_harm_and_leftovers_go() {
    let (sandbox, dir) = scene();
    for name in [
        "notes.txt",
        "commit-0",
        ".offsets.json.0123456789abcdef.tmp",
        "claims/t-0.99",
        "members/kafdir-00000000000000000000000000000000",
    ] {
        fs::write(dir.join(name), "").unwrap();
    }
    let away = dir.with_file_name(".deleted-00000000000000000000000000000000");
    fs::create_dir_all(away.join("claims")).unwrap();
    sandbox
        .kafdir(["check"])
        .stdout_has("notes.txt: stray (harmless)")
        .stdout_has(".tmp: leftover (harmless)")
        .exits(0);
    sandbox.kafdir(["clean"]).exits(0);
    let mut left: Vec<String> = crate::harness::Tree::of(&sandbox.store().join("groups"))
        .names()
        .iter()
        .map(|name| (*name).to_owned())
        .collect();
    left.retain(|name| !name.starts_with("g/commit-"));
    assert_eq!(
        left,
        [
            "",
            "g",
            "g/claims",
            "g/group.json",
            "g/lock",
            "g/members",
            "g/notes.txt",
            "g/offsets.json"
        ]
    );
    assert!(!dir.join("commit-0").exists());
}
