# A nightly batch from cron: all that came since the last one goes to one run, two nights never overlap, and a night
# without anything says so by its exit code.
# Shell: POSIX
. "$EXPECT"
export KAFDIR="$PWD/store"

# What the crontab holds.
cat >nightly <<'SCRIPT'
#!/bin/sh
exec kafdir consume -q orders -g nightly --exclusive --batch 0 --fail-if-empty -- ./load
SCRIPT
# What loads one night's records: begins a file, and puts it in place once it is whole.
cat >load <<'SCRIPT'
#!/bin/sh
echo "$KAFDIR_COUNT from $KAFDIR_FIRST_OFFSET" >>nights
touch loading
cat >part && mv part "loaded.$KAFDIR_FIRST_OFFSET"
while [ -e hold ]; do sleep 0.01; done
rm loading
SCRIPT
chmod +x load

# nights SCRIPT: whether the job does what it is for.
nights() (
    rm -rf store nights loaded.* hold loading .expect/pending
    seq 1 1000 | kafdir produce -q orders
    run sh "$1"
    expect 0 ''
    run sh "$1"
    expect 3 ''
    # A night that takes longer than a day: the next one does not begin.
    seq 1001 1500 | kafdir produce -q orders
    touch hold
    sh "$1" &
    until [ -e loading ]; do sleep 0.01; done
    seq 1501 1600 | kafdir produce -q orders
    run timeout 20 sh "$1"
    rm hold
    wait $!
    expect 1 '' "pid $!"
    run sh "$1"
    expect 0 ''
    run cat nights
    expect 0 '1000 from 0
500 from 1000
100 from 1500'
    run sh -c 'cat loaded.0 loaded.1000 loaded.1500 | cmp - all && echo same'
    expect 0 same
    is_clean
)
seq 1 1600 >all
nights nightly

# The same with a fault in it is found out: nights that overlap, nights in pieces, silence where nothing came.
must_fail() {
    ! (nights "$1") >told 2>&1 || fail "nobody noticed what is wrong with $1"
    grep -q FAILED told || fail "$1 failed in another way: $(cat told)"
}
sed 's/ --exclusive//' nightly >overlapping
must_fail overlapping
sed 's/ --batch 0//' nightly >pieces
must_fail pieces
sed 's/ --fail-if-empty//' nightly >silent
must_fail silent
