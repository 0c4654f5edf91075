# What the scripts share. A script runs a command with `run` and then says with `expect` what it wrote and how it
# ended: the exit code, all of standard output, and parts of standard error, which must be empty if none is given.
# A `run` without an `expect` fails the script. What was run is kept in files, so that `run` may stand in a pipe.

scratch=$PWD/.expect
mkdir -p "$scratch"
rm -f "$scratch/pending"
trap 'status=$?; [ ! -e "$scratch/pending" ] || fail "nothing was expected of: $(cat "$scratch/pending")"; exit $status' EXIT

fail() {
    rm -f "$scratch/pending"
    echo "FAILED: $1"
    exit 1
}

# run COMMAND...: runs it with the standard input that `run` has.
run() {
    [ ! -e "$scratch/pending" ] || fail "nothing was expected of: $(cat "$scratch/pending")"
    echo "$*" >"$scratch/pending"
    echo 0 >"$scratch/code"
    "$@" >"$scratch/out" 2>"$scratch/err" || echo $? >"$scratch/code"
}

# code: the exit code of the last run, for where more than one is right.
code() {
    cat "$scratch/code"
}

# expect CODE STDOUT [STDERR-PART...]: STDOUT without its last newline; empty is empty.
expect() {
    [ -e "$scratch/pending" ] || fail "nothing was run before: expect $*"
    told="$(cat "$scratch/pending")
exit code $(code), stdout:
$(head -c 2000 "$scratch/out" | tr -d '\000')
stderr:
$(head -c 2000 "$scratch/err")"
    wanted=$1
    [ "$(code)" = "$wanted" ] || fail "expected exit code $wanted of: $told"
    if [ -n "$2" ]; then printf '%s\n' "$2"; fi | cmp -s - "$scratch/out" || fail "expected stdout '$2' of: $told"
    shift 2
    [ $# -gt 0 ] || [ ! -s "$scratch/err" ] || fail "expected nothing on stderr of: $told"
    for part in "$@"; do
        grep -qF -e "$part" "$scratch/err" || fail "expected '$part' on stderr of: $told"
    done
    rm "$scratch/pending"
}

# holds TOPIC LINES: what a topic holds, all in one partition.
holds() {
    run kafdir consume "$1"
    expect 0 "$2"
}

# is_clean: the store has nothing wrong with it.
is_clean() {
    kafdir check -q >"$scratch/check" 2>&1 || fail "check: $(cat "$scratch/check")"
}

# names DIRECTORY NAMES: the names in a directory, one a line, sorted; hidden ones too.
names() {
    found=$(find "$1" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort)
    [ "$found" = "$2" ] || fail "in $1 are: $found"
}

# is_root: for what only root can do; whoever is not says what was left out.
is_root() {
    [ "$(id -u)" = 0 ] || { echo "left out without root: $1"; return 1; }
}

# as_nobody COMMAND...: runs it as a user without any right of its own, of the group $gid.
as_nobody() {
    setpriv --reuid=65534 --regid="${gid:-65534}" --clear-groups "$@"
}
