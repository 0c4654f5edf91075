# Odd outputs: closed, full, a file, a terminal's absence.
# Shell: POSIX
. "$EXPECT"
export KAFDIR="$PWD/store"
seq 5 | run kafdir produce -q t
expect 0 ''

# Closed from the start: there is nobody to read it, and nothing else is overwritten instead.
for command in 'kafdir consume t' 'kafdir topic list' 'kafdir check'; do
    run sh -c "$command >&-"
    case $(code) in
    0) expect 0 '' ;;
    *) expect 1 '' 'standard output' ;;
    esac
done
run sh -c 'kafdir consume no-such-topic 2>&-'
expect 1 ''
run sh -c 'echo 6 | kafdir produce t >&- 2>&-'
expect 0 ''
run sh -c 'kafdir produce t <&- >&- 2>&-'
[ "$(code)" -le 1 ] || fail "exit code $(code) with everything closed"
expect "$(code)" ''

# Full.
run sh -c 'kafdir consume t >/dev/full'
expect 1 '' 'No space left on device'
run sh -c 'kafdir topic list >/dev/full'
expect 1 '' 'No space left on device'
run sh -c 'kafdir consume no-such-topic 2>/dev/full'
expect 1 ''

# A file, over and over, and appended to.
run sh -c 'kafdir consume t >file; kafdir consume t -o -1 >>file; cat file'
expect 0 '1
2
3
4
5
6
6'

# A reader that goes at once, before, and in the middle of a line.
seq 100000 | kafdir produce -q many
for reader in true 'head -c 1' 'head -1' 'sed 5q'; do
    run sh -c "{ kafdir consume many; echo \$? >code; } | $reader >seen; cat code"
    expect 0 0
done
is_clean
