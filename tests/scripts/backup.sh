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

# The copy holds a beginning of it, and goes on by itself once a batch that is in it in part is set right.
export KAFDIR="$PWD/copy"
kafdir check --repair -q >repair.told 2>&1 || fail "the repair: $(cat repair.told)"
stored=$(kafdir consume t | wc -l)
[ "$stored" -ge 1000 ] || fail "only $stored records in the copy"
run sh -c 'echo more | kafdir produce -q t'
expect 0 ''
run kafdir consume t -F '%o %s\n' -o "$stored"
expect 0 "$stored more"
run sh -c 'kafdir consume t | head -n "$0" | cmp - "$1"' "$stored" /dev/stdin <<END
$(seq "$stored")
END
expect 0 ''
is_clean

# In place, from a Kafka log.dir's point of view.
run sh -c 'kafdir --log-dir copy/logs consume t | wc -l'
expect 0 $((stored + 1))

# A backup by tar in the documented order, while somebody writes, groups commit and topics come; restored, and set
# right.
export KAFDIR="$PWD/store"
# One part after the other, and what goes on between them. A file that grows while it is read is no fault here: tar says
# so by its exit code 1.
cat >backup <<'SCRIPT'
#!/bin/sh
for part in groups topics logs; do
    tar -C store -cf "backup.$part.tar" meta.properties "$part" 2>backup.errors || [ $? -eq 1 ] || exit 1
    sh meanwhile
done
SCRIPT
cat >meanwhile <<'SCRIPT'
seq 1000 | kafdir produce -q t
kafdir consume -q t -g g >/dev/null
SCRIPT
cat >restore <<'SCRIPT'
#!/bin/sh
mkdir restored
for part in groups topics logs; do
    tar -C restored -xf "backup.$part.tar"
done
exec kafdir --dir restored check --repair -q
SCRIPT

# kept BACKUP RESTORE: whether what comes back is a store that lacks nothing that was in it when the backup began.
kept() (
    rm -rf store restored backup.*.tar .expect/pending
    sh meanwhile
    kafdir topic create -q busy --config segment.bytes=20000
    seq 1000 | kafdir produce -q busy
    seq 1001 200000 | kafdir produce -q busy --acks 1 &
    run sh "$1"
    wait $!
    expect 0 ''
    # Whether the copy of a log that grew ends in the middle of a batch is a matter of luck: then the repair says so.
    sh "$2" >repair.told 2>&1 || fail "the restore: $(cat repair.told)"
    KAFDIR="$PWD/restored"
    is_clean
    run kafdir topic list
    expect 0 'busy
t'
    stored=$(kafdir consume busy | wc -l)
    [ "$stored" -ge 1000 ] || fail "only $stored records came back"
    run sh -c 'kafdir consume busy | head -n "$0" | cmp - "$1" && echo same' "$stored" /dev/stdin <<END
$(seq "$stored")
END
    expect 0 same
    # The group stands where it stood at first, and what it had not read is there.
    run sh -c 'kafdir consume -q t -g g | wc -l'
    expect 0 2000
    run sh -c 'echo more | kafdir produce -q busy && kafdir consume busy -o -1'
    expect 0 more
    is_clean
)
kept backup restore

# The same with a fault in it is found out: in the other order the group has gone past the end of its log;
# and a group that is left behind begins anew.
must_fail() {
    ! (kept "$1" "$2") >told 2>&1 || fail "nobody noticed what is wrong with $1 and $2"
    grep -q FAILED told || fail "$1 and $2 failed in another way: $(cat told)"
}
sed 's/groups topics logs/logs topics groups/' backup >reversed
must_fail reversed restore
sed 's/groups topics logs/topics logs/' restore >without
must_fail backup without
