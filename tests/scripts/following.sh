# Following: a log file into a topic, a topic into a program, and how it is ended.
. "$EXPECT"
export KAFDIR="$PWD/store"

echo first >app.log
mkfifo lines
tail -n +1 -f app.log >lines &
tail=$!
kafdir produce -q app <lines &
producer=$!
# The topic comes into being with the first line.
for line in second third; do echo $line >>app.log; done
run kafdir consume app -f --wait-topic -n 3 --timeout 60s
expect 0 'first
second
third'
kill $tail
wait $producer || fail "the producer ended with $?"

# A follower that is told to stop by `timeout` dies by the signal.
run timeout -s TERM --preserve-status 1 kafdir consume app -f
expect 143 'first
second
third'
run timeout -s INT --preserve-status 1 kafdir consume app -f -o end
expect 130 ''

# One that sees a word ends the whole pipeline.
(for i in $(seq 50); do echo "line $i"; done; echo STOP) | kafdir produce -q words
run bash -c 'kafdir consume words -f | sed -n "/STOP/{p;q}"; echo ${PIPESTATUS[0]}'
expect 0 'STOP
0'

# Bounded waits.
run kafdir consume app -f --timeout 200ms
expect 0 'first
second
third'
run kafdir consume -q app -o end --idle-timeout 200ms --fail-if-empty
expect 3 ''
run kafdir consume app -f -o end -n 1 --timeout 200ms
expect 4 '' 'timed out'
is_clean
