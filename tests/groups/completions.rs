//! The completion scripts in the shells they are for: names of topics, groups and members, from the directory, at once.

use std::fs;

use crate::harness::Sandbox;
use crate::inside;

/// Calls the script's function as bash's readline does, and shows what it offers.
const BASH: &str = r#"
set +e
source <(kafdir completions bash)
offer() {
    COMP_LINE=$1 COMP_POINT=${#1} COMPREPLY=()
    COMP_WORDS=($1) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    [[ $1 != *" " ]] || { COMP_WORDS+=(""); COMP_CWORD=$((COMP_CWORD + 1)); }
    _kafdir kafdir "${2-${COMP_WORDS[COMP_CWORD]}}" "${COMP_WORDS[COMP_CWORD-1]}"
    (IFS='|'; echo "${COMPREPLY[*]}")
}
"#;

fn scene() -> Sandbox {
    let sandbox = Sandbox::with_topic("orders", 1);
    for topic in ["orders.dlq", "invoices"] {
        sandbox.create(topic, 1, &[]);
    }
    for group in ["billing", "two words", "ns:billing", "it's"] {
        sandbox
            .kafdir(["group", "commit", "-q", group, "orders:0=0"])
            .exits(0);
    }
    sandbox
}

#[test]
fn bash_offers_the_names_that_are_there() {
    let sandbox = scene();
    let member = inside::join(&sandbox, "billing", "worker", "orders");
    for (offer, expected) in [
        ("'kafdir consume '", "invoices|orders|orders.dlq"),
        ("'kafdir consume or'", "orders|orders.dlq"),
        (
            "'kafdir -q topic delete invoices '",
            "invoices|orders|orders.dlq",
        ),
        ("'kafdir consume orders -g b'", "billing"),
        (
            "'kafdir consume orders --group '",
            r"billing|it\'s|ns:billing|two\ words",
        ),
        // The shell hands over what follows a colon or an equals sign, and what is in quotes without them.
        ("'kafdir consume orders --group=b' b", "billing"),
        ("'kafdir group describe ns:b' b", "billing"),
        ("'kafdir group describe \"tw' tw", "two words"),
        ("'kafdir group evict billing '", member.id()),
        ("'KAFDIR=elsewhere kafdir consume or'", ""),
        ("'kafdir --dir elsewhere consume or'", ""),
        // What is no name is completed as before.
        ("'kafdir group des'", "describe"),
        ("'kafdir group describe --mem'", "--members"),
    ] {
        sandbox
            .shell(&format!("{BASH}\noffer {offer}"))
            .stdout(format!("{expected}\n"))
            .exits(0);
    }
}

/// How soon they are offered is measured by `cargo bench -- completion`.
#[test]
fn names_are_offered_where_there_are_many() {
    let sandbox = scene();
    // Names are all that is looked at: of topics, files of no content do.
    for number in 0..1_000 {
        let name = format!("many-{number}");
        fs::write(sandbox.store().join(format!("topics/{name}.json")), "").unwrap();
        fs::create_dir(sandbox.store().join("groups").join(name)).unwrap();
    }
    let expected = "many-99 many-990 many-991 many-992 many-993 many-994 many-995 many-996 many-997 many-998 many-999";
    for line in ["kafdir consume many-99", "kafdir consume orders -g many-99"] {
        sandbox
            .shell(&format!("{BASH}\noffer '{line}'"))
            .stdout(expected.replace(' ', "|") + "\n")
            .exits(0);
    }
}

#[test]
fn fish_and_zsh_where_they_are_installed() {
    let sandbox = scene();
    let fish = r#"
command -v fish > /dev/null || exit 0
kafdir completions fish > kafdir.fish
offer() { fish --no-config -c "source kafdir.fish; complete -C '$1'" | cut -f 1 | paste -sd '|'; }
[ "$(offer 'kafdir consume or')" = 'orders|orders.dlq' ]
[ "$(offer 'kafdir consume orders -g b')" = 'billing' ]
[ "$(offer 'kafdir group describe ns:')" = 'ns:billing' ]
[ "$(offer 'kafdir group des')" = 'describe' ]
"#;
    sandbox.shell(fish).exits(0);
    let zsh =
        "command -v zsh > /dev/null || exit 0\nkafdir completions zsh > _kafdir\nzsh -n _kafdir";
    sandbox.shell(zsh).exits(0);
}
