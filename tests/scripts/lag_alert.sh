# An alert for groups that fall behind, and for members that hang, from the JSON of describe.
# Shell: POSIX
. "$EXPECT"
export KAFDIR="$PWD/store"

# What somebody would have in cron: says which groups are more than LIMIT records behind, and ends with 1 if one is.
# The report is taken first: the exit code of a pipe is that of its last command.
cat >alert <<'SCRIPT'
#!/bin/sh
report=$(kafdir group describe --json) || exit 2
behind=$(echo "$report" | jq -r --argjson limit "$1" '
    ([.partitions[].lag // 0] | add // 0) as $lag | select($lag > $limit) | "\(.group) is \($lag) records behind"')
[ -z "$behind" ] || { echo "$behind"; exit 1; }
SCRIPT

# watched ALERT: whether the alert does what it is for.
watched() (
    rm -rf store .expect/pending
    seq 1 3000 | kafdir produce -q orders
    run kafdir group commit -q fast orders:0=2990
    expect 0 ''
    run kafdir group commit -q slow orders:0=500
    expect 0 ''
    # A group that was made and has committed nothing of one topic yet has nothing to be behind with.
    run kafdir group commit -q new orders:0=3000
    expect 0 ''
    run sh "$1" 1000
    expect 1 'slow is 2500 records behind'
    run kafdir group reset slow --topic orders --to-latest --json
    expect 0 '{"group":"slow","topic":"orders","partition":0,"previous_offset":500,"new_offset":3000,"dry_run":false}'
    run sh "$1" 1000
    expect 0 ''
    run sh "$1" 5
    expect 1 'fast is 10 records behind'
    # A group that can't be read is no group that is well.
    echo '{' >store/groups/slow/offsets.json
    run sh "$1" 1000
    expect 2 '' offsets.json
)
watched alert

# The same with a fault in it is found out: an alert that looks at the wrong number, one that takes an error for silence.
must_fail() {
    ! (watched "$1") >told 2>&1 || fail "nobody noticed what is wrong with $1"
    grep -q FAILED told || fail "$1 failed in another way: $(cat told)"
}
sed 's/\.lag/.current_offset/' alert >wrong_number
must_fail wrong_number
sed 's/ || exit 2$//' alert >careless
must_fail careless
