# One line per check, a count at the end, and the program under test. Sourced.
source "$(dirname "${BASH_SOURCE[0]}")/kafka.sh"

KAFDIR_PROGRAM=${KAFDIR_PROGRAM:-$ORACLE_REPOSITORY/target/release/kafdir}
FIXTURES=${FIXTURES:-$ORACLE_TARGET/fixtures}
unset KAFDIR KAFDIR_BOOTSTRAP_SERVER
passed=0
failed=0

# kafdir ARGUMENT...: the program. A run that ends well under -q writes nothing to stderr, and what does fails its check.
kafdir() {
    "$KAFDIR_PROGRAM" -q "$@"
}

# check WHAT COMMAND [ARGUMENT...]: passes when COMMAND, run with -e, exits 0 and writes nothing to stderr.
check() {
    local what=$1 started=$SECONDS output status
    shift
    output=$(mktemp "$ORACLE_TARGET/check.XXXXXX")
    # Outside a condition, where the shell would ignore -e.
    set +e
    (
        set -e
        "$@"
    ) >"$output" 2>"$output.stderr" </dev/null
    status=$?
    set -e
    if [ "$status" -eq 0 ] && [ ! -s "$output.stderr" ]; then
        echo "ok - $what ($((SECONDS - started)) s)"
        passed=$((passed + 1))
    else
        echo "FAILED - $what (exit $status)"
        { tail -n 8 "$output" && head -n 12 "$output.stderr"; } | cut -c 1-400 | sed 's/^/    /'
        failed=$((failed + 1))
    fi
    rm -f "$output" "$output.stderr"
}

# must WHAT COMMAND [ARGUMENT...]: a check on which the following ones stand: when it fails, the script ends.
must() {
    local before=$failed
    check "$@"
    if [ "$failed" -gt "$before" ]; then
        finish
    fi
}

# Ends the script with the count.
finish() {
    echo "$(basename "$0" .sh): $passed passed, $failed failed"
    [ "$failed" -eq 0 ] || exit 1
}

# scratch NAME: an empty directory of that name.
scratch() {
    rm -rf "${ORACLE_TARGET:?}/$1"
    mkdir -p "$ORACLE_TARGET/$1"
    echo "$ORACLE_TARGET/$1"
}
