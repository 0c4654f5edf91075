//! Every flag is tried with each flag it contradicts: wrong usage, and nothing is written.
//!
//! The table is written by hand from what the flags mean, and a flag that appears in a command's help but not in the
//! table fails the test: so nobody adds one without saying what it contradicts.

use std::collections::BTreeSet;

use crate::harness::{Sandbox, Tree};

/// A command, the flags of it that contradict each other, and those that go with anything.
struct Contradictions {
    command: &'static [&'static str],
    /// What makes it a whole command line where the command alone is not one.
    rest: &'static [&'static str],
    pairs: &'static [&'static [&'static str]],
    free: &'static [&'static str],
}

const PRODUCE: Contradictions = Contradictions {
    command: &["produce", "t"],
    rest: &[],
    pairs: &[
        &["--key", "a", "--key-separator", ":"],
        &["--key", "a", "--input", "json"],
        &["--key-separator", ":", "--input", "json"],
        &["--key-separator", ":", "--json"],
        &["--key", "a", "--json"],
        &["--tombstone"],
        &["--tombstone", "--key", "a", "--delimiter", ","],
        &["--tombstone", "--key", "a", "--null"],
        &["--tombstone", "--key", "a", "--null-marker", "x"],
        &["--tombstone", "--key", "a", "--json"],
        &["--tombstone", "--key", "a", "file"],
        &["--tombstone", "--key", "a", "-"],
        &["--tombstone", "--key-separator", ":"],
        &["--delimiter", ",", "--null"],
        &["--delimiter", ",", "--json"],
        &["--null", "--json"],
        &["--null-marker", "x", "--json"],
        &["--timestamp", "1s", "--json"],
        &["--timestamp", "1s", "--input", "json"],
        &["--input", "lines", "--json"],
        &["--partition", "0", "--partitioner", "murmur2"],
        &["--sync-interval", "1s", "--acks", "1"],
        &["--sync-interval", "1s", "--acks", "0"],
        &["--quiet", "--verbose"],
        &["--escape", "--null-marker", "x"],
        &["--escape", "--json"],
        &["--escape", "--input", "csv"],
        &["--key-from", "/id", "--key", "a"],
        &["--key-from", "/id", "--input", "lines"],
        &["--value-from", "/id", "--input", "csv"],
        &["--timestamp-from", "/id", "--timestamp", "1s"],
        &["--key-column", "id", "--key", "a"],
        &["--key-column", "id", "--input", "lines"],
        &["--value-column", "id", "--json"],
        &["--timestamp-column", "id", "--timestamp", "1s"],
        &["--flexible", "--json"],
        &["--csv-delimiter", ";", "--json"],
        &["--csv-quote", "x", "--input", "file"],
        &["--drop-header", "x", "--input", "file"],
        &["--keep-partition"],
        &["--keep-partition", "--input", "lines"],
        &["--keep-partition", "--json", "--partition", "0"],
        &["--keep-partition", "--json", "--partitioner", "murmur2"],
        &["--resume", "x"],
        &["--resume", "x", "-"],
        &["--resume", "", "file"],
        &["--resume", "x", "file", "--delimiter", ""],
        &["--resume", "x", "file", "--acks", "1"],
        &["--resume", "x", "file", "--sync-interval", "1s"],
        &["--resume", "x", "file", "--tombstone", "--key", "a"],
        &["--resume", "x", "file", "--json", "--keep-partition"],
        &["--follow", "file"],
    ],
    free: &[
        "--compression",
        "--header",
        "--no-create",
        "--summary",
        "--timeout",
    ],
};

