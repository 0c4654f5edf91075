//! `kafdir group list`

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::group::lookup;
use crate::cli::lock_args::LockArgs;
use crate::cli::table::{Table, cell};
use crate::error::Result;
use crate::group::{Assignor, GroupView};

/// List the consumer groups, one name a line
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Add columns: state, members, assignor, generation
    #[arg(short, long, visible_alias = "state")]
    long: bool,

    /// Print one JSON object a line
    #[arg(long, conflicts_with = "long")]
    json: bool,

    #[command(flatten)]
    lock: LockArgs,
}

const AFTER_HELP: &str = "\
Examples:
  kafdir group list
  kafdir group list --long
  kafdir group list --json | jq -r 'select(.state == \"Empty\").group'

Exit status:
  0  done, also where there is no group
  1  the directory does not exist or can't be read
  2  the command line is wrong
  4  timed out waiting for a lock
  6  damaged data

JSON:
  One object a group:
  group                 its name
  state                 Empty, PreparingRebalance, Stable or Dead
  assignor, generation  how its members divide partitions, and how often that was done; null where it is not known
  members               how many it has";

#[derive(Serialize)]
struct Summary {
    group: String,
    state: &'static str,
    assignor: Option<&'static str>,
    generation: Option<i64>,
    /// Null where they can't be seen.
    members: Option<usize>,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    let engine = context.engine_for_reading(args.lock.deadline()?)?;
    let names = engine.groups()?;
    if !args.json && !args.long {
        for name in names {
            context.output.put(format!("{name}\n").as_bytes())?;
        }
        return Ok(Outcome::Done);
    }
    let mut table = Table::new(&["GROUP", "STATE", "MEMBERS", "ASSIGNOR", "GENERATION"]);
    for name in names {
        // One that was deleted since it was listed is no matter.
        let Some(group) = lookup::find(engine.as_ref(), &name)? else {
            continue;
        };
        let summary = Summary::of(&group.view()?);
        if args.json {
            context.output.put_json(&summary)?;
        } else {
            table.row(summary.cells());
        }
    }
    if args.long {
        context.output.put(table.render().as_bytes())?;
    }
    Ok(Outcome::Done)
}

impl Summary {
    fn of(view: &GroupView) -> Self {
        Self {
            group: view.name.to_string(),
            state: view.state.name(),
            assignor: view.assignor.map(Assignor::name),
            generation: view.generation,
            members: view.known_members().ok().map(<[_]>::len),
        }
    }

    fn cells(&self) -> [String; 5] {
        [
            self.group.clone(),
            self.state.to_owned(),
            cell(self.members),
            cell(self.assignor),
            cell(self.generation),
        ]
    }
}
