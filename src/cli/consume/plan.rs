//! What one run of `consume` is to do, with every contradiction refused.

use std::ffi::OsString;
use std::time::Duration;

use super::{Args, Order, SelectionArgs};
use crate::cli::flag;
use crate::cli::form::Form;
use crate::cli::selection::{Selection, partitions};
use crate::error::{Error, Result};
use crate::log::Isolation;
use crate::record::{Position, Range};
use crate::text::parse_range;

/// What one run is to do.
#[derive(Debug)]
pub(crate) struct ConsumePlan {
    pub(crate) topics: Vec<Selection>,
    /// Where to start and to stop, in each partition.
    pub(crate) range: Range,
    pub(crate) isolation: Isolation,
    pub(crate) end: End,
    /// Whether all partitions are one sequence, by timestamp.
    pub(crate) by_time: bool,
    pub(crate) form: Form,
}

/// When to end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct End {
    /// Whether to go on after the end.
    pub(crate) follow: bool,
    pub(crate) max_messages: Option<u64>,
    /// Go on after the end until nothing came for so long.
    pub(crate) idle_timeout: Option<Duration>,
    /// End after so long in any case.
    pub(crate) timeout: Option<Duration>,
    pub(crate) fail_if_empty: bool,
    /// Whether to wait for a topic that does not exist.
    pub(crate) wait_topic: bool,
}

impl End {
    /// When to end, as the flags say.
    pub(super) fn new(args: &Args) -> Result<Self> {
        let ending = &args.ending;
        let idle_timeout = flag::duration("--idle-timeout", ending.idle_timeout.as_deref())?;
        Ok(Self {
            follow: ending.follow,
            max_messages: ending.max_messages,
            idle_timeout: idle_timeout.or(ending.timeout_ms.map(Duration::from_millis)),
            timeout: flag::duration("--timeout", ending.timeout.as_deref())?,
            fail_if_empty: ending.fail_if_empty,
            wait_topic: ending.wait_topic,
        })
    }

    /// Whether the end of a log is a pause and not the end.
    pub(crate) fn goes_on(&self) -> bool {
        self.follow || self.idle_timeout.is_some()
    }
}

impl ConsumePlan {
    /// The plan that `args` ask for; `now` in ms is what ages are counted back from.
    pub(crate) fn new(args: &Args, now: i64) -> Result<Self> {
        let end = End::new(args)?;
        let range = range(&Bounds::of(&args.selection), &end, now)?;
        let by_time = args.selection.order == Some(Order::Time);
        if by_time && matches!(range.to, Some(Position::FromEnd(_))) {
            let both = Error::usage("--order time and a range that stops at -N exclude each other");
            return Err(both
                .help("counted from the end of all partitions together is only where it starts"));
        }
        let form = Form::new(&args.selection.filter, &args.output)?;
        if by_time {
            form.refuse_reach("--order time")?;
        }
        Ok(Self {
            topics: topics(args)?,
            range,
            by_time,
            isolation: args.selection.isolation_level.into(),
            end,
            form,
        })
    }
}

fn topics(args: &Args) -> Result<Vec<Selection>> {
    let each = partitions(args.selection.partition.as_deref())?;
    let mut topics: Vec<Selection> = Vec::with_capacity(args.topics.len());
    for text in &topic_texts(args)? {
        let selection = Selection::parse(text, each.as_deref())?;
        if topics.iter().any(|known| known.topic == selection.topic) {
            let topic = &selection.topic;
            return Err(Error::usage(format!("the topic {topic} is named twice"))
                .help(format!("several partitions of one topic are {topic}:0,2")));
        }
        topics.push(selection);
    }
    Ok(topics)
}

/// The topics as they were typed. Behind `--` there may be some too, as long as there is none before: of topics whose
/// names begin with a dash.
fn topic_texts(args: &Args) -> Result<Vec<String>> {
    let behind = &args.command.command;
    if behind.is_empty() {
        return Ok(args.topics.clone());
    }
    if !args.topics.is_empty() {
        return Err(Error::usage(
            "a COMMAND is given the records of a group, and there is no --group",
        )
        .help("say which group it works for: -g GROUP"));
    }
    let text = |word: &OsString| {
        let text = word.to_str().map(str::to_owned);
        text.ok_or_else(|| Error::usage(format!("{} is no topic", word.display())))
    };
    behind.iter().map(text).collect()
}

/// The flags that say where to start and to stop.
pub(super) struct Bounds<'a> {
    pub(super) offset: Option<&'a str>,
    pub(super) from: Option<&'a str>,
    pub(super) to: Option<&'a str>,
    pub(super) from_beginning: bool,
}