const CONSUME: Contradictions = Contradictions {
    command: &["consume", "t"],
    rest: &[],
    pairs: &[
        &["--group", "g", "--partition", "0"],
        &["--assignor", "range"],
        &["--client-id", "c"],
        &["--exclusive"],
        &["--commit-interval", "1s"],
        &["--commit-on-write"],
        &["--drain-timeout", "1s"],
        &["--no-commit"],
        &["--group", "g", "--no-commit", "--commit-interval", "1s"],
        &["--group", "g", "--no-commit", "--commit-on-write"],
        &["--batch", "1"],
        &["--batch-wait", "1s"],
        &["--each"],
        &["--max-attempts", "2"],
        &["--backoff", "1s"],
        &["--dead-letter", "d"],
        &["--no-split"],
        &["--max-dead-letters", "2"],
        &["--parallel", "2"],
        &["--group", "g", "--batch", "1"],
        &["--group", "g", "--batch-wait", "1s"],
        &["--group", "g", "--each"],
        &["--group", "g", "--max-attempts", "2"],
        &["--group", "g", "--backoff", "1s"],
        &["--group", "g", "--dead-letter", "d"],
        &["--group", "g", "--parallel", "2"],
        &["--", "cat"],
        &["--group", "g", "--each", "--batch", "2", "--", "cat"],
        &["--group", "g", "--batch-wait", "1s", "--", "cat"],
        &["--group", "g", "--follow", "--batch", "0", "--", "cat"],
        &[
            "--group",
            "g",
            "--batch",
            "0",
            "--idle-timeout",
            "1s",
            "--",
            "cat",
        ],
        &[
            "--group",
            "g",
            "--follow",
            "--each",
            "--batch-wait",
            "1s",
            "--",
            "cat",
        ],
        &["--group", "g", "--no-split", "--", "cat"],
        &["--group", "g", "--max-dead-letters", "2", "--", "cat"],
        &["--group", "g", "--dead-letter", "t", "--", "cat"],
        &[
            "--group",
            "g",
            "--dead-letter",
            "d",
            "--no-commit",
            "--",
            "cat",
        ],
        &["--group", "g", "--commit-interval", "1s", "--", "cat"],
        &["--group", "g", "--commit-on-write", "--", "cat"],
        &["--group", "g", "--drain-timeout", "1s", "--", "cat"],
        &[
            "--group",
            "g",
            "--exclusive",
            "--parallel",
            "2",
            "--",
            "cat",
        ],
        &["--offset", "1", "--from", "1"],
        &["--offset", "1", "--to", "1"],
        &["--offset", "1", "--from-beginning"],
        &["--from", "1", "--from-beginning"],
        &["--delimiter", ",", "--null"],
        &["--json", "--delimiter", ","],
        &["--json", "--null"],
        &["--json", "--key-separator", ":"],
        &["--json", "--null-marker", "x"],
        &["--json", "--format", "lines"],
        &["--json", "--escape"],
        &["--json", "--strict"],
        &["--escape", "--strict"],
        &["--json-values", "--format", "lines"],
        &["--columns", "a", "--json"],
        &["--csv-delimiter", ";", "--json"],
        &["--csv-quote", "x", "--format", "lines"],
        &["--csv-quote-all", "--json"],
        &["--order", "time", "--follow"],
        &["--format", "json", "--delimiter", ","],
        &["--format", "json", "--null"],
        &["--format", "json", "--key-separator", ":"],
        &["--format", "json", "--null-marker", "x"],
        &["--format", "%s", "--delimiter", ","],
        &["--format", "%s", "--null"],
        &["--format", "%s", "--key-separator", ":"],
        &["--wait-topic"],
        &["--follow", "--to", "end"],
        &["--follow", "--to", "-1"],
        &["--follow", "--offset", "1:end"],
        &["--idle-timeout", "1s", "--timeout-ms", "5"],
        &["t"],
        &["t:0"],
        &["u:0", "--partition", "0"],
    ],
    free: &[
        "--partition",
        "--max-messages",
        "--idle-timeout",
        "--timeout",
        "--filter",
        "--isolation-level",
        "--fail-if-empty",
        "--quiet",
    ],
};

