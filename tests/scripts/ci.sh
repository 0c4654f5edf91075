# A CI job: a topic from a fixture, the program under test in the middle, its results looked at, all thrown away.
# Shell: POSIX
. "$EXPECT"
export KAFDIR="$PWD/build/store"
mkdir build

# Setting up twice is setting up once.
for i in 1 2; do
    run kafdir topic create -q orders --partitions 3 --if-not-exists
    expect 0 ''
    run kafdir topic create -q results --if-not-exists
    expect 0 ''
done

cat >fixture.json <<'JSON'
{"key":"7","value":"{\"amount\":12}","headers":[["trace","a1"]],"timestamp":1700000000000}
{"key":"8","value":"{\"amount\":30}","headers":[["trace","a2"],["trace","a3"]],"timestamp":1700000000001}
{"key":"7","value":null,"timestamp":1700000000002}
JSON
run kafdir produce orders --json fixture.json
expect 0 ''

# What went in comes out, in the order of each key.
run sh -c 'kafdir consume orders --json | grep "\"key\":\"7\"" | sed "s/.*\"value\"://"'
expect 0 '"{\"amount\":12}","headers":[["trace","a1"]]}
null,"headers":[]}'

# The "program under test" adds up what is there.
run sh -c 'kafdir consume -q orders | grep -o "[0-9]*" | paste -sd+ | bc | kafdir produce -q results'
expect 0 ''
holds results 42
run sh -c '[ "$(kafdir consume results --fail-if-empty)" = 42 ]'
expect 0 ''

# A wrong fixture stops the job with its line, and a missing result with a code of its own.
printf '{"value":"a"}\n{"valeu":"b"}\n' >broken.json
run kafdir produce orders --json broken.json
expect 1 '' 'line 2' valeu
run kafdir topic create -q empty
expect 0 ''
run kafdir consume -q empty --fail-if-empty
expect 3 ''
run kafdir consume -q empty -f -n 1 --timeout 100ms
expect 4 ''  'timed out'

# Ends that a program can read.
run sh -c 'kafdir topic describe results --json | sed "s/.*\"log_end_offset\":\([0-9]*\).*/\1/"'
expect 0 1
is_clean
rm -r build