impl<'a> Bounds<'a> {
    pub(super) fn of(selection: &'a SelectionArgs) -> Self {
        Self {
            offset: selection.offset.as_deref(),
            from: selection.from.as_deref(),
            to: selection.to.as_deref(),
            from_beginning: selection.from_beginning,
        }
    }
}

/// Where to start and to stop; `now` in ms.
pub(super) fn range(bounds: &Bounds<'_>, end: &End, now: i64) -> Result<Range> {
    let range = match bounds.offset {
        Some(text) => parse_range(text, now).map_err(|error| error.within("--offset"))?,
        None if bounds.from_beginning => Range {
            from: Some(Position::Start),
            to: flag::position("--to", bounds.to, now)?,
        },
        None => Range {
            from: flag::position("--from", bounds.from, now)?,
            to: flag::position("--to", bounds.to, now)?,
        },
    };
    if is_backwards(&range) {
        let flags = if bounds.offset.is_some() {
            "--offset"
        } else {
            "--from and --to"
        };
        return Err(Error::usage("the range ends before it begins").within(flags));
    }
    if end.follow && matches!(range.to, Some(Position::End | Position::FromEnd(_))) {
        return Err(
            Error::usage("--follow goes on after the end, and the range stops there")
                .help("leave out --follow, or stop at an offset or a time"),
        );
    }
    Ok(range)
}