const GET: Contradictions = Contradictions {
    command: &["get", "t"],
    rest: &["key"],
    pairs: &[
        &[],
        &["--all", "key"],
        &["key", "--fail-if-empty"],
        &["key", "--delimiter", ",", "--null"],
        &["key", "--json", "--delimiter", ","],
        &["key", "--json", "--null"],
        &["key", "--json", "--key-separator", ":"],
        &["key", "--json", "--null-marker", "x"],
        &["key", "--json", "--format", "lines"],
        &["key", "--json", "--escape"],
        &["key", "--json", "--strict"],
        &["key", "--escape", "--strict"],
        &["key", "--json-values", "--format", "lines"],
        &["key", "--columns", "a", "--json"],
        &["key", "--csv-delimiter", ";", "--json"],
        &["key", "--csv-quote", "x", "--format", "lines"],
        &["key", "--csv-quote-all", "--json"],
        &["key", "--format", "%s", "--delimiter", ","],
        &["key", "--partition", "x"],
    ],
    free: &["--isolation-level", "--timeout"],
};

const CREATE: Contradictions = Contradictions {
    command: &["topic", "create", "new"],
    rest: &[],
    pairs: &[
        &["--config", "segment.ms=1000", "--config", "segment.ms=2000"],
        &["--partitions", "1", "--partitions", "2"],
        &["--replication-factor", "3"],
    ],
    free: &["--if-not-exists", "--json", "--quiet", "--timeout"],
};

const ALTER: Contradictions = Contradictions {
    command: &["topic", "alter", "t"],
    rest: &["--partitions", "2"],
    pairs: &[
        &[],
        &[
            "--config",
            "segment.ms=1000",
            "--delete-config",
            "segment.ms",
        ],
    ],
    free: &["--partitions", "--json", "--quiet", "--timeout"],
};

const DELETE: Contradictions = Contradictions {
    command: &["topic", "delete"],
    rest: &["t"],
    pairs: &[&[], &["--if-exists"], &["--dry-run"]],
    free: &["--json", "--quiet", "--timeout"],
};

const TRIM: Contradictions = Contradictions {
    command: &["topic", "trim", "t"],
    rest: &["--before", "end"],
    pairs: &[
        &[],
        &["--partition", "0"],
        &["--dry-run"],
        &["--before", "x"],
    ],
    free: &["--json", "--quiet", "--timeout"],
};

const LIST: Contradictions = Contradictions {
    command: &["topic", "list"],
    rest: &[],
    pairs: &[&["--long", "--json"]],
    free: &["--quiet", "--timeout"],
};

const DESCRIBE: Contradictions = Contradictions {
    command: &["topic", "describe", "t"],
    rest: &[],
    pairs: &[],
    free: &["--json", "--quiet", "--timeout"],
};

const CHECK: Contradictions = Contradictions {
    command: &["check"],
    rest: &[],
    pairs: &[&["--repair", "--log-dir", "store/logs"]],
    free: &["--json", "--quiet", "--timeout"],
};

const CLEAN: Contradictions = Contradictions {
    command: &["clean"],
    rest: &[],
    pairs: &[],
    free: &["--dry-run", "--json", "--quiet", "--timeout"],
};

const DUMP: Contradictions = Contradictions {
    command: &["dump"],
    rest: &["file"],
    pairs: &[&[]],
    free: &[
        "--json",
        "--quiet",
        "--print-data-log",
        "--deep-iteration",
        "--records",
    ],
};

const COPY: Contradictions = Contradictions {
    command: &["copy", "t=u"],
    rest: &[],
    pairs: &[
        &["--to", "elsewhere"],
        &["--partitions", "0"],
        &["--partitions", "many"],
        &["t=u"],
        &["--follow", "--dry-run"],
        &["--name", "n", "--dry-run"],
        &["--name", ""],
        &["--to-X", "client.id=x"],
        &["--to-command-config", "file"],
        &["--to", "dir:other", "--to-X", "linger.ms=1"],
        &["--to", "dir:other", "--to-command-config", "file"],
        &["--to", "kafka:nowhere"],
        &["--as-log-dir", "logs", "--to", "dir:other"],
        &["--as-log-dir", "logs", "--partitions", "2"],
        &["--as-log-dir", "logs", "--append"],
        &["--as-log-dir", "logs", "--follow"],
        &["--as-log-dir", "logs", "--name", "n"],
    ],
    free: &[
        "--append",
        "--dry-run",
        "--isolation-level",
        "--json",
        "--timeout",
    ],
};

