//! What stands where the cursor is: found by walking along the words with the command line's definition.

use clap::{Arg, ArgAction, Command};

/// The names that are wanted at some place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Names {
    /// Topics of the store.
    Topics,
    /// Its consumer groups.
    Groups,
    /// The members of this group.
    Members(String),
}

/// Where names are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) names: Names,
    /// What the current word holds before the name: `--group=`.
    pub(super) prefix: String,
}

/// The way along the words.
struct Walk<'a> {
    command: &'a Command,
    /// The option whose value comes next.
    option: Option<&'a Arg>,
    positionals: Vec<&'a str>,
    /// After `--`.
    options_ended: bool,
}

/// The place of `current` after the words `before`, the first of which is a word of `command`'s own; none if no names
/// belong there, or none that are known.
pub(super) fn place(command: &Command, before: &[String], current: &str) -> Option<Place> {
    let mut walk = Walk {
        command,
        option: None,
        positionals: Vec::new(),
        options_ended: false,
    };
    for word in before {
        walk.step(word);
    }
    if let Some(option) = walk.option {
        return Some(Place {
            names: walk.names(option)?,
            prefix: String::new(),
        });
    }
    if current.starts_with('-') && !walk.options_ended {
        let (flag, _) = current.split_once('=')?;
        let option = walk.long(flag.strip_prefix("--")?)?;
        return Some(Place {
            names: walk.names(option)?,
            prefix: format!("{flag}="),
        });
    }
    Some(Place {
        names: walk.names(walk.positional()?)?,
        prefix: String::new(),
    })
}

impl<'a> Walk<'a> {
    fn step(&mut self, word: &'a str) {
        if self.option.take().is_some() {
            return;
        }
        if self.options_ended || !word.starts_with('-') || word == "-" {
            match self.command.find_subcommand(word) {
                Some(command) if self.positionals.is_empty() && !self.options_ended => {
                    self.command = command;
                }
                _ => self.positionals.push(word),
            }
        } else if word == "--" {
            self.options_ended = true;
        } else if let Some(long) = word.strip_prefix("--") {
            if !long.contains('=') {
                self.option = self.long(long).filter(|arg| takes_value(arg));
            }
        } else {
            self.option = self.last_of_cluster(&word[1..]);
        }
    }

    fn long(&self, name: &str) -> Option<&'a Arg> {
        let is_it = |arg: &&Arg| {
            let aliases = arg.get_all_aliases().unwrap_or_default();
            arg.get_long() == Some(name) || aliases.contains(&name)
        };
        self.command.get_arguments().find(is_it)
    }

    /// Of `-qg`, the option whose value is the next word; none if a value follows in the same word.
    fn last_of_cluster(&self, letters: &str) -> Option<&'a Arg> {
        for (at, letter) in letters.char_indices() {
            let mut options = self.command.get_arguments();
            let option = options.find(|arg| arg.get_short() == Some(letter))?;
            if takes_value(option) {
                let is_last = at + letter.len_utf8() == letters.len();
                return is_last.then_some(option);
            }
        }
        None
    }

    /// The positional argument that comes next; of several values, one more. Behind `--` stands another command.
    fn positional(&self) -> Option<&'a Arg> {
        let (behind, all): (Vec<&Arg>, Vec<&Arg>) = self
            .command
            .get_positionals()
            .partition(|arg| arg.is_last_set());
        if self.options_ended && !behind.is_empty() {
            return None;
        }
        let several = |arg: &&&Arg| matches!(arg.get_action(), ArgAction::Append);
        all.get(self.positionals.len())
            .or_else(|| all.last().filter(several))
            .copied()
    }

    /// The names that an argument takes: its value's name tells.
    fn names(&self, arg: &Arg) -> Option<Names> {
        let value = arg.get_value_names()?.first()?.as_str();
        let word = value.split(|letter: char| !letter.is_ascii_uppercase());
        match word.into_iter().next()? {
            "TOPIC" => Some(Names::Topics),
            "GROUP" => Some(Names::Groups),
            "MEMBER" => Some(Names::Members((*self.positionals.first()?).to_owned())),
            // What `topic create NAME` is about is not there yet.
            "NAME" if arg.is_positional() && self.command.get_name() != "create" => {
                Some(Names::Topics)
            }
            _ => None,
        }
    }
}

fn takes_value(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    fn at(line: &str) -> Option<Place> {
        let mut command = Cli::command();
        command.build();
        let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let current = words.pop().unwrap_or_default();
        place(&command, &words, &current)
    }

    fn names(line: &str) -> Option<Names> {
        at(line).map(|place| place.names)
    }

    #[test]
    fn where_topics_stand() {
        for line in [
            "consume ",
            "consume or",
            "consume orders ",
            "-q consume ",
            "--dir d consume --timeout 5s ",
            "consume -qn 5 ",
            "consume -n5 ",
            "consume --max-messages=5 ",
            "check -- ",
            "consume t --dead-letter ",
            "produce ",
            "check ",
            "clean a b ",
            "topic delete ",
            "topic delete a ",
            "topic trim --before end ",
            "topic alter ",
            "group reset --topic ",
            "group reset billing --topic or",
            "group commit billing ",
            "group delete billing --topic ",
        ] {
            assert_eq!(names(line), Some(Names::Topics), "{line}");
        }
    }

    #[test]
    fn where_groups_and_members_stand() {
        for line in [
            "consume orders -g ",
            "consume --group ",
            "group describe ",
            "group describe a ",
            "group reset --to-earliest ",
            "group reset a ",
            "group evict ",
            "group commit ",
        ] {
            assert_eq!(names(line), Some(Names::Groups), "{line}");
        }
        assert_eq!(
            names("group evict billing "),
            Some(Names::Members("billing".to_owned()))
        );
        assert_eq!(
            at("group reset a --topic=or"),
            Some(Place {
                names: Names::Topics,
                prefix: "--topic=".to_owned()
            })
        );
    }

    #[test]
    fn where_no_names_stand() {
        for line in [
            "",
            "con",
            "consume -",
            "consume --off",
            "consume -n ",
            "consume --offset=",
            "consume --dir ",
            "produce orders ",
            "topic ",
            "topic create ",
            "topic alter orders ",
            "group evict a b ",
            "dump ",
            "no-such-command ",
            "consume t -g g -- ",
            "consume t -g g -- cat ",
        ] {
            assert_eq!(at(line), None, "{line}");
        }
    }
}
