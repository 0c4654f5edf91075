//! What one run of `produce` is to do, with every contradiction refused.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::time::Duration;

use super::forms::InputPlan;
use super::{Acks, Args, InputForm, Partitioner, options};
use crate::cli::flag;
use crate::error::{Error, Result};
use crate::record::Compression;
use crate::store::{ImportName, TopicName};
use crate::text::{HeaderBuf, parse_time};

/// What one run is to do.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of its own, and no two of them make a state"
)]
pub(crate) struct ProducePlan {
    pub(crate) topic: TopicName,
    /// Whether to create the topic where it does not exist.
    pub(crate) create: bool,
    pub(crate) source: Source,
    /// The key of every record, where the source has none.
    pub(crate) key: Option<Vec<u8>>,
    /// Headers of every record, after its own.
    pub(crate) headers: Vec<HeaderBuf>,
    /// The timestamp of every record, in ms; otherwise the source's, or the time of reading.
    pub(crate) timestamp: Option<i64>,
    /// Whether the partition that a record's JSON names is its partition.
    pub(crate) keep_partition: bool,
    pub(crate) routing: Routing,
    /// Otherwise what the topic's settings say.
    pub(crate) compression: Option<Compression>,
    pub(crate) acks: Acks,
    /// Otherwise batches are synced as they go out.
    pub(crate) sync_interval: Option<Duration>,
    /// Where to remember how far the files are stored.
    pub(crate) resume: Option<Resume>,
    /// How long to wait for a lock.
    pub(crate) timeout: Option<Duration>,
    /// Whether to say on stderr how many records went where.
    pub(crate) verbose: bool,
    /// Whether to print how many records went where.
    pub(crate) summary: bool,
}

/// Where records come from.
#[derive(Debug)]
pub(crate) enum Source {
    /// From the key alone: one record with a null value.
    Tombstone,
    /// From bytes in some form.
    Input { inputs: Vec<Input>, form: InputPlan },
}

/// One thing to read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Input {
    Stdin,
    File(PathBuf),
}

/// An import that can be started again.
#[derive(Debug)]
pub(crate) struct Resume {
    pub(crate) name: ImportName,
    /// Whether to go on at the end of the files.
    pub(crate) follow: bool,
    /// How lines become records and where these go, in the words of the command line.
    pub(crate) options: String,
}

/// What decides the partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Routing {
    /// The user.
    Partition(i32),
    /// The key, and for null keys Kafka's sticky choice.
    Murmur2,
    /// Each in turn.
    RoundRobin,
}

impl ProducePlan {
    /// The plan that `args` ask for; `now` in ms is what ages are counted back from.
    pub(crate) fn new(args: &Args, quiet: bool, now: i64) -> Result<Self> {
        let storing = &args.storing;
        if quiet {
            flag::excludes("--quiet", &[("--verbose", args.report.verbose)])?;
        }
        if storing.acks != Acks::All {
            let interval = storing.sync_interval.is_some();
            flag::excludes("--acks other than all", &[("--sync-interval", interval)])?;
        }
        Ok(Self {
            topic: TopicName::new(&args.topic)?,
            create: !storing.no_create,
            source: source(args)?,
            key: args.record.key.as_deref().map(bytes),
            headers: args
                .record
                .header
                .iter()
                .map(|text| header(text))
                .collect::<Result<_>>()?,
            timestamp: timestamp(args, now)?,
            keep_partition: args.input.keep_partition,
            routing: routing(args),
            compression: storing.compression.map(Compression::from),
            acks: storing.acks,
            sync_interval: flag::duration("--sync-interval", storing.sync_interval.as_deref())?,
            resume: resume(args)?,
            timeout: flag::duration("--timeout", storing.timeout.as_deref())?,
            verbose: args.report.verbose,
            summary: args.report.summary,
        })
    }
}

fn resume(args: &Args) -> Result<Option<Resume>> {
    let Some(name) = &args.import.resume else {
        return Ok(None);
    };
    let stdin = args.files.iter().any(|file| file.as_os_str() == "-");
    flag::excludes("--resume", &[("FILE -", stdin)])?;
    let form = args.input.input;
    let rows = form == Some(InputForm::Csv);
    flag::excludes("--resume", &[("--input csv", rows)])?;
    flag::excludes(
        "--resume",
        &[("--input file", form == Some(InputForm::File))],
    )?;
    let whole = args.input.delimiter.as_deref() == Some("");
    flag::excludes("--resume", &[("an empty --delimiter", whole)])?;
    Ok(Some(Resume {
        name: ImportName::new(name).map_err(|error| error.within("--resume"))?,
        follow: args.import.follow,
        options: options::of(args),
    }))
}

fn source(args: &Args) -> Result<Source> {
    if args.record.tombstone {
        return Ok(Source::Tombstone);
    }
    Ok(Source::Input {
        inputs: inputs(args),
        form: InputPlan::new(args)?,
    })
}

