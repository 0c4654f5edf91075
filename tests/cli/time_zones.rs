//! Times people write are in their own time zone; instants are the same everywhere.

use crate::harness::Sandbox;

/// One record a minute, 2026-03-29 00:00 to 03:59 UTC: the night in which Berlin skips an hour.
fn night() -> Sandbox {
    const MIDNIGHT: i64 = 1_774_742_400_000;
    let sandbox = Sandbox::with_topic("t", 1);
    let mut input = String::new();
    for minute in 0..240 {
        let timestamp = MIDNIGHT + minute * 60_000;
        let (hour, rest) = (minute / 60, minute % 60);
        input += &format!("{{\"value\":\"{hour:02}:{rest:02}Z\",\"timestamp\":{timestamp}}}\n");
    }
    sandbox
        .kafdir(["produce", "t", "--json"])
        .input(input)
        .exits(0);
    sandbox
}

#[track_caller]
fn first_at(sandbox: &Sandbox, zone: &str, time: &str) -> String {
    sandbox
        .kafdir(["consume", "t", "-n", "1", "-o", &format!("@{time}")])
        .env("TZ", zone)
        .any_stdout()
        .exits(0)
        .text()
        .trim_end()
        .to_owned()
}

#[test]
fn local_times_follow_the_zone() {
    let sandbox = night();
    for (zone, time, expected) in [
        ("UTC", "2026-03-29T01:30:00", "01:30Z"),
        ("UTC", "2026-03-29", "00:00Z"),
        ("Europe/Berlin", "2026-03-29T01:30:00", "00:30Z"),
        // After the clocks were put forward at 02:00.
        ("Europe/Berlin", "2026-03-29T03:30:00", "01:30Z"),
        ("America/New_York", "2026-03-28T22:15:00", "02:15Z"),
        ("Asia/Kolkata", "2026-03-29T06:00:00", "00:30Z"),
        (":Europe/Berlin", "2026-03-29T01:30:00", "00:30Z"),
        (
            "CET-1CEST,M3.5.0,M10.5.0/3",
            "2026-03-29T03:30:00",
            "01:30Z",
        ),
    ] {
        assert_eq!(first_at(&sandbox, zone, time), expected, "{time} in {zone}");
    }
}

#[test]
fn a_local_time_that_was_skipped_is_the_instant_after_the_gap() {
    let sandbox = night();
    let found = first_at(&sandbox, "Europe/Berlin", "2026-03-29T02:30:00");
    assert_eq!(
        found, "01:30Z",
        "02:30 was skipped: half an hour after the gap began"
    );
}

#[test]
fn instants_do_not_depend_on_the_zone() {
    let sandbox = night();
    for zone in [
        "UTC",
        "Europe/Berlin",
        "Pacific/Kiritimati",
        "America/St_Johns",
    ] {
        for time in [
            "2026-03-29T01:30:00Z",
            "2026-03-29T03:30:00+02:00",
            "1774747800",
            "1774747800000",
        ] {
            assert_eq!(first_at(&sandbox, zone, time), "01:30Z", "{time} in {zone}");
        }
    }
}

#[test]
fn a_zone_that_nobody_knows_is_not_passed_over() {
    let sandbox = night();
    let output = sandbox
        .kafdir(["consume", "t", "-n", "1", "-o", "@2026-03-29T01:30:00"])
        .env("TZ", "Mars/Olympus")
        .any_stdout()
        .any_stderr()
        .exits_with_one_of(&[0, 2]);
    // C libraries take an unknown zone for UTC; to refuse it is better. Anything else would be a guess.
    assert!(output.stdout.is_empty() || output.stdout == b"01:30Z\n");
}

#[test]
fn times_ago_count_from_now() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .kafdir(["produce", "t", "--timestamp", "2h"])
        .input("old\n")
        .exits(0);
    sandbox.produce("t", "new\n");
    for (time, expected) in [("3h", "old"), ("1h", "new"), ("7d", "old"), ("90m", "new")] {
        assert_eq!(
            first_at(&sandbox, "Europe/Berlin", time),
            expected,
            "{time} ago"
        );
    }
}
