# A job that cron starts: hardly any environment, no terminal, output that would be mailed to somebody.
# Shell: POSIX
. "$EXPECT"
job() { env -i PATH="$PATH" "$@" </dev/null; }

# Without a home and without a directory there is nothing to work on, and it says so.
run job kafdir topic list
expect 2 '' HOME KAFDIR

# With a home: the user's data directory.
run job HOME="$HOME" sh -c 'echo nightly | kafdir produce -q jobs'
expect 0 ''
run job HOME="$HOME" kafdir consume jobs
expect 0 nightly
names "$HOME/.local/share/kafdir/topics" jobs.json

# The same job again appends; nothing is mailed by a run that went well.
export KAFDIR="$PWD/store"
for day in 1 2 3; do
    run job KAFDIR="$KAFDIR" sh -c "echo day $day | kafdir produce -q jobs"
    expect 0 ''
done
run job KAFDIR="$KAFDIR" kafdir consume jobs
expect 0 'day 1
day 2
day 3'

# Housekeeping, and a job that has nothing to do.
run job KAFDIR="$KAFDIR" kafdir clean -q
expect 0 ''
run job KAFDIR="$KAFDIR" kafdir consume -q jobs -o end --fail-if-empty
expect 3 ''
run job KAFDIR="$KAFDIR" kafdir consume no-such-topic
expect 1 '' no-such-topic "$KAFDIR"

# Two runs at once do not stand in each other's way.
run job KAFDIR="$KAFDIR" sh -c 'echo one | kafdir produce -q both & echo two | kafdir produce -q both; wait'
expect 0 ''
run sh -c 'kafdir consume both | sort'
expect 0 'one
two'
is_clean
