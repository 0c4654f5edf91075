# A worker that runs for ever, as a service manager starts and stops it: SIGTERM to it and to all that it started.
. "$EXPECT"
export KAFDIR="$PWD/store"

# The service's ExecStart.
cat >service <<'SCRIPT'
exec kafdir consume -q jobs -g service --follow --dead-letter jobs.dlq --batch 10 -- ./work
SCRIPT
# Finishes what it has begun, whatever it is told.
cat >work <<'SCRIPT'
#!/bin/bash
trap '' TERM
cat >part
touch working
while [ -e hold ]; do sleep 0.01; done
cat part >>done
rm -f working
SCRIPT
# One that is stopped by the signal, as most programs are.
cat >fragile <<'SCRIPT'
#!/bin/bash
cat >part
touch working
while [ -e hold ]; do sleep 0.01; done
cat part >>done
rm -f working
SCRIPT
chmod +x work fragile

# within STATE COMMAND...: waits until COMMAND succeeds, though not for ever.
within() {
    state=$1 tries=0
    shift
    until "$@"; do
        tries=$((tries + 1))
        [ $tries -lt 500 ] || fail "after a long time still not so: $state"
        sleep 0.02
    done
}

# stop: the service and all of its children, as a unit is stopped; it must end by the signal.
stop() {
    children=$(ps -o pid= --ppid "$service") || true
    kill -TERM "$service" $children || fail "the service has gone by itself"
    rm -f hold
    ended=0
    wait "$service" || ended=$?
    [ "$ended" = 143 ] || fail "the service ended with $ended"
}

all_done() {
    [ "$(kafdir group describe service --json | jq '[.partitions[].lag] | add')" = 0 ]
}

# serves SCRIPT: whether a stop in the middle loses nothing, repeats nothing that was finished, and moves nothing.
serves() (
    rm -rf store done part working hold .expect/pending
    seq 1 25 | kafdir produce -q jobs
    touch hold
    bash "$1" &
    service=$!
    within 'the worker is at work' test -e working
    stop
    run sh -c 'kafdir consume jobs.dlq | wc -l'
    expect 0 0
    # Started again, it does the rest, and waits for more.
    bash "$1" &
    service=$!
    within 'all is done' all_done
    stop
    run sort -n done
    expect 0 "$(seq 1 25)"
    is_clean
)
serves service
sed 's,/work,/fragile,' service >with_fragile
serves with_fragile

must_fail() {
    ! (serves "$1") >told 2>&1 || fail "nobody noticed what is wrong with $1"
    grep -q FAILED told || fail "$1 failed in another way: $(cat told)"
}
# A worker that says of a job that it is done when it is only told to stop, and a service that is none.
sed "s/^#.*bash/&\ntrap 'exit 0' TERM/" fragile >shrug
chmod +x shrug
sed 's,/work,/shrug,' service >shrugging
must_fail shrugging
sed 's/ --follow//' service >short_lived
must_fail short_lived
