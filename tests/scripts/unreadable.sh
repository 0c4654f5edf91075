# A file of a partition that may not be read: it may be in order, and no repair puts it out of the way or writes it anew.
# Shell: POSIX
. "$EXPECT"

export KAFDIR="$PWD/store"
seq 5 | run kafdir produce -q t
expect 0 ''
log=store/logs/t-0/00000000000000000000.log
epochs=store/logs/t-0/leader-epoch-checkpoint

if is_root 'files that may not be read'; then
    chmod 755 .
    chown -R 65534 store
    # Something else is wrong too, so that there is something to mend.
    echo rubbish >"${log%.log}.index"
    echo rubbish >"${log%.log}.txnindex"
    chmod 666 "${log%.log}.index" "${log%.log}.txnindex"
    for file in "$log" "$epochs"; do
        before=$(cksum <"$file")
        chmod 000 "$file"
        as_nobody kafdir check >found && fail "all is well, though $file can't be read"
        grep -qF unreadable found || fail "not told of $file: $(cat found)"
        as_nobody kafdir check -q --repair >mended 2>&1 && fail "mended with $file: $(cat mended)"
        [ -e "$file" ] || fail "$file was put out of the way: $(cat mended)"
        chmod 644 "$file"
        [ "$(cksum <"$file")" = "$before" ] || fail "$file was written anew: $(cat mended)"
    done
    as_nobody kafdir check -q --repair >mended 2>&1 || fail "not mended: $(cat mended)"
    is_clean
    holds t '1
2
3
4
5'
fi
