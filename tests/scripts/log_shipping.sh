# A program's log, shipped by cron while it is written and rotated: each line arrives once and in order, whether the
# rotation renames the file or copies and truncates it, and whatever ends a run.
# Shell: POSIX
. "$EXPECT"
export KAFDIR="$PWD/store"

# What the crontab holds.
cat >ship <<'SCRIPT'
#!/bin/sh
exec kafdir produce -q access --resume access log/app.log
SCRIPT

# write COUNT: what the program writes to its log: the next COUNT numbers, as lines.
write() {
    seq $((written + 1)) $((written + $1)) >>log/app.log
    written=$((written + $1))
}
# What logrotate does, `create` and `copytruncate`; older ones move on.
rotate_rename() {
    [ ! -e log/app.log.1 ] || mv log/app.log.1 log/app.log.2
    mv log/app.log log/app.log.1
    : >log/app.log
}
rotate_copytruncate() {
    [ ! -e log/app.log.1 ] || mv log/app.log.1 log/app.log.2
    cp log/app.log log/app.log.1
    : >log/app.log
}
# ships SCRIPT: runs the job, which has nothing to say.
ships() {
    run sh "$1"
    expect 0 ''
}
# arrived: everything that was written has arrived, once and in order.
arrived() {
    seq "$written" >all
    run sh -c 'kafdir consume access | cmp - all && echo same'
    expect 0 same
}

# shipping SCRIPT: whether the job does what it is for.
shipping() (
    rm -rf store log .expect/pending
    mkdir log
    written=0
    write 1000
    ships "$1"
    # Nothing new, and something.
    ships "$1"
    write 500
    ships "$1"
    arrived
    # The program is in the middle of a line.
    printf 15 >>log/app.log
    ships "$1"
    arrived
    printf '01\n' >>log/app.log
    written=1501
    ships "$1"
    arrived

    # Rotated with lines that no run has seen; the new file is there already, and longer than the old one was.
    for rotate in rotate_rename rotate_copytruncate rotate_rename rotate_copytruncate; do
        write 700
        $rotate
        write 5000
        ships "$1"
        arrived
    done

    # Runs that are killed, wherever they are, and one that finds the work of all of them.
    for run in 1 2 3 4 5; do
        write 40000
        (timeout -s KILL "0.0$run" sh "$1") 2>/dev/null || true
    done
    rotate_rename
    write 10
    ships "$1"
    arrived

    # Two at once: one does the work, the other has nothing to do or says why it does nothing.
    write 40000
    sh "$1" 2>first.err &
    run sh "$1"
    wait $! || grep -q 'is running already' first.err || fail "the first of two: $(cat first.err)"
    if [ "$(code)" = 1 ]; then expect 1 '' 'is running already'; else expect 0 ''; fi
    ships "$1"
    arrived
    is_clean
)
shipping ship

# The same with a fault in it is found out: the file as a whole each time, a file that is emptied once it was shipped,
# and an import that each run begins anew.
must_fail() {
    ! (shipping "$1") >told 2>&1 || fail "nobody noticed what is wrong with $1"
    grep -q FAILED told || fail "$1 failed in another way: $(cat told)"
}
sed 's/ --resume access//' ship >whole
must_fail whole
sed 's|^exec ||; s| --resume access log/app.log$| log/app.log \&\& : >log/app.log|' ship >emptied
must_fail emptied
sed 's/--resume access/--resume "access-$$"/' ship >anew
must_fail anew
