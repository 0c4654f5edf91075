//! The flags that decide how lines become records and where these go, as a text to be compared.

use super::{Args, InputForm};

/// These flags as they would be typed; the same text means the same records from the same bytes.
pub(super) fn of(args: &Args) -> String {
    let input = &args.input;
    let form = input.input.unwrap_or(if input.json {
        InputForm::Json
    } else {
        InputForm::Lines
    });
    let mut flags = vec![format!("--input {}", name(form))];
    let mut flag = |flag: &str, value: Option<String>| {
        flags.extend(value.map(|value| format!("{flag} {value:?}")));
    };
    flag("--key-separator", input.key_separator.clone());
    flag("--delimiter", input.delimiter.clone());
    flag("--null", input.null.then(String::new));
    let null_marker = input.null_marker.as_ref();
    flag(
        "--null-marker",
        null_marker.map(|text| text.to_string_lossy().into_owned()),
    );
    flag("--escape", input.escape.then(String::new));
    flag("--key-from", input.key_from.clone());
    flag("--value-from", input.value_from.clone());
    flag("--timestamp-from", input.timestamp_from.clone());
    for glob in &input.drop_header {
        flag("--drop-header", Some(glob.clone()));
    }
    let key = args.record.key.as_ref();
    flag("--key", key.map(|text| text.to_string_lossy().into_owned()));
    flag(
        "--partition",
        args.storing.partition.map(|number| number.to_string()),
    );
    flag("--partitioner", args.storing.partitioner.map(name));
    flags.join(" ")
}

fn name(value: impl clap::ValueEnum + Copy) -> String {
    value
        .to_possible_value()
        .map_or_else(String::new, |value| value.get_name().to_owned())
}