fn inputs(args: &Args) -> Vec<Input> {
    if args.files.is_empty() {
        return vec![Input::Stdin];
    }
    let input = |file: &PathBuf| {
        if file.as_os_str() == "-" {
            Input::Stdin
        } else {
            Input::File(file.clone())
        }
    };
    args.files.iter().map(input).collect()
}

/// `NAME`, `NAME=` or `NAME=VALUE`. Kafka's header names are strings; values are bytes.
fn header(text: &OsStr) -> Result<HeaderBuf> {
    let text = text.as_bytes();
    let (name, value) = match memchr::memchr(b'=', text) {
        Some(at) => (&text[..at], Some(text[at + 1..].to_vec())),
        None => (text, None),
    };
    if name.is_empty() || std::str::from_utf8(name).is_err() {
        let shown = text.escape_ascii();
        return Err(
            Error::usage(format!("--header: \"{shown}\" has no name in UTF-8"))
                .help("a header is NAME=VALUE, NAME= for an empty value, or NAME for a null one"),
        );
    }
    Ok(HeaderBuf {
        name: name.to_vec(),
        value,
    })
}

fn timestamp(args: &Args, now: i64) -> Result<Option<i64>> {
    let text = args.record.timestamp.as_deref();
    text.map(|text| parse_time(text, now).map_err(|error| error.within("--timestamp")))
        .transpose()
}

fn routing(args: &Args) -> Routing {
    match (args.storing.partition, args.storing.partitioner) {
        (Some(partition), _) => Routing::Partition(partition),
        (None, Some(Partitioner::RoundRobin)) => Routing::RoundRobin,
        (None, Some(Partitioner::Murmur2) | None) => Routing::Murmur2,
    }
}

