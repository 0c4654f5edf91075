# A copy taken in the order groups, topics, logs is a valid store, also while somebody writes.
# Shell: POSIX
. "$EXPECT"
export KAFDIR="$PWD/store"

seq 1000 | run kafdir produce -q t
expect 0 ''
run kafdir topic alter -q t --config segment.bytes=20000
expect 0 ''

seq 1001 400000 | kafdir produce t --acks 1 &
writer=$!
mkdir copy
cp -a store/meta.properties copy/
for part in groups topics logs; do
    [ ! -e "store/$part" ] || cp -a "store/$part" copy/ 2>copy.errors || true
done
wait $writer

run sh -c 'kafdir consume t | cmp - "$0"' /dev/stdin <<END
$(seq 400000)
END
expect 0 ''

# The copy holds a beginning of it, and goes on by itself.
export KAFDIR="$PWD/copy"
stored=$(kafdir consume t | wc -l)
[ "$stored" -ge 1000 ] || fail "only $stored records in the copy"
echo more | kafdir produce t 2>repaired
run kafdir consume t -F '%o %s\n' -o "$stored"
expect 0 "$stored more"
run sh -c 'kafdir consume t | head -n "$0" | cmp - "$1"' "$stored" /dev/stdin <<END
$(seq "$stored")
END
expect 0 ''
is_clean

# Through tar, and read in place from a Kafka log.dir's point of view.
run sh -c 'tar -cf - copy | (mkdir there; cd there; tar -xf -)'
expect 0 ''
run sh -c 'kafdir --dir there/copy consume t | wc -l'
expect 0 $((stored + 1))
run sh -c 'kafdir --log-dir there/copy/logs consume t | wc -l'
expect 0 $((stored + 1))
