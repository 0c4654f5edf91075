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

# stop PID: to the process and to all of its children, as a unit is stopped; says how it ended.
stop() {
    children=$(ps -o pid= --ppid "$1")
    kill -TERM "$1" $children
    rm -f hold
    code=0
    wait "$1" || code=$?
    echo $code
}

# serves SCRIPT WORKER: whether a stop in the middle loses nothing, repeats nothing that was finished, and moves nothing.
serves() (
    rm -rf store done part working hold .expect/pending
    seq 1 25 | kafdir produce -q jobs
    touch hold
    bash "$1" &
    service=$!
    until [ -e working ]; do sleep 0.01; done
    ended=$(stop $service)
    [ "$ended" = 143 ] || fail "the service ended with $ended"
    run sh -c 'kafdir consume jobs.dlq | wc -l'
    expect 0 0
    # Started again, it does the rest.
    bash "$1" &
    service=$!
    kafdir topic list | grep -q . || fail "no topics"
    tries=0
    until [ "$(kafdir group describe service --json | jq '[.partitions[].lag] | add')" = 0 ]; do
        tries=$((tries + 1))
        [ $tries -lt 500 ] || fail "the rest is not done"
        sleep 0.02
    done
    ended=$(stop $service)
    [ "$ended" = 143 ] || fail "the service ended with $ended"
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
# A worker that takes a stop for a job that can't be done, and one that counts half of a job as done.
sed 's/--follow.* -- /--follow -- /; s,\./work,sh -c "kafdir produce -q jobs.dlq",' service >hasty
must_fail hasty
sed 's/^exec //; s/$/; exit 0/' service >shrugging
must_fail shrugging
