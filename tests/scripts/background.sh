# Jobs in the background, nohup, and what a shell sees of signals.
. "$EXPECT"
export KAFDIR="$PWD/store"
mkfifo feed

# Ctrl-C for the whole pipeline: what was read is stored.
set -m
kafdir produce -q t <feed &
job=$!
exec 3>feed
printf 'one\ntwo\n' >&3
until [ "$(kafdir consume t 2>/dev/null)" = 'one
two' ]; do :; done
kill -INT $job
code=0
wait $job || code=$?
[ $code = 130 ] || fail "exit code $code after SIGINT"
exec 3>&-
holds t 'one
two'

# nohup means it.
nohup kafdir produce -q t <feed >nohup.out 2>&1 &
job=$!
exec 3>feed
echo three >&3
until [ "$(kafdir consume t | tail -1)" = three ]; do :; done
kill -HUP $job
echo four >&3
exec 3>&-
code=0
wait $job || code=$?
[ $code = 0 ] || fail "exit code $code under nohup"
holds t 'one
two
three
four'

# Killed for good, and nobody has to clear up.
kafdir produce -q t <feed &
job=$!
exec 3>feed
echo five >&3
until [ "$(kafdir consume t | tail -1)" = five ]; do :; done
kill -KILL $job
wait $job 2>/dev/null || true
exec 3>&-
echo six | run kafdir produce t
expect 0 ''
run kafdir consume t -o -2
expect 0 'five
six'
is_clean
