//! `kafdir wait group`

use std::sync::Arc;
use std::time::Duration;

use clap::ArgGroup;
use serde::Serialize;

use super::limit::{Limit, LimitArgs, MISSING, timed_out};
use super::outage::Outage;
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::client::{CommitFault, Engine, GroupHandle, GroupPartition, Watch};
use crate::count::counted;
use crate::error::{Error, ErrorKind, Result};
use crate::store::GroupName;

/// Wait until a group has caught up, or has so many members
///
/// The lag is the sum over all partitions that the group reads or has read, counted to the last stable offset. A group
/// that has to do with no partition yet has not caught up with anything.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP, group(ArgGroup::new("state").required(true)))]
pub(crate) struct Args {
    /// The group; one that does not exist yet is waited for
    #[arg(value_name = "GROUP")]
    name: String,

    /// So many records ahead of the group, or fewer
    #[arg(long, value_name = "N", group = "state")]
    lag: Option<u64>,

    /// So many members, or more; 0: none
    #[arg(long, value_name = "N", group = "state")]
    members: Option<usize>,

    #[command(flatten)]
    limit: LimitArgs,
}

const AFTER_HELP: &str = "\
Examples:
  kafdir wait group billing --lag 0 --timeout 1m
  kafdir wait group workers --members 4 --timeout 10s
  kafdir wait group workers --members 0

Exit status:
  0  the group is as it was to be
  1  failed; with --must-exist also: there is no such group; or an offset that it has committed fits no log
  2  the command line is wrong
  4  the time is over, and it is not so
  6  damaged data

JSON:
  group    its name
  lag      the sum of its lags, with --lag; null where there is nothing to count
  members  how many it has; null where there is no group
  held     whether it is as it was to be";

/// The kernel tells of a death a little before the dead one's locks are free: so long is looked again.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// And so often.
const LOOKS_AGAIN: u32 = 5;

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    let name = GroupName::new(&args.name)?;
    let limit = args.limit.limit()?;
    let mut view = Observer {
        name: &name,
        engine: None,
        watch: None,
        looks_again: 0,
    };
    let mut outage = Outage::default();
    let (found, held) = loop {
        let looked = view.look(args, &limit, context);
        let found = outage.outlast(looked, |said| context.note(said))?.flatten();
        if found.as_ref().is_some_and(|found| found.is_as_wanted(args)) {
            break (found, true);
        }
        if !limit.pause(
            view.watch.as_ref().and_then(Watch::fd),
            view.patience(found.is_some()),
        )? {
            break (found, false);
        }
    };
    let report = &Report {
        group: &args.name,
        lag: found.as_ref().and_then(|found| found.lag),
        members: found.as_ref().map(|found| found.members),
        held,
    };
    let told = args.limit.tell(&report, context);
    if held {
        return told.map(|()| Outcome::Done);
    }
    // Whether or not anybody reads the report.
    Err(timed_out(shortfall(args, found.as_ref())))
}

/// What keeps the group from being as it was to be.
fn shortfall(args: &Args, found: Option<&Found>) -> String {
    let name = &args.name;
    let Some(found) = found else {
        return format!("there is no group {name} yet");
    };
    match (args.members, found.lag) {
        (Some(wanted), _) => format!(
            "group {name} has {} of {}",
            found.members,
            counted(wanted, "member")
        ),
        (None, Some(lag)) => format!("group {name} has {} ahead", counted(lag, "record")),
        (None, None) => format!("group {name} reads nothing yet"),
    }
}

/// Whoever looks at the group again and again.
struct Observer<'a> {
    name: &'a GroupName,
    engine: Option<Arc<dyn Engine>>,
    /// None as long as there is nothing to watch.
    watch: Option<Watch<()>>,
    looks_again: u32,
}

impl Observer<'_> {
    /// The group as it is now; none if it is not there.
    fn look(&mut self, args: &Args, limit: &Limit, context: &Context) -> Result<Option<Found>> {
        let told = self
            .watch
            .as_mut()
            .and_then(Watch::changes)
            .is_none_or(|changes| !changes.is_empty());
        self.looks_again = if told {
            LOOKS_AGAIN
        } else {
            self.looks_again.saturating_sub(1)
        };
        let engine = match &self.engine {
            Some(engine) => engine.clone(),
            None => match limit.engine(context)? {
                Some(engine) => self.engine.insert(engine).clone(),
                None => return Ok(None),
            },
        };
        let watch = self
            .watch
            .get_or_insert_with(|| Watch::new(engine.as_ref()));
        let looked = engine.group(self.name, false).and_then(|group| {
            // Before the look: what happens after it is told. Again each time, since a group that was deleted and made
            // again has other directories.
            for dir in group.dirs() {
                watch.add_names(&dir, ());
            }
            Found::of(engine.as_ref(), group.as_ref(), args)
        });
        match looked {
            Err(error) if error.kind() == ErrorKind::UnknownGroup && !limit.must_exist => Ok(None),
            looked => looked.map(Some),
        }
    }

    fn patience(&self, is_there: bool) -> Duration {
        if !is_there {
            MISSING
        } else if self.looks_again > 0 {
            LOOK_AGAIN
        } else {
            self.watch.as_ref().map_or(MISSING, Watch::patience)
        }
    }
}

/// What a look at the group showed.
struct Found {
    members: usize,
    /// None where it has to do with no partition, and where it was not asked for.
    lag: Option<u64>,
}

impl Found {
    fn of(engine: &dyn Engine, group: &dyn GroupHandle, args: &Args) -> Result<Self> {
        let view = group.view()?;
        if args.members.is_some() {
            view.known_members()?;
        }
        let lag = if args.lag.is_some() {
            lag(&GroupPartition::all(engine, group, &view)?, group)?
        } else {
            None
        };
        Ok(Self {
            members: view.members.len(),
            lag,
        })
    }

    fn is_as_wanted(&self, args: &Args) -> bool {
        match (args.members, args.lag) {
            (Some(0), _) => self.members == 0,
            (Some(wanted), _) => self.members >= wanted,
            (None, wanted) => self.lag.is_some_and(|lag| Some(lag) <= wanted),
        }
    }
}

/// The sum of all partitions; none where there are none. Partitions of topics that are gone have nothing any more.
fn lag(partitions: &[GroupPartition], group: &dyn GroupHandle) -> Result<Option<u64>> {
    let mut sum = None;
    for GroupPartition {
        partition,
        progress,
        ..
    } in partitions
    {
        // It would never be caught up with, or look caught up with by accident.
        if let Some(fault @ (CommitFault::BeyondEnd | CommitFault::OtherTopic)) = progress.fault {
            return Err(Error::failed(format!(
                "the offset that group {} has committed for {partition} {fault}",
                group.name()
            ))
            .help("'kafdir group reset' or 'kafdir group delete --topic' mends that"));
        }
        if let Some(lag) = progress.readable_lag() {
            sum = Some(sum.unwrap_or(0) + lag.unsigned_abs());
        }
    }
    Ok(sum)
}

#[derive(Serialize)]
struct Report<'a> {
    group: &'a str,
    /// Null where there is no such group, where it reads nothing yet, and where it was not asked for.
    lag: Option<u64>,
    members: Option<usize>,
    held: bool,
}
