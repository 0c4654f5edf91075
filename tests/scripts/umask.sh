# umask 077: what the directory allows decides who may read and write, not the umask of whoever came first.
# Shell: POSIX
. "$EXPECT"
umask 077
export KAFDIR="$PWD/private"

# A store that is made under 077 is private.
seq 3 | run kafdir produce -q t
expect 0 ''
[ -z "$(find private -perm /077)" ] || fail "open to others: $(find private -perm /077 -ls)"
holds t '1
2
3'
if is_root 'another user before a private store'; then
    chmod 755 .
    run as_nobody kafdir consume t
    expect 1 '' 'ermission denied' "$KAFDIR"
    echo x | run as_nobody kafdir produce t
    expect 1 '' 'ermission denied' "$KAFDIR"
fi

# In a directory that is open to all for reading, what is made under 077 is open for reading too.
mkdir public
chmod 755 public
export KAFDIR="$PWD/public"
seq 3 | run kafdir produce -q t
expect 0 ''
if is_root 'another user reading a public store'; then
    run as_nobody kafdir consume t
    expect 0 '1
2
3'
    run as_nobody kafdir topic list
    expect 0 t
    echo x | run as_nobody kafdir produce t
    expect 1 '' 'ermission denied'
    holds t '1
2
3'
fi
[ -z "$(find public -perm /022)" ] || fail "writable by others: $(find public -perm /022 -ls)"
is_clean