const WAIT_TOPIC: Contradictions = Contradictions {
    command: &["wait", "topic", "t"],
    rest: &["--records", "1"],
    pairs: &[
        &[],
        &["--records", "some"],
        &["--records", "1", "--timeout", "soon"],
        &["--records", "1", "--filter", "body=x"],
        &["--records", "1", "--offset", "1:2"],
    ],
    free: &["--isolation-level", "--must-exist", "--json"],
};

const WAIT_GROUP: Contradictions = Contradictions {
    command: &["wait", "group", "t"],
    rest: &["--lag", "1"],
    pairs: &[
        &[],
        &["--lag", "1", "--members", "1"],
        &["--lag", "-1"],
        &["--members", "few"],
        &["--lag", "1", "--timeout", "soon"],
    ],
    free: &["--must-exist", "--json"],
};

const BENCH_PRODUCE: Contradictions = Contradictions {
    command: &["bench", "produce", "t"],
    rest: &[],
    pairs: &[
        &["--size", "10", "--payload-file", "file"],
        &["--records", "0"],
        &["--throughput", "0"],
        &["--throughput", "-2"],
    ],
    free: &["--acks", "--compression", "--json", "--quiet", "--timeout"],
};

const BENCH_CONSUME: Contradictions = Contradictions {
    command: &["bench", "consume", "t"],
    rest: &[],
    pairs: &[&["--max-messages", "0"]],
    free: &["--json", "--quiet", "--timeout"],
};

const BENCH_LATENCY: Contradictions = Contradictions {
    command: &["bench", "latency", "t"],
    rest: &[],
    pairs: &[&["--records", "0"], &["--size", "-1"]],
    free: &["--acks", "--json", "--quiet", "--timeout"],
};

const TMP: Contradictions = Contradictions {
    command: &["tmp"],
    rest: &["--", "true"],
    pairs: &[
        &[],
        &["--"],
        &["--keep-on-failure"],
        &["--dir", "store", "--", "true"],
        &["--log-dir", "store/logs", "--", "true"],
        &["--bootstrap-server", "127.0.0.1:9", "--", "true"],
    ],
    free: &[],
};

/// The flags of every command: which store it is about.
const STORES: &[&[&str]] = &[
    &["--dir", "store", "--log-dir", "store/logs"],
    &["--dir", "store", "--bootstrap-server", "127.0.0.1:9"],
    &[
        "--log-dir",
        "store/logs",
        "--bootstrap-server",
        "127.0.0.1:9",
    ],
    &["--dir", "store", "--dir", "other"],
    &["--dir", ""],
    &["--log-dir", ""],
    &["--bootstrap-server", ""],
    &["--bootstrap-server", "127.0.0.1"],
    &["--dir", "store", "-X", "linger.ms=1"],
    &["--dir", "store", "--command-config", "file"],
];

const COMMANDS: &[&Contradictions] = &[
    &PRODUCE,
    &CONSUME,
    &GET,
    &CREATE,
    &ALTER,
    &DELETE,
    &TRIM,
    &LIST,
    &DESCRIBE,
    &CHECK,
    &CLEAN,
    &DUMP,
    &COPY,
    &WAIT_TOPIC,
    &WAIT_GROUP,
    &BENCH_PRODUCE,
    &BENCH_CONSUME,
    &BENCH_LATENCY,
    &TMP,
];

#[test]
fn contradictions_are_wrong_usage_and_write_nothing() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    sandbox.file("file", "from a file\n");
    let before = Tree::of(&sandbox.path("."));
    for command in COMMANDS {
        for pair in command.pairs {
            refused(&sandbox, &before, &[command.command, pair].concat(), pair);
        }
    }
}

#[test]
fn two_stores_are_wrong_usage_and_write_nothing() {
    let sandbox = Sandbox::with_topic("t", 1);
    let before = Tree::of(&sandbox.path("."));
    for command in COMMANDS {
        for pair in STORES {
            refused(
                &sandbox,
                &before,
                &[command.command, pair, command.rest].concat(),
                &pair[..1],
            );
            // The global flags may stand before the command too.
            refused(
                &sandbox,
                &before,
                &[pair, command.command, command.rest].concat(),
                &pair[..1],
            );
        }
    }
}