fn bytes(text: &OsStr) -> Vec<u8> {
    text.as_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;
    use crate::cli::testing::args;
    use crate::error::ErrorKind;
    use crate::text::Delimiter;

    /// What clap says, or what the plan says.
    fn plan(line: &str) -> Result<ProducePlan, String> {
        let args = args("produce", line)?;
        ProducePlan::new(&args, false, 1_000_000).map_err(|error| {
            assert_eq!(error.kind(), ErrorKind::Usage, "{line}");
            error.to_string()
        })
    }

    fn lines(plan: &ProducePlan) -> (&[Input], &Delimiter) {
        match &plan.source {
            Source::Input {
                inputs,
                form: InputPlan::Lines { delimiter, .. },
            } => (inputs, delimiter),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_plainest_line_reads_stdin_by_lines_and_syncs() {
        let plan = plan("t").unwrap();
        let (inputs, delimiter) = lines(&plan);
        assert_eq!(inputs, &[Input::Stdin]);
        assert_eq!(delimiter.as_bytes(), b"\n");
        assert_eq!(plan.routing, Routing::Murmur2);
        assert_eq!(plan.acks, Acks::All);
        assert!(plan.create && plan.key.is_none() && plan.timestamp.is_none());
    }

    #[test]
    fn everything_said_is_in_the_plan() {
        let line = "t a - b -D ; -k key -H n -H e= -H v=a=b --timestamp 1s -p 3 -z zstd --acks -1 \
                    --sync-interval 1s --no-create --timeout 2m";
        let plan = plan(line).unwrap();
        let (inputs, delimiter) = lines(&plan);
        let file = |name: &str| Input::File(name.into());
        assert_eq!(inputs, &[file("a"), Input::Stdin, file("b")]);
        assert_eq!(delimiter.as_bytes(), b";");
        assert_eq!(plan.key.as_deref(), Some(&b"key"[..]));
        let header = |name: &[u8], value: Option<&[u8]>| HeaderBuf {
            name: name.to_vec(),
            value: value.map(<[u8]>::to_vec),
        };
        let headers = [
            header(b"n", None),
            header(b"e", Some(b"")),
            header(b"v", Some(b"a=b")),
        ];
        assert_eq!(plan.headers, headers);
        assert_eq!(plan.timestamp, Some(999_000));
        assert_eq!(plan.routing, Routing::Partition(3));
        assert_eq!(plan.compression, Some(Compression::ZSTD));
        assert_eq!(plan.acks, Acks::All);
        assert_eq!(plan.sync_interval, Some(Duration::from_secs(1)));
        assert_eq!(plan.timeout, Some(Duration::from_secs(120)));
        assert!(!plan.create);
    }

    #[test]
    fn what_follows_two_dashes_are_files() {
        let plan = plan("t -0 -- -n --json").unwrap();
        let (inputs, delimiter) = lines(&plan);
        assert_eq!(
            inputs,
            &[Input::File("-n".into()), Input::File("--json".into())]
        );
        assert_eq!(delimiter.as_bytes(), b"\0");
    }

    #[test]
    fn other_sources() {
        let form = |line: &str| match plan(line).unwrap().source {
            Source::Input { form, .. } => form,
            Source::Tombstone => panic!("{line}"),
        };
        assert!(matches!(form("t --json"), InputPlan::Json { .. }));
        assert!(matches!(
            form("t -i json -H a --drop-header x*"),
            InputPlan::Json { .. }
        ));
        for line in [
            "t --key-from /id",
            "t --json --value-from /v -k a",
            "t -i json --timestamp-from /at",
        ] {
            assert!(matches!(form(line), InputPlan::Plain(_)), "{line}");
        }
        for line in [
            "t -i csv --key-column id --csv-delimiter ; --csv-quote ' --flexible",
            "t -i csv --keep-partition --drop-header x",
            "t -i csv --null-marker N --value-column v --timestamp-column t",
        ] {
            assert!(matches!(form(line), InputPlan::Csv { .. }), "{line}");
        }
        assert!(matches!(form("t -i file a b"), InputPlan::File));
        assert!(matches!(form("t --escape -K :"), InputPlan::Lines { .. }));
        assert!(matches!(
            plan("t -k k --tombstone").unwrap().source,
            Source::Tombstone
        ));
        let plan = plan("t -D ''").unwrap();
        assert!(lines(&plan).1.is_empty());
    }

    /// Each flag beside each that it contradicts.
    #[test]
    fn contradictions_are_refused() {
        let lines = [
            "t -D ; -0",
            "t -K : -k a",
            "t --json -i lines",
            "t --json -i json",
            "t --json -K :",
            "t --json -D ;",
            "t --json -0",
            "t --json --null-marker N",
            "t --json -k a",
            "t --json --timestamp 1s",
            "t -i json -K :",
            "t -i json -D ;",
            "t -i json -0",
            "t -i json --null-marker N",
            "t -i json -k a",
            "t -i json --timestamp 1s",
            "t --tombstone",
            "t --tombstone -k a file",
            "t --tombstone -k a -i lines",
            "t --tombstone -k a --json",
            "t --tombstone -k a -K :",
            "t --tombstone -k a -D ;",
            "t --tombstone -k a -0",
            "t --tombstone -k a --null-marker N",
            "t -p 1 --partitioner roundrobin",
            "t --acks 1 --sync-interval 1s",
            "t --acks 0 --sync-interval 1s",
        ];
        for line in lines {
            assert!(plan(line).is_err(), "{line}");
        }
        let args = args("produce", "t -v").unwrap();
        assert!(ProducePlan::new(&args, true, 0).is_err());
    }

    /// The same of the flags that say what the input is.
    #[test]
    fn forms_and_flags_of_other_forms_are_refused() {
        let lines = [
            "t --tombstone -k a --escape",
            "t --tombstone -k a --key-from /id",
            "t --tombstone -k a --flexible",
            "t --resume r -i csv a",
            "t --resume r -i file a",
            "t --escape --null-marker N",
            "t --escape --json",
            "t --escape -i csv",
            "t --escape -i file",
            "t --escape -D ''",
            "t --key-from /id -k a",
            "t --key-from /id -i lines",
            "t --key-from /id -i csv",
            "t --key-from /id -i file",
            "t --key-from /id -D ;",
            "t --key-from /id -K :",
            "t --key-from /id -0",
            "t --key-from /id --null-marker N",
            "t --key-from /id --escape",
            "t --key-from /id --keep-partition",
            "t --key-from /id --drop-header x",
            "t --timestamp-from /at --timestamp 1s",
            "t --value-from /v --keep-partition",
            "t --key-column id",
            "t --json --key-column id",
            "t -i json --value-column v",
            "t -i file --timestamp-column t",
            "t --flexible",
            "t --csv-delimiter ;",
            "t --json --csv-quote '",
            "t -i csv -K :",
            "t -i csv -D ;",
            "t -i csv -0",
            "t -i csv --key-column id -k a",
            "t -i csv --timestamp-column id --timestamp 1s",
            "t -i csv --key-column id --keep-partition",
            "t -i csv --key-column id --drop-header x",
            "t -i file -K :",
            "t -i file -D ;",
            "t -i file -0",
            "t -i file --null-marker N",
            "t -i file --keep-partition",
            "t -i file --drop-header x",
            "t --keep-partition",
            "t --drop-header x",
        ];
        for line in lines {
            assert!(plan(line).is_err(), "{line}");
        }
    }

    #[test]
    fn values_that_mean_nothing_are_refused() {
        let lines = [
            "../x",
            "''",
            "t -p -1",
            "t -p x",
            "t --acks 2",
            "t -z brotli",
            "t -K ''",
            "t -D \\q",
            "t -H =x",
            "t --timestamp soon",
            "t --timeout 5",
            "t --sync-interval -1s",
            "t --partitioner random",
            "t -i yaml",
            "t --key-from id",
            "t --value-from /a~2",
            "t -i csv --csv-delimiter ,,",
            "t -i csv --csv-quote ,",
            "t --escape -K n",
        ];
        for line in lines {
            assert!(plan(line).is_err(), "{line}");
        }
    }
}
