# A home that can't be read, is not there, or is a file; the store elsewhere or in it.
# Shell: POSIX
. "$EXPECT"

run env HOME=/no/such/home kafdir topic list
expect 1 '' /no/such/home/.local/share/kafdir
echo >file
echo x | run env HOME="$PWD/file" kafdir produce t
expect 1 '' "$PWD/file"

# A store named otherwise needs no home at all.
export KAFDIR="$PWD/store"
echo x | run env -u HOME kafdir produce -q t
expect 0 ''
run env HOME=/no/such/home kafdir consume t
expect 0 x

if is_root 'a home that may not be read'; then
    chmod 755 .
    chmod 000 "$HOME"
    chown -R 65534 store
    run as_nobody kafdir consume t
    expect 0 x
    echo y | run as_nobody kafdir produce t
    expect 0 ''
    unset KAFDIR
    run as_nobody kafdir topic list
    expect 1 '' 'ermission denied' "$HOME"
    echo x | run as_nobody kafdir produce t
    expect 1 '' 'ermission denied' "$HOME"
    chmod 755 "$HOME"
    names "$HOME" ''
fi
