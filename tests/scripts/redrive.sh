# Records that could not be processed: set aside, looked at, mended, and sent through again.
# Shell: POSIX
. "$EXPECT"
export KAFDIR="$PWD/store"

cat >process <<'SCRIPT'
kafdir consume -q orders -g billing --max-attempts 2 --backoff 10ms --dead-letter orders.dlq -- ./bill
SCRIPT
cat >redrive <<'SCRIPT'
kafdir consume -q orders.dlq -g redrive --json -- kafdir produce -q orders --json
SCRIPT
# Knows euros, and after the mend dollars as well.
cat >bill <<'SCRIPT'
#!/bin/sh
cat >in
bad=$(grep -v -f currencies in) && { echo "unknown currency: $(echo "$bad" | head -1)" >&2; exit 1; }
cat in >>billed
SCRIPT
chmod +x bill

# cycle PROCESS REDRIVE: whether everything is billed once in the end, and what failed says why.
cycle() (
    rm -rf store billed .expect/pending
    echo eur >currencies
    kafdir produce -q orders --key-separator : <<'RECORDS'
ann:1 eur
bob:2 usd
ann:3 eur
cyd:4 usd
bob:5 eur
RECORDS
    run sh "$1"
    expect 0 '' 'unknown currency: 2 usd' 'unknown currency: 4 usd'
    run cat billed
    expect 0 '1 eur
3 eur
5 eur'
    run sh -c "kafdir consume orders.dlq --json | jq -r '
        [.key, .value, (.headers | map(.[1]) | join(\",\"))] | join(\"|\")'"
    expect 0 'bob|2 usd|orders,0,1,2,1,unknown currency: 2 usd
cyd|4 usd|orders,0,3,2,1,unknown currency: 4 usd'
    echo usd >>currencies
    run sh "$2"
    expect 0 ''
    # They are sent once, however often one asks.
    run sh "$2"
    expect 0 ''
    run sh "$1"
    expect 0 ''
    run sort billed
    expect 0 '1 eur
2 usd
3 eur
4 usd
5 eur'
    run sh -c 'kafdir consume orders --key-separator : | tail -2'
    expect 0 'bob:2 usd
cyd:4 usd'
    is_clean
)
cycle process redrive

must_fail() {
    ! (cycle "$1" "$2") >told 2>&1 || fail "nobody noticed what is wrong with $1 and $2"
    grep -q FAILED told || fail "$1 and $2 failed in another way: $(cat told)"
}
# The good ones go with the bad ones; they are sent without their keys, or again and again.
sed 's/ -- / --no-split -- /' process >whole
must_fail whole redrive
sed 's/ --json//g' redrive >bare
must_fail process bare
sed 's/ -- / --no-commit -- /' redrive >again
must_fail process again
