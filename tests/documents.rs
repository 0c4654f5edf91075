//! The checked-in completion scripts and man pages are what the command line's definition says.
//!
//! `UPDATE_DOCUMENTS=1 cargo test --test documents` writes them anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

/// What a page has besides its synopsis and options, in the order of man-pages(7).
const SECTIONS: [(&str, &str); 6] = [
    ("Exit status:", "EXIT STATUS"),
    ("Exit status of COMMAND:", "EXIT STATUS OF COMMAND"),
    ("JSON:", "JSON"),
    ("Environment:", "ENVIRONMENT"),
    ("Environment of COMMAND:", "ENVIRONMENT OF COMMAND"),
    ("Examples:", "EXAMPLES"),
];

/// Pages about what no single command is about.
const BY_HAND: [&str; 1] = ["kafdir-groups.7"];

/// Path below the crate's directory, and contents.
type Documents = BTreeMap<PathBuf, Vec<u8>>;

#[test]
fn completions_are_current() {
    compare("completions", &completions());
}

#[test]
fn man_pages_are_current() {
    compare("man", &man_pages());
}

#[test]
fn every_command_says_how_it_ends_and_shows_how_it_is_used() {
    visit(&mut kafdir(), &mut |command| {
        let help = after_help(command);
        let is_leaf = command.get_subcommands().next().is_none();
        for heading in ["Examples:", "Exit status:"] {
            assert!(
                !is_leaf || section(&help, heading).is_some(),
                "{} has no {heading}",
                command.get_name()
            );
        }
    });
}

/// The built definition, without clap's own `help` commands, which would fill the pages with themselves.
fn kafdir() -> Command {
    let mut command = without_help(kafdir::cli::Cli::command());
    command.build();
    command
}

fn without_help(command: Command) -> Command {
    command
        .disable_help_subcommand(true)
        .mut_subcommands(without_help)
}

fn completions() -> Documents {
    [
        (Shell::Bash, "kafdir.bash"),
        (Shell::Zsh, "_kafdir"),
        (Shell::Fish, "kafdir.fish"),
    ]
    .into_iter()
    .map(|(shell, name)| {
        let mut script = Vec::new();
        clap_complete::generate(
            shell,
            &mut kafdir::cli::Cli::command(),
            "kafdir",
            &mut script,
        );
        let script = String::from_utf8(script).expect("a script in UTF-8");
        let script = with_names(shell, &script);
        (Path::new("completions").join(name), script.into_bytes())
    })
    .collect()
}

/// Puts what asks for the names of topics and groups into a generated script.
fn with_names(shell: Shell, script: &str) -> String {
    match shell {
        Shell::Bash => at_the_start(script, BASH_NAMES, "    _kafdir_names \"$@\" && return\n"),
        Shell::Zsh => at_the_start(script, ZSH_NAMES, "    _kafdir_names && return\n"),
        Shell::Fish => {
            let options = options_with_names(&kafdir());
            let takes_name = |line: &str| {
                let mut names = options.iter();
                line.ends_with(" -r") && names.any(|name| line.contains(&format!(" -l {name} -d ")))
            };
            let lines = script.lines().map(|line| {
                let names = if takes_name(line) {
                    " -f -a \"(__kafdir_names)\""
                } else {
                    ""
                };
                format!("{line}{names}\n")
            });
            format!("{FISH_NAMES}{}{FISH_WORDS}", lines.collect::<String>())
        }
        _ => unreachable!("a shell without a script"),
    }
}

/// `function` goes before the generated one, and the call of it to the beginning of that.
fn at_the_start(script: &str, function: &str, call: &str) -> String {
    const START: &str = "\n_kafdir() {\n";
    let script = format!("\n{script}");
    assert_eq!(script.matches(START).count(), 1, "one place to go to");
    let script = script.replacen(START, &format!("\n{function}{START}{call}"), 1);
    script.trim_start().to_owned()
}

/// The long options whose value is such a name: its own name begins with what it is.
fn options_with_names(command: &Command) -> BTreeSet<String> {
    let own = command.get_arguments().filter(|arg| {
        let value = arg.get_value_names().and_then(|names| names.first());
        value.is_some_and(|value| {
            ["TOPIC", "GROUP"]
                .iter()
                .any(|name| value.starts_with(name))
        })
    });
    let own = own.filter_map(|arg| arg.get_long().map(str::to_owned));
    let below = command.get_subcommands().flat_map(options_with_names);
    own.chain(below).collect()
}

