//! The flags of `consume` that have a meaning in a consumer group only.

use std::ffi::OsString;

use clap::ValueEnum;

/// Reading as a member of a group.
#[derive(Debug, clap::Args)]
pub(crate) struct GroupArgs {
    /// Read as a member of the consumer group GROUP: only what its other members don't, on from what it has committed
    ///
    /// A new group begins at the beginning. TOPIC may then be a pattern too: a regular expression that begins with '^' and
    /// matches the whole name, as '^orders-.*' does.
    #[arg(short, long, value_name = "GROUP")]
    pub(crate) group: Option<String>,

    /// How the members of the group divide the partitions; all of them have to agree
    #[arg(long, value_name = "NAME", value_enum, requires = "group")]
    pub(crate) assignor: Option<AssignorName>,

    /// What this member is called in 'kafdir group describe' [default: kafdir]
    #[arg(long, value_name = "ID", requires = "group")]
    pub(crate) client_id: Option<String>,

    /// Join only if the group has no other member, and let none in: exit with 1 otherwise
    #[arg(long, requires = "group")]
    pub(crate) exclusive: bool,

    /// How often to commit what was taken [default: 5s]; at the end it is committed in any case
    #[arg(long, value_name = "DURATION", requires = "group")]
    pub(crate) commit_interval: Option<String>,

    /// Commit nothing: the next run reads the same again
    #[arg(long, requires = "group", conflicts_with_all = ["commit_interval", "commit_on_write"])]
    pub(crate) no_commit: bool,

    /// Count as taken what standard output accepted, where its reader can't be asked how far it got
    #[arg(long, requires = "group")]
    pub(crate) commit_on_write: bool,

    /// How long a slow reader may take for what it was given, once a partition has to be let go or a signal asks for a
    /// stop [default: 5s]
    #[arg(long, value_name = "DURATION", requires = "group")]
    pub(crate) drain_timeout: Option<String>,
}

/// Handing records to a command.
#[derive(Debug, clap::Args)]
pub(crate) struct CommandArgs {
    /// Give COMMAND at most N records at a time, of one partition [default: 500]; 0: all up to the end, in one run
    #[arg(long, value_name = "N", requires_all = ["command", "group"])]
    pub(crate) batch: Option<u64>,

    /// With --follow: wait so long for a batch to fill ("500ms", "10s")
    #[arg(
        long,
        value_name = "DURATION",
        requires_all = ["command", "group"],
        requires = "follow",
        conflicts_with = "each"
    )]
    pub(crate) batch_wait: Option<String>,

    /// Run COMMAND once for each record
    #[arg(long, requires_all = ["command", "group"], conflicts_with = "batch")]
    pub(crate) each: bool,

    /// Run COMMAND up to N times for a batch that fails [default: 1]
    #[arg(long, value_name = "N", requires_all = ["command", "group"], value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_attempts: Option<u32>,

    /// How long to wait before the second attempt, twice as long before each further one [default: 1s]
    #[arg(long, value_name = "DURATION", requires_all = ["command", "group"])]
    pub(crate) backoff: Option<String>,

    /// Move the records that fail to TOPIC and go on
    ///
    /// The last attempt at a batch is repeated with its halves, down to single records, and only those move that fail
    /// alone. Headers say why: kafdir.dlq.topic, .partition, .offset, .attempts, .exit, .error (the last line of its
    /// stderr). TOPIC is created if it is not there.
    #[arg(long, value_name = "TOPIC", requires_all = ["command", "group"])]
    pub(crate) dead_letter: Option<String>,

    /// Move a batch that fails as a whole, without looking for the records that are at fault
    #[arg(long, requires = "dead_letter")]
    pub(crate) no_split: bool,

    /// Stop rather than move more than N in a row, without a success in between [default: 10]: something else is broken
    ///
    /// With --no-split that is N batches.
    #[arg(long, value_name = "N", requires = "dead_letter", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max_dead_letters: Option<u64>,

    /// Run N members of the group in this one call
    #[arg(short = 'P', long, value_name = "N", requires_all = ["command", "group"], value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) parallel: Option<u16>,

    /// Give the records to COMMAND, on its standard input, and commit them once it exits with 0
    ///
    /// It runs once for each batch. A first SIGINT or SIGTERM lets it finish, a second one is passed on to it and to all
    /// that it started. If kafdir is killed, COMMAND gets SIGTERM from the kernel; what it started, or a COMMAND that
    /// takes its time to end, may then be at work for a moment beside the next run with the same records.
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}

/// The assignors, by Kafka's names for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "kebab-case")]
pub(crate) enum AssignorName {
    /// The partitions of each topic in ranges
    Range,
    /// One after the other
    #[value(name = "roundrobin")]
    RoundRobin,
    /// Evenly, and with as few changes as possible
    Sticky,
    /// The same, without interrupting what stays; the default
    CooperativeSticky,
}
