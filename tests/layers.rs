//! The house rules that a machine can keep: imports go downward, commands do not know which engine they drive, functions
//! fit a screen, files stay small, and no file is a drawer for everything.
//!
//! The checker reads source text, formatted as rustfmt leaves it, and is itself tested on planted violations.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms from top to bottom; a room imports only from those after it. (`build` is a program of its own, Cargo's.)
const ROOMS: [&str; 12] = [
    "build", "main", "cli", "text", "kafka", "client", "group", "log", "store", "record", "error",
    "count",
];
/// What opens a place knows that it may be a cluster; no other part of a command does.
const OPENERS: [&str; 6] = [
    "cli/choice.rs",
    "cli/cluster_args.rs",
    "cli/completions/names.rs",
    "cli/context.rs",
    "cli/copy/plan.rs",
    "cli/copy/target.rs",
];
const FUNCTION_LINES: usize = 70;
/// Without the unit tests at a file's end.
const FILE_LINES: usize = 500;
const DRAWERS: [&str; 8] = [
    "util",
    "utils",
    "utility",
    "utilities",
    "common",
    "helper",
    "helpers",
    "misc",
];

#[test]
fn the_source_keeps_the_house_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut complaints = Vec::new();
    let files = source_files(&root);
    assert!(files.len() > ROOMS.len(), "found only {files:?}");
    for file in files {
        let text = fs::read_to_string(&file).expect("a source file");
        let path = file.strip_prefix(&root).expect("a path below src");
        complaints.extend(complaints_about(path, &text));
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

fn source_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).expect("a source directory") {
        let path = entry.expect("its entry").path();
        if path.is_dir() {
            files.extend(source_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Everything that is wrong with the file at `path`, which is relative to src.
fn complaints_about(path: &Path, text: &str) -> Vec<String> {
    let mut complaints = upward_imports(path, text);
    complaints.extend(engine_name(path, text));
    complaints.extend(long_functions(text));
    if !is_tests(path) {
        complaints.extend(glob_imports(text));
        complaints.extend(long_file(text));
    }
    complaints.extend(drawer(path));
    complaints
        .into_iter()
        .map(|complaint| format!("src/{}: {complaint}", path.display()))
        .collect()
}

/// Unit tests too many to stand at the end of their file: `batch/tests.rs` beside `batch.rs`.
fn is_tests(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| stem == "tests")
}

fn rank(room: &str) -> Option<usize> {
    ROOMS.iter().position(|known| *known == room)
}

/// The first component of a path: `log/segment.rs` and `log.rs` are both of the room `log`.
fn room(path: &Path) -> String {
    let first = path.components().next().expect("a path that is not empty");
    let first = Path::new(first.as_os_str()).with_extension("");
    first.to_string_lossy().into_owned()
}

/// The crate's root lists all rooms and is in none.
fn upward_imports(path: &Path, text: &str) -> Vec<String> {
    let here = room(path);
    if here == "lib" {
        return Vec::new();
    }
    let Some(here_rank) = rank(&here) else {
        return vec![format!(
            "the room {here} has no place in the order of rooms"
        )];
    };
    let mut complaints = Vec::new();
    for name in imported_rooms(&code_only(text)) {
        match rank(&name) {
            Some(rank) if rank >= here_rank => {}
            Some(_) => complaints.push(format!("{here} imports from {name}, which is above it")),
            None => complaints.push(format!("crate::{name} is not a room")),
        }
    }
    complaints
}

/// A command that names an engine.
fn engine_name(path: &Path, text: &str) -> Option<String> {
    let names_it = || imported_rooms(&code_only(text)).contains(&"kafka".to_owned());
    let is_command = room(path) == "cli" && !OPENERS.iter().any(|opener| path == Path::new(opener));
    (is_command && names_it())
        .then(|| "a command knows no engine: client::Engine has all".to_owned())
}

/// The text without comments; a `//` within a string cuts that line short, which loses no import.
fn code_only(text: &str) -> String {
    text.lines()
        .map(|line| line.split_once("//").map_or(line, |(code, _)| code))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The names right after each `crate::`, whether single or in braces.
fn imported_rooms(code: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for (start, _) in code.match_indices("crate::") {
        let before = code[..start].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[start + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => rooms.extend(group_members(group)),
            None => rooms.push(leading_name(rest)),
        }
    }
    rooms
}

/// The leading names of a brace group's members: `a, b::{c, d}}` gives a and b.
fn group_members(group: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let mut members = vec![String::new()];
    for character in group.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => members.push(String::new()),
            _ if depth == 0 => members.last_mut().expect("never empty").push(character),
            _ => {}
        }
    }
    let names = members.iter().map(|member| leading_name(member.trim()));
    names.filter(|name| !name.is_empty()).collect()
}

fn leading_name(path: &str) -> String {
    path.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// Outside of test modules, which stand indented, `use super::*` hides what depends on what; so does leaving the
/// room by way of `super`.
fn glob_imports(text: &str) -> Vec<String> {
    let uses = text.lines().enumerate().filter_map(|(index, line)| {
        let import = line.strip_prefix("use super::")?;
        let what = match import {
            "*;" => "imports everything of its parent",
            _ if import.starts_with("super::super") => {
                "goes up by way of super::super::super; say crate::"
            }
            _ => return None,
        };
        Some(format!("line {} {what}", index + 1))
    });
    uses.collect()
}

fn long_functions(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut complaints = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else {
            continue;
        };
        let count = function_lines(&lines[start..]);
        if count > FUNCTION_LINES {
            complaints.push(format!(
                "fn {name} in line {} has {count} lines, {FUNCTION_LINES} at most",
                start + 1
            ));
        }
    }
    complaints
}

/// The name of the function that begins in this line.
fn function_name(line: &str) -> Option<&str> {
    let mut words = line.trim_start();
    if words.starts_with("pub(") {
        words = words.split_once(") ")?.1;
    }
    let mut previous = "";
    while words != previous {
        previous = words;
        for word in ["pub ", "const ", "async ", "unsafe ", "extern \"C\" "] {
            words = words.strip_prefix(word).unwrap_or(words);
        }
    }
    let name = words.strip_prefix("fn ")?;
    name.split(['(', '<']).next()
}

/// From the first line to the brace that closes it, which rustfmt puts under the first character.
fn function_lines(lines: &[&str]) -> usize {
    let indentation = &lines[0][..lines[0].len() - lines[0].trim_start().len()];
    for (index, line) in lines.iter().enumerate() {
        let is_whole = index == 0 && (line.ends_with(';') || line.ends_with('}'));
        let rest = line.strip_prefix(indentation);
        // A signature over several lines ends with `) -> T;` in a trait, without a body.
        let is_declaration = rest.is_some_and(|rest| rest.starts_with(')') && rest.ends_with(';'));
        if is_whole || is_declaration || rest == Some("}") {
            return index + 1;
        }
    }
    lines.len()
}

fn long_file(text: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let tests = lines
        .windows(2)
        .position(|pair| pair[0] == "#[cfg(test)]" && pair[1] == "mod tests {");
    let count = tests.unwrap_or(lines.len());
    (count > FILE_LINES).then(|| format!("{count} lines without tests, {FILE_LINES} at most"))
}

fn drawer(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_str()?;
    let in_path = path
        .components()
        .any(|component| DRAWERS.iter().any(|name| component.as_os_str() == *name));
    (DRAWERS.contains(&stem) || in_path)
        .then(|| "a file is named after the one thing it holds".to_owned())
}

/// Planted violations: what the checker must see, and what it must let pass.
mod planted {
    use super::*;

    fn complaints(path: &str, text: &str) -> Vec<String> {
        complaints_about(Path::new(path), text)
    }

    #[test]
    fn downward_imports_pass() {
        let text = "use crate::record::Record;\nuse crate::{error::{Error, Result}, store};\n";
        assert_eq!(complaints("log/segment.rs", text), [""; 0]);
        assert_eq!(
            complaints("log/segment.rs", "use crate::log::index;\n"),
            [""; 0]
        );
        assert_eq!(complaints("lib.rs", "pub use crate::cli;\n"), [""; 0]);
    }

    #[test]
    fn upward_imports_are_seen_in_every_form() {
        for text in [
            "use crate::cli::Context;\n",
            "use crate::{error, cli::Context};\n",
            "use crate::{\n    error::{Error, Result},\n    cli,\n};\n",
            "    pub use crate::cli;\n",
            "fn f() -> crate::cli::Context {}\n",
        ] {
            let expected = "src/log/segment.rs: log imports from cli, which is above it";
            assert_eq!(complaints("log/segment.rs", text), [expected], "{text}");
        }
        assert_eq!(
            complaints("error.rs", "use crate::record::Record;\n"),
            ["src/error.rs: error imports from record, which is above it"]
        );
        assert_eq!(
            complaints("log/mod.rs", "use super::super::super::cli;\n").len(),
            1
        );
    }

    #[test]
    fn comments_and_other_crates_are_no_imports() {
        let text =
            "//! See [`crate::cli`].\n/// crate::cli\nuse other_crate::cli;\n// use crate::cli;\n";
        assert_eq!(complaints("log/segment.rs", text), [""; 0]);
    }

    #[test]
    fn commands_that_name_an_engine_are_seen() {
        let text = "use crate::kafka::Cluster;\n";
        assert_eq!(complaints("cli/consume/run.rs", text).len(), 1);
        assert_eq!(complaints("cli/choice.rs", text), [""; 0]);
    }

    #[test]
    fn unknown_rooms_are_seen() {
        assert_eq!(complaints("attic/box.rs", "").len(), 1);
        assert_eq!(
            complaints("log/mod.rs", "use crate::attic::Box;\n").len(),
            1
        );
    }

    #[test]
    fn a_function_may_fill_the_screen_but_no_more() {
        let function = |lines: usize| {
            let body = "        let x = 1;\n".repeat(lines - 2);
            format!("impl A {{\n    pub(crate) const fn long(&self) {{\n{body}    }}\n}}\n")
        };
        assert_eq!(complaints("log/a.rs", &function(FUNCTION_LINES)), [""; 0]);
        assert_eq!(
            complaints("log/a.rs", &function(FUNCTION_LINES + 1)),
            ["src/log/a.rs: fn long in line 2 has 71 lines, 70 at most"]
        );
        let declarations =
            "trait A {\n    fn a(&self);\n    fn b(\n        &self,\n    ) -> u8;\n}\n".to_owned();
        let long = declarations + &"\n".repeat(100);
        assert_eq!(complaints("log/a.rs", &long), [""; 0]);
    }

    #[test]
    fn a_file_is_measured_without_its_tests() {
        let code = "const A: u8 = 1;\n".repeat(FILE_LINES);
        let tests = "#[cfg(test)]\nmod tests {\n}\n";
        assert_eq!(complaints("log/a.rs", &format!("{code}{tests}")), [""; 0]);
        assert_eq!(complaints("log/a.rs", &format!("{code}\n{tests}")).len(), 1);
        assert_eq!(complaints("log/a.rs", &format!("{code}\n")).len(), 1);
    }

    #[test]
    fn tests_in_a_file_of_their_own_may_be_many() {
        let text = "use super::*;\n".repeat(FILE_LINES + 1);
        assert_eq!(complaints("log/segment/tests.rs", &text), [""; 0]);
        assert_ne!(complaints("log/segment/latest.rs", &text), [""; 0]);
    }

    #[test]
    fn drawers_are_seen() {
        assert_eq!(complaints("log/util.rs", "").len(), 1);
        assert_eq!(complaints("log/helpers/mod.rs", "").len(), 1);
        assert_eq!(complaints("log/segment.rs", ""), [""; 0]);
    }

    #[test]
    fn globs_are_for_tests() {
        assert_eq!(complaints("log/a.rs", "use super::*;\n").len(), 1);
        assert_eq!(
            complaints("log/a.rs", "mod tests {\n    use super::*;\n}\n"),
            [""; 0]
        );
    }
}