#[test]
fn a_read_only_store_is_not_written_to() {
    let sandbox = Sandbox::with_topic("t", 1);
    let before = Tree::of(&sandbox.path("."));
    for command in [
        &["produce", "t"][..],
        &["topic", "create", "new"],
        &["topic", "alter", "t", "--partitions", "2"],
        &["topic", "delete", "t"],
        &["topic", "trim", "t", "--before", "end"],
        &["clean"],
        &["bench", "produce", "t"],
        &["bench", "latency", "t"],
    ] {
        refused(
            &sandbox,
            &before,
            &[command, &["--log-dir", "store/logs"]].concat(),
            &["--log-dir"],
        );
    }
}

#[test]
fn no_store_is_made_for_a_wrong_command_line() {
    let sandbox = Sandbox::new();
    let before = Tree::of(&sandbox.path("."));
    for command in COMMANDS {
        for pair in command.pairs {
            refused(&sandbox, &before, &[command.command, pair].concat(), pair);
        }
    }
    for args in [
        &["produce", "a/b"][..],
        &["produce", "t", "-D", "\\q"],
        &["produce", "t", "--timestamp", "yesterday"],
        &["produce", "t", "-H", "=x"],
        &["produce", "t", "-z", "brotli"],
        &["topic", "create", "new", "--config", "no.such=1"],
    ] {
        refused(&sandbox, &before, args, &[]);
    }
}

/// No flag escapes the table.
#[test]
fn every_flag_of_every_help_is_in_the_table() {
    let sandbox = Sandbox::new();
    for command in COMMANDS {
        let words: Vec<&str> = command
            .command
            .iter()
            .take_while(|word| !["t", "new", "t=u"].contains(word))
            .copied()
            .collect();
        let help = sandbox
            .kafdir([&words[..], &["--help"]].concat())
            .any_stdout()
            .exits(0)
            .text();
        let known: BTreeSet<&str> = [command.free]
            .into_iter()
            .chain(command.pairs.iter().copied())
            .flatten()
            .copied()
            .chain([
                "--dir",
                "--log-dir",
                "--bootstrap-server",
                "--command-config",
                "--help",
                "--version",
                "--quiet",
            ])
            .collect();
        for flag in flags_in(&help) {
            assert!(
                known.contains(flag.as_str()),
                "{words:?} has {flag}, of which the table says nothing"
            );
        }
    }
}

/// The long flags that a help text lists: at the beginning of a line, after the short one if there is one.
fn flags_in(help: &str) -> BTreeSet<String> {
    help.lines()
        .filter_map(|line| {
            let line = line.trim_start();
            let line = match line.as_bytes() {
                [b'-', short, b',', b' ', ..] if *short != b'-' => &line[4..],
                _ => line,
            };
            let name = line.strip_prefix("--")?;
            let end = name.find(|c: char| c != '-' && !c.is_ascii_alphabetic());
            Some(format!("--{}", &name[..end.unwrap_or(name.len())]))
        })
        .filter(|flag| flag.len() > 2)
        .collect()
}

/// The call is wrong usage, says something about the flags in question, and leaves everything as it was.
#[track_caller]
fn refused(sandbox: &Sandbox, before: &Tree, args: &[&str], about: &[&str]) {
    let output = sandbox.kafdir(args).input("x\n").any_stderr().exits(2);
    // One of the flags, or the setting that one of them is about.
    let mut words = about.iter().map(|word| match word.strip_prefix("--") {
        Some(_) => *word,
        None => word.split('=').next().unwrap_or(word),
    });
    let told = about.is_empty() || words.any(|word| output.stderr.contains(word));
    assert!(told, "{args:?} was told: {}", output.stderr);
    assert!(!output.stderr.is_empty(), "{args:?} was told nothing");
    before.is_unchanged(&Tree::of(&sandbox.path(".")));
}
