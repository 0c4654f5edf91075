//! Groups may be called anything that fits a line, and stay in their directory.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use serde_json::json;

use crate::harness::{Sandbox, Tree};

/// What is in the directory around the store, but for what the store is to hold.
fn around(sandbox: &Sandbox) -> Tree {
    Tree::of(&sandbox.path("")).without(|path| path.starts_with("store/groups"))
}

#[test]
fn any_name_works_and_stays_inside() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "one\n");
    let before = around(&sandbox);
    let longest = "x".repeat(255);
    let umlauts = "\u{e4}".repeat(42);
    for name in [
        "a/b",
        "..",
        ".",
        "../../home/x",
        "/etc/passwd",
        " two words ",
        "%2e%2e",
        "-q",
        "*",
        "g$(touch x)",
        "\u{1f980}\u{202e}",
        &umlauts,
        &longest,
    ] {
        sandbox
            .kafdir(["group", "commit", "-q", "--", name, "t:0=1"])
            .exits(0);
        let described = sandbox
            .kafdir(["group", "describe", "--json", "--", name])
            .any_stdout()
            .exits(0)
            .json();
        assert_eq!(described["group"], name);
        assert_eq!(described["partitions"][0]["current_offset"], 1);
        sandbox
            .kafdir(["group", "describe", "--", name])
            .any_stdout()
            .any_stderr()
            .exits(0);
        sandbox
            .kafdir([
                "group",
                "reset",
                "--topic",
                "t",
                "--to-earliest",
                "--",
                name,
            ])
            .any_stdout()
            .exits(0);
        let listed = sandbox
            .kafdir(["group", "list", "--json"])
            .any_stdout()
            .exits(0)
            .json_lines();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0]["group"], json!(name));
        before.is_unchanged(&around(&sandbox));
        sandbox.is_clean();
        sandbox.kafdir(["group", "delete", "--", name]).exits(0);
        sandbox.kafdir(["group", "list"]).exits(0);
    }
    before.is_unchanged(&around(&sandbox));
}

#[test]
fn names_that_no_file_or_list_can_have_are_refused() {
    let sandbox = Sandbox::with_topic("t", 1);
    let before = sandbox.tree();
    let umlauts = "\u{e4}".repeat(200);
    let long = "x".repeat(256);
    for (name, words) in [
        ("", "a group's name must not be empty"),
        (
            &umlauts,
            "percent-encoded it has 1200 bytes, at most 255 are possible",
        ),
        (&long, "percent-encoded it has 256 bytes"),
        (
            "two\nlines",
            "the group's name 'two\\nlines' holds a control character",
        ),
        ("tab\t", "'tab\\t' holds a control character"),
    ] {
        for args in [
            &["group", "describe", name][..],
            &["group", "commit", name, "t:0=0"],
            &["group", "reset", name, "--topic", "t", "--to-latest"],
            &["group", "delete", name],
            &["group", "evict", name, "m"],
        ] {
            sandbox.kafdir(args).stderr_has(words).exits(2);
        }
    }
    sandbox
        .kafdir(["consume", "t", "-g", "g", "--client-id", "a\nb"])
        .stderr_has("--client-id: the client id 'a\\nb' holds a control character")
        .exits(2);
    sandbox
        .kafdir(["group", "describe"])
        .args([OsStr::from_bytes(b"\xff")])
        .any_stderr()
        .exits(2);
    before.is_unchanged(&sandbox.tree());
}

#[test]
fn an_unknown_group_is_told_with_the_directory_and_the_nearest_name() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .kafdir(["group", "commit", "-q", "billing", "t:0=0"])
        .exits(0);
    let before = sandbox.tree();
    let store = sandbox.store();
    for args in [
        &["group", "describe", "biling"][..],
        &["group", "describe", "billing", "biling"],
        &["group", "reset", "biling", "--topic", "t", "--to-latest"],
        &["group", "delete", "biling"],
        &["group", "delete", "billing", "biling"],
        &["group", "evict", "biling", "m"],
    ] {
        sandbox
            .kafdir(args)
            .stderr_has("there is no consumer group 'biling'")
            .stderr_has(store.to_str().unwrap())
            .stderr_has("(from $KAFDIR)")
            .stderr_has("did you mean 'billing'?")
            .exits(1);
    }
    before.is_unchanged(&sandbox.tree());
    sandbox
        .kafdir(["group", "delete", "biling", "--if-exists"])
        .exits(0);
}
