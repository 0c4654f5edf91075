# Several users share one directory by its group: root's cron job, and somebody else.
# Shell: POSIX
. "$EXPECT"
export KAFDIR="$PWD/store"
is_root 'another uid that shares the directory' || exit 0

chmod 755 .
mkdir store
gid=54321
chgrp $gid store
chmod 2770 store

# root was here first, with the strictest umask; the other user goes on as if it were their own.
run sh -c 'umask 077; echo by-root | kafdir produce -q t'
expect 0 ''
echo by-nobody | run as_nobody kafdir produce -q t
expect 0 ''
run as_nobody sh -c 'umask 077; kafdir topic create -q theirs -p 2; echo a | kafdir produce theirs'
expect 0 ''
echo b | run kafdir produce theirs
expect 0 ''
run sh -c 'kafdir consume theirs | sort'
expect 0 'a
b'
for who in '' as_nobody; do
    run $who kafdir consume t
    expect 0 'by-root
by-nobody'
    run $who kafdir topic alter -q t --config segment.ms=1000000
    expect 0 ''
    run $who kafdir check -q
    expect 0 ''
done
run as_nobody kafdir topic delete -q t
expect 0 ''
run sh -c 'umask 077; seq 100 | kafdir produce -q rolling --acks 1; kafdir topic alter -q rolling --config segment.bytes=300'
expect 0 ''
for i in 1 2 3; do
    seq 100 | run as_nobody kafdir produce rolling
    expect 0 ''
    seq 100 | run kafdir produce rolling
    expect 0 ''
done
run sh -c 'kafdir consume rolling | wc -l'
expect 0 700

# Everything belongs to the group, and it may write everything.
odd=$(find store \( ! -group $gid -o ! -perm -060 -o -perm /007 -o -type d ! -perm -2070 \) -ls)
[ -z "$odd" ] || fail "not the group's: $odd"

# Somebody who is not of the group is told so.
gid=65534
run as_nobody kafdir consume rolling
expect 1 '' 'ermission denied'
echo x | run as_nobody kafdir produce rolling
expect 1 '' 'ermission denied'
is_clean
