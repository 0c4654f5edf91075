# Keeping a topic small: retention by size and by age, and a trim, from a script.
# Shell: POSIX
. "$EXPECT"
export KAFDIR="$PWD/store"

run kafdir topic create -q t --config segment.bytes=10000 --config retention.bytes=30000
expect 0 ''
for i in 1 2 3 4 5 6 7 8 9 10; do
    seq 10000 11000 | kafdir produce t
done
run kafdir clean -q
expect 0 ''
size=$(cat store/logs/t-0/*.log | wc -c)
[ "$size" -le 45000 ] || fail "$size bytes are kept"
[ "$size" -ge 20000 ] || fail "only $size bytes are kept"
run sh -c 'kafdir consume t | tail -1'
expect 0 11000
is_clean

# Old records go, young ones stay.
run kafdir topic create -q aged --config segment.bytes=10000 --config retention.ms=3600000
expect 0 ''
seq 10000 12000 | kafdir produce aged --timestamp 2d
echo young | kafdir produce aged
run kafdir clean -q aged
expect 0 ''
run sh -c 'kafdir consume aged | tail -1'
expect 0 young
[ "$(kafdir consume aged | wc -l)" -lt 2002 ] || fail 'nothing was removed'

# Up to a point.
run sh -c 'kafdir topic trim -q aged --before end --json | sed "s/.*\"log_start_offset\"/\"log_start_offset\"/"'
expect 0 '"log_start_offset":2002,"dry_run":false}'
holds aged ''
echo next | kafdir produce aged
run kafdir consume aged -F '%o %s\n'
expect 0 '2002 next'
is_clean
