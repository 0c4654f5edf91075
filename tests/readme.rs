//! The README tells the truth: every block of commands in it is run, and prints what the README says.
//!
//! A block of `sh` is run by bash with `kafdir` on its PATH, all in one scratch home and in their order; the block of
//! `text` right behind it is what it prints on stdout, `...` standing for any text within a line and, alone on a line,
//! for any lines. The two commands at the beginning, which have Cargo build and test, are looked at rather than run:
//! of the first, what Cargo would run is run.

use std::path::{Path, PathBuf};
use std::process::Command;

use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use tempfile::TempDir;

const README: &str = include_str!("../README.md");

/// A block of commands, and what it is said to print.
#[derive(Debug, PartialEq, Eq)]
struct Block {
    line: usize,
    commands: String,
    output: Option<String>,
}

#[test]
fn every_block_does_what_it_says() {
    let home = Home::new();
    let blocks = blocks(README);
    assert!(blocks.len() > 10, "found only {} blocks", blocks.len());
    let mut complaints = Vec::new();
    for block in blocks.iter().filter(|block| !is_of_cargo(block)) {
        complaints.extend(home.check(block));
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn two_commands_do_everything() {
    let blocks = blocks(README);
    let of_cargo: Vec<&Block> = blocks.iter().filter(|block| is_of_cargo(block)).collect();
    let [demo, tests] = of_cargo[..] else {
        panic!("there are {} blocks with cargo", of_cargo.len());
    };
    assert!(blocks[..2].iter().all(is_of_cargo), "they come first");
    assert_eq!(tests.commands, "cargo test\n");
    assert_eq!(demo.commands.lines().count(), 1, "{}", demo.commands);
    let run = "cargo run --release --quiet -- ";
    assert_eq!(demo.commands.matches("cargo").count(), 2);
    assert_eq!(demo.commands.matches(run).count(), 2);
    let home = Home::new();
    let (status, stdout, stderr) = home.bash(&demo.commands.replace(run, "kafdir "));
    assert!(status, "{stderr}");
    let (count, name) = stdout.trim().split_once(' ').expect("what wc prints");
    assert!(count.parse::<u64>().expect("a count") > 0, "{stdout}");
    assert_eq!(name, "target/demo.txt");
    assert!(stderr.contains("created topic"), "{stderr}");
}

#[test]
fn what_is_said_of_the_program_is_so() {
    let version = env!("CARGO_PKG_RUST_VERSION");
    assert!(README.contains(&format!("Rust ({version} or later)")));
    for file in ["LICENSE", "man", "completions", "Cargo.toml"] {
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(file).exists());
    }
}

fn is_of_cargo(block: &Block) -> bool {
    block.commands.contains("cargo ")
}

/// The blocks of a document in Markdown.
fn blocks(document: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut lines = document.lines().enumerate();
    // Whether only blank lines stand between here and the commands before.
    let mut after_commands = false;
    while let Some((number, line)) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            after_commands &= line.is_empty();
            continue;
        };
        let mut body = String::new();
        for (_, line) in lines.by_ref().take_while(|(_, line)| *line != "```") {
            body.push_str(line);
            body.push('\n');
        }
        match language {
            "sh" => blocks.push(Block {
                line: number + 1,
                commands: body,
                output: None,
            }),
            "text" if after_commands => {
                blocks.last_mut().expect("commands before").output = Some(body);
            }
            _ => panic!(
                "line {}: a block of '{language}' here is neither commands nor output",
                number + 1
            ),
        }
        after_commands = language == "sh";
    }
    blocks
}

/// A home directory, a PATH with kafdir on it, and a cluster: librdkafka's own, which plays a broker.
struct Home {
    dir: TempDir,
    cluster: MockCluster<'static, DefaultProducerContext>,
}

impl Home {
    fn new() -> Self {
        let cluster = MockCluster::new(1).expect("a cluster");
        // It makes no topics when it is asked to.
        for topic in ["lines", "clicks"] {
            cluster.create_topic(topic, 1, 1).expect("a topic");
        }
        Self {
            dir: tempfile::tempdir().expect("a scratch directory"),
            cluster,
        }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Runs a script: whether it succeeded, and its stdout and stderr.
    fn bash(&self, script: &str) -> (bool, String, String) {
        let program = PathBuf::from(env!("CARGO_BIN_EXE_kafdir"));
        let inherited = std::env::var("PATH").unwrap_or_default();
        let programs = program.parent().expect("a directory").display();
        let output = Command::new("bash")
            .args(["-c", &format!("set -euo pipefail\n{script}")])
            .current_dir(self.path())
            .env("PATH", format!("{programs}:{inherited}"))
            .env("HOME", self.path())
            .env("BROKER", self.cluster.bootstrap_servers())
            .env_remove("XDG_DATA_HOME")
            .env_remove("KAFDIR")
            .env_remove("KAFDIR_BOOTSTRAP_SERVER")
            .output()
            .expect("bash");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (
            output.status.success(),
            text(&output.stdout),
            text(&output.stderr),
        )
    }

    /// What is wrong with a block, if anything.
    fn check(&self, block: &Block) -> Option<String> {
        let (succeeded, stdout, stderr) = self.bash(&block.commands);
        let expected = block.output.as_deref().unwrap_or_default();
        let fits = fits(&lines_of(expected), &lines_of(&stdout));
        (!succeeded || !fits).then(|| {
            let Block { line, commands, .. } = block;
            format!(
                "line {line}:\n{commands}-- said to print:\n{expected}-- prints:\n{stdout}-- stderr:\n{stderr}"
            )
        })
    }
}

fn lines_of(text: &str) -> Vec<&str> {
    text.lines().collect()
}

/// Whether lines are as they are said to be.
fn fits(expected: &[&str], found: &[&str]) -> bool {
    match expected.split_first() {
        None => found.is_empty(),
        Some((&"...", rest)) => (0..=found.len()).any(|skipped| fits(rest, &found[skipped..])),
        Some((first, rest)) => found
            .split_first()
            .is_some_and(|(line, found)| line_fits(first, line) && fits(rest, found)),
    }
}

/// Whether a line is as it is said to be: one `...` in it stands for anything.
fn line_fits(expected: &str, found: &str) -> bool {
    match expected.split_once("...") {
        None => expected == found,
        Some((start, end)) => {
            found.len() >= start.len() + end.len()
                && found.starts_with(start)
                && found.ends_with(end)
        }
    }
}

#[test]
fn output_is_compared_line_by_line() {
    assert!(fits(&["a", "b"], &["a", "b"]));
    assert!(!fits(&["a"], &["a", "b"]));
    assert!(!fits(&["a", "b"], &["a"]));
    assert!(fits(&["a", "..."], &["a"]));
    assert!(fits(&["a", "...", "d"], &["a", "b", "c", "d"]));
    assert!(!fits(&["a", "...", "d"], &["a", "b", "c"]));
    assert!(line_fits("id ... end", "id 42 end"));
    assert!(!line_fits("id ... end", "id end"));
}

#[test]
fn blocks_are_found_with_their_output() {
    let found = blocks("Text.\n```sh\nls\n```\n\n```text\na\n```\nMore.\n```sh\ntrue\n```\n");
    let block = |line, commands: &str, output: Option<&str>| Block {
        line,
        commands: commands.to_owned(),
        output: output.map(str::to_owned),
    };
    assert_eq!(
        found,
        [block(2, "ls\n", Some("a\n")), block(10, "true\n", None)]
    );
}