/// Whether both ends are of one kind, so that their order can be told without the log, and it is the wrong one.
fn is_backwards(range: &Range) -> bool {
    match (range.from, range.to) {
        (Some(Position::Offset(from)), Some(Position::Offset(to)))
        | (Some(Position::Time(from)), Some(Position::Time(to)))
        | (Some(Position::FromStart(from)), Some(Position::FromStart(to)))
        | (Some(Position::FromEnd(to)), Some(Position::FromEnd(from))) => from > to,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;
    use crate::cli::form::Shape;
    use crate::cli::testing::{args, args_of};
    use crate::error::ErrorKind;

    /// What clap says, or what the plan says.
    fn plan(line: &str) -> Result<ConsumePlan, String> {
        let args = args("consume", line)?;
        ConsumePlan::new(&args, 1_000_000).map_err(|error| {
            assert_eq!(error.kind(), ErrorKind::Usage, "{line}");
            error.to_string()
        })
    }

    fn ends(line: &str) -> (Option<Position>, Option<Position>) {
        let range = plan(line).unwrap().range;
        (range.from, range.to)
    }

    #[test]
    fn the_plainest_line_prints_everything_and_ends() {
        let plan = plan("t").unwrap();
        assert_eq!(plan.range, Range::default());
        assert_eq!(plan.isolation, Isolation::ReadCommitted);
        assert!(!plan.end.follow && plan.end.max_messages.is_none());
        assert!(matches!(plan.form.shape, Shape::Lines(_)));
        assert!(plan.form.filters.is_empty());
        assert_eq!(plan.topics[0].partitions, None);
    }

    #[test]
    fn partitions_of_one_topic_and_of_each() {
        let selected = |line: &str| {
            let topics = plan(line).unwrap().topics;
            let lists = topics.into_iter().map(|selection| selection.partitions);
            lists.collect::<Vec<_>>()
        };
        assert_eq!(selected("a:2,0,2 b"), [Some(vec![0, 2]), None]);
        assert_eq!(selected("a b -p 1"), [Some(vec![1]), Some(vec![1])]);
        assert_eq!(selected("-- -a -b:1"), [None, Some(vec![1])]);
    }

    #[test]
    fn positions() {
        use Position::{End, FromEnd, Offset, Start, Time};
        assert_eq!(ends("t -o -5"), (Some(FromEnd(5)), None));
        assert_eq!(ends("t -o 3:9"), (Some(Offset(3)), Some(Offset(9))));
        assert_eq!(
            ends("t --offset -5:-1"),
            (Some(FromEnd(5)), Some(FromEnd(1)))
        );
        assert_eq!(
            ends("t --from @1s --to end"),
            (Some(Time(999_000)), Some(End))
        );
        assert_eq!(ends("t --from-beginning"), (Some(Start), None));
        assert_eq!(ends("t -f --to 7"), (None, Some(Offset(7))));
        assert_eq!(ends("t --offset earliest"), (Some(Start), None));
    }

    #[test]
    fn endings() {
        let end = plan("t -f -n 3 --timeout-ms 1500 --timeout 1m --fail-if-empty --wait-topic")
            .unwrap()
            .end;
        let expected = End {
            follow: true,
            max_messages: Some(3),
            idle_timeout: Some(Duration::from_millis(1500)),
            timeout: Some(Duration::from_secs(60)),
            fail_if_empty: true,
            wait_topic: true,
        };
        assert_eq!(end, expected);
    }

    #[test]
    fn forms() {
        let form = |line: &str| plan(line).unwrap().form.shape;
        assert!(matches!(form("t --json"), Shape::Json(_)));
        assert!(matches!(form("t -F json --json-values"), Shape::Json(_)));
        assert!(matches!(
            form("t -F lines -0 -K \\t --null-marker N"),
            Shape::Lines(_)
        ));
        assert!(matches!(
            form("t -F %k=%s\\n --null-marker N"),
            Shape::Format(_)
        ));
    }

    #[test]
    fn further_forms() {
        let form = |line: &str| plan(line).unwrap().form;
        for line in [
            "t --escape -K \\t",
            "t --strict -0",
            "t --escape --filter key=a",
        ] {
            assert!(matches!(form(line).shape, Shape::Lines(_)), "{line}");
        }
        for line in [
            "t -F csv",
            "t -F csv --columns a,/b/c --csv-delimiter ; --csv-quote ' --csv-quote-all",
            "t -F csv --null-marker N",
        ] {
            assert!(matches!(form(line).shape, Shape::Csv(_)), "{line}");
        }
        assert!(matches!(form("t --strict -F %k").shape, Shape::Format(_)));
        assert!(
            !form("t --filter !key=a --filter value~b")
                .filters
                .is_empty()
        );
    }

    /// Each flag beside each that it contradicts.
    #[test]
    fn contradictions_are_refused() {
        let lines = [
            "t --order time -f",
            "t --order time --idle-timeout 1s",
            "t --order time --timeout-ms 5",
            "t --order time -o -5:-1",
            "t --order time -g g",
            "t --escape --null-marker N",
            "t --escape --strict",
            "t --escape --json",
            "t --escape -F json",
            "t --escape -F csv",
            "t --escape -F %s",
            "t --escape -D ''",
            "t --strict --json",
            "t --strict -F json",
            "t --strict -F csv",
            "t --json-values",
            "t --json-values -F lines",
            "t --json-values -F csv",
            "t --json-values -F %s",
            "t --columns a",
            "t --columns a --json",
            "t --columns a -F %s",
            "t --csv-delimiter ;",
            "t --csv-quote ' --json",
            "t --csv-quote-all -F lines",
            "t -F csv -D ;",
            "t -F csv -0",
            "t -F csv -K :",
            "t -D ; -0",
            "t --json -F lines",
            "t --json -D ;",
            "t --json -0",
            "t --json -K :",
            "t --json --null-marker N",
            "t -F json -D ;",
            "t -F json -0",
            "t -F json -K :",
            "t -F json --null-marker N",
            "t -F %s -D ;",
            "t -F %s -0",
            "t -F %s -K :",
            "t -o 1 --from 1",
            "t -o 1 --to 1",
            "t -o 1 --from-beginning",
            "t --from 1 --from-beginning",
            "t --idle-timeout 1s --timeout-ms 1",
            "t --wait-topic",
            "t -f --to end",
            "t -f -o 1:-1",
            "t:0 -p 0",
            "t -- c",
            "--each -- t",
            "t t",
            "t:0 t:1",
            "t -o 9:3",
            "t --from -1 --to -5",
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
            "t:",
            "t:x",
            "t:-1",
            "t -p 0,,1",
            "t -o somewhere",
            "t -n -1",
            "t -n many",
            "t --timeout 5",
            "t --isolation-level none",
            "t -F plain",
            "t -F csv --columns a,,b",
            "t -F csv --columns /a~2",
            "t -F csv --csv-delimiter ab",
            "t -F csv --csv-quote ,",
            "t --filter id=7",
            "t --order offset",
            "t --order time -F %]",
            "t --filter value~(",
            "t --escape -D n",
            "t -F ''",
            "t -F %q",
            "t -K ''",
            "t -D \\",
        ];
        for line in lines {
            assert!(plan(line).is_err(), "{line}");
        }
    }

    #[test]
    fn who_means_the_format_is_told_its_flag() {
        let args = args_of("consume", ["t", "-f", "%k %s\\n"]).unwrap();
        let error = ConsumePlan::new(&args, 0).unwrap_err();
        assert_eq!(
            error.help_text(),
            Some("the format of the output is -F, --format")
        );
    }
}