/// A word that bash breaks at a colon or an equals sign is completed from there on.
const BASH_NAMES: &str = r#"_kafdir_names() {
    local line="${COMP_LINE:0:COMP_POINT}" names name
    names=$("${1/#\~\//$HOME/}" completions --line "$line" 2>/dev/null) || return
    local word="${line##*[[:space:]]}"
    local before="${word%"$2"}" double="${line//[^\"]/}" single="${line//[^\']/}"
    local quoted=$(( (${#double} + ${#single}) % 2 ))
    COMPREPLY=()
    [[ -n $names ]] || return 0
    while IFS= read -r name; do
        name=${name#"$before"}
        (( quoted )) || printf -v name %q "$name"
        COMPREPLY+=("$name")
    done <<<"$names"
}
"#;

const ZSH_NAMES: &str = r#"_kafdir_names() {
    local found
    found=$(${~words[1]} completions --line "${(j: :)words[1,CURRENT-1]} $PREFIX" 2>/dev/null) || return
    local -a names
    names=("${(@f)found}")
    [[ -z $found ]] || compadd -a names
    return 0
}
"#;

const FISH_NAMES: &str = r"# The names of topics and groups that fit at the cursor; false where no name belongs.
function __kafdir_find_names
    set -g __kafdir_found (command kafdir completions --line (commandline -cp | string collect) 2>/dev/null)
end

# The same for the value of an option.
function __kafdir_names
    __kafdir_find_names
    and string replace -r -- '^--[^=]*=' '' $__kafdir_found
end

";

const FISH_WORDS: &str = "complete -c kafdir -n __kafdir_find_names -f -a '$__kafdir_found'\n";

fn man_pages() -> Documents {
    let environment = section(&after_help(&kafdir()), "Environment:");
    let mut pages = Documents::new();
    visit(&mut kafdir(), &mut |command| {
        let name = format!("{}.1", display_name(command));
        let page = man_page(command, environment.as_deref());
        pages.insert(Path::new("man").join(name), page);
    });
    pages
}

/// Calls `each` for the command and all below it.
fn visit(command: &mut Command, each: &mut impl FnMut(&Command)) {
    each(command);
    for child in command.get_subcommands_mut() {
        visit(child, each);
    }
}

fn man_page(command: &Command, environment: Option<&str>) -> Vec<u8> {
    let man = Man::new(command.clone())
        .date("")
        .source("kafdir")
        .manual("kafdir");
    let mut page = Vec::new();
    let rendered = man
        .render_title(&mut page)
        .and_then(|()| man.render_name_section(&mut page))
        .and_then(|()| page.write_all(synopsis(command).as_bytes()))
        .and_then(|()| man.render_description_section(&mut page))
        .and_then(|()| man.render_options_section(&mut page))
        .and_then(|()| {
            if command.has_subcommands() {
                man.render_subcommands_section(&mut page)
            } else {
                Ok(())
            }
        });
    rendered.expect("writing to memory");
    let help = after_help(command);
    for (heading, title) in SECTIONS {
        let own = section(&help, heading);
        let text = match title {
            "ENVIRONMENT" => environment,
            _ => own.as_deref(),
        };
        if let Some(text) = text {
            page.extend(literal_section(title, text).into_bytes());
        }
    }
    page.extend(see_also(command).into_bytes());
    page
}

/// The usage line of the help, which is shorter than a list of all options.
fn synopsis(command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    let usage = usage
        .strip_prefix("Usage: ")
        .expect("clap's usage line")
        .to_owned();
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    roff.text([
        bold(display_name(command).replace('-', " ")),
        roman(usage[display_name(command).len()..].to_owned()),
    ]);
    roff.to_roff()
}

/// Text as it stands in the help, which is laid out already.
fn literal_section(title: &str, text: &str) -> String {
    let mut lines = String::new();
    for line in text.lines() {
        let line = line.replace('\\', "\\e").replace('-', "\\-");
        // A line that begins with a control character is a request to roff.
        let guard = if line.starts_with(['.', '\'']) {
            "\\&"
        } else {
            ""
        };
        lines.extend([guard, &line, "\n"]);
    }
    format!(".SH \"{title}\"\n.nf\n{lines}.fi\n")
}

fn see_also(command: &Command) -> String {
    let name = display_name(command);
    let mut others: Vec<String> = command.get_subcommands().map(display_name).collect();
    if let Some((parent, _)) = name.rsplit_once('-') {
        others.push(parent.to_owned());
    }
    let mut others: Vec<(&str, &str)> = others.iter().map(|other| (&**other, "1")).collect();
    if name == "kafdir-consume" || name.starts_with("kafdir-group") {
        others.push(("kafdir-groups", "7"));
    }
    let mut line = Vec::new();
    for (index, (other, section)) in others.into_iter().enumerate() {
        line.push(roman(if index == 0 { "" } else { ", " }));
        line.push(bold(other));
        line.push(roman(format!("({section})")));
    }
    let mut roff = Roff::new();
    roff.control("SH", ["SEE ALSO"]);
    roff.text(line);
    roff.to_roff()
}

fn display_name(command: &Command) -> String {
    let name = command.get_display_name().unwrap_or(command.get_name());
    name.to_owned()
}

fn after_help(command: &Command) -> String {
    let help = command.get_after_long_help();
    help.map(ToString::to_string).unwrap_or_default()
}

/// What follows `heading` in `help`, up to the next heading, without the common indentation.
fn section(help: &str, heading: &str) -> Option<String> {
    let (_, rest) = help.split_once(heading)?;
    let mut lines: Vec<&str> = rest
        .trim_start_matches('\n')
        .lines()
        .take_while(|line| line.is_empty() || line.starts_with(' '))
        .map(|line| line.strip_prefix("  ").unwrap_or(line))
        .collect();
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    Some(lines.join("\n") + "\n")
}

/// Compares `documents` with what lies in `dir`, or writes them there where `UPDATE_DOCUMENTS` is set.
fn compare(dir: &str, documents: &Documents) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let there: Vec<PathBuf> = fs::read_dir(root.join(dir))
        .expect("the directory of documents")
        .map(|entry| Path::new(dir).join(entry.expect("its entry").file_name()))
        .collect();
    let update = std::env::var_os("UPDATE_DOCUMENTS").is_some();
    let generated = |path: &&PathBuf| !BY_HAND.iter().any(|name| path.ends_with(name));
    let strays = there.iter().filter(generated);
    for stray in strays.filter(|path| !documents.contains_key(*path)) {
        assert!(update, "{} belongs to no command", stray.display());
        fs::remove_file(root.join(stray)).expect("removing a stray document");
    }
    for (path, contents) in documents {
        let full = root.join(path);
        if update {
            fs::write(&full, contents).expect("writing a document");
        }
        assert!(
            fs::read(&full).ok().as_ref() == Some(contents),
            "{} is not current: run UPDATE_DOCUMENTS=1 cargo test --test documents",
            path.display()
        );
    }
}
