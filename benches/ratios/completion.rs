//! How soon names are offered where there are many: what passes in bash between the Tab key and the names.

use std::fs;
use std::process::Command;

use crate::Result;
use crate::row::{Goal, Row, Unit};
use crate::sample::Pairs;
use crate::scene::Scene;

const NAMES: usize = 1_000;
/// Who presses a key does not notice so much, in seconds.
const BUDGET_SECONDS: f64 = 20e-3;

/// Calls the script's function as readline does, and prints the microseconds of each call.
const SCRIPT: &str = r#"
source <("$1" completions bash)
kafdir() { :; }
cd "$(dirname "$1")"
COMP_LINE=$2 COMP_POINT=${#2} COMP_WORDS=($2) COMP_CWORD=$(($(wc -w <<<"$2") - 1))
for run in {1..50}; do
    start=$EPOCHREALTIME
    _kafdir ./kafdir "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
    end=$EPOCHREALTIME
    [ ${#COMPREPLY[@]} -eq 11 ] || exit 1
    echo $((${end/./} - ${start/./}))
done
"#;

pub(crate) fn measure(scene: &Scene) -> Result<Vec<Row>> {
    let store = scene.path("completed");
    scene.make_store("completed")?;
    // Names are all that is looked at: of topics, files of no content do.
    fs::create_dir_all(store.join("groups"))?;
    for number in 0..NAMES {
        fs::write(store.join(format!("topics/many-{number}.json")), "")?;
        fs::create_dir(store.join(format!("groups/many-{number}")))?;
    }
    let mut rows = Vec::new();
    for (what, line) in [
        ("topic", "kafdir consume many-99"),
        ("group", "kafdir consume orders -g many-99"),
    ] {
        let told = Command::new("bash")
            .args(["-c", SCRIPT, "bash", env!("CARGO_BIN_EXE_kafdir"), line])
            .env("KAFDIR", &store)
            .env_remove("KAFDIR_BOOTSTRAP_SERVER")
            .output()?;
        if !told.status.success() {
            return Err(format!("{line}: {}", String::from_utf8_lossy(&told.stderr)).into());
        }
        let micros: Vec<f64> = str::from_utf8(&told.stdout)?
            .lines()
            .map(str::parse)
            .collect::<std::result::Result<_, _>>()?;
        let seconds = micros.iter().map(|micros| micros / 1e6).collect();
        rows.push(Row::new(
            format!("completion-{what}"),
            format!("the names of 11 of {NAMES} {what}s in bash / 20 ms"),
            Unit::Time,
            Pairs::against(BUDGET_SECONDS, seconds),
            Goal::AtMost(1.0),
        ));
    }
    fs::remove_dir_all(&store)?;
    Ok(rows)
}
