# Odd inputs: nothing, closed, a directory, a file that grows, one that is not there.
# Shell: POSIX
. "$EXPECT"
export KAFDIR="$PWD/store"
run kafdir topic create -q t
expect 0 ''

run kafdir produce t </dev/null
expect 0 ''
holds t ''
run sh -c 'kafdir produce t <&-'
if [ "$(code)" = 0 ]; then expect 0 ''; else expect 1 '' 'standard input'; fi
holds t ''
mkdir directory
run kafdir produce t directory
expect 1 '' directory
run kafdir produce t not-there
expect 1 '' not-there
holds t ''
run sh -c 'kafdir produce t <directory'
expect 1 '' 'standard input'

# A file without read permission is not an empty file.
echo secret >unreadable
chmod 000 unreadable
if is_root 'an unreadable input file'; then
    chmod 755 .
    chown -R 65534 store
    run as_nobody kafdir produce t unreadable
    expect 1 '' unreadable
    chown -R 0 store
fi
holds t ''

# Input from a file, a here-document, a FIFO, and what the shell substitutes.
echo from-file >file
run kafdir produce t file
expect 0 ''
run kafdir produce t <<'END'
here
document
END
expect 0 ''
mkfifo fifo
echo through-fifo >fifo &
run kafdir produce t fifo
expect 0 ''
wait
holds t 'from-file
here
document
through-fifo'
run sh -c '(echo one; sleep 0.1; echo two) | kafdir produce t'
expect 0 ''
run kafdir consume t -o -2
expect 0 'one
two'
is_clean
