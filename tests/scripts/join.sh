# Two topics joined by their keys, with sort and join.
# Shell: POSIX
. "$EXPECT"
export KAFDIR="$PWD/store"

for topic in customers orders; do
    run kafdir -q topic create $topic --partitions 4
    expect 0 ''
done
printf 'c1:Ada\nc2:Bob\nc3:Cleo\n' | kafdir produce -q customers -K :
seq 1 300 | sed 's/.*/c&:order &/; s/^c[0-9]*\([1-4]\):/c\1:/; s/^c[0-9]*[05-9]:/c1:/' |
    kafdir produce -q orders -K :

# join_with SEPARATOR
join_with() {
    kafdir consume customers --strict -K "$1" | LC_ALL=C sort >left
    kafdir consume orders --strict -K "$1" | LC_ALL=C sort >right
    LC_ALL=C join -t "$(printf '\t')" left right
}
join_with '\t' >joined
# Orders of c4 have no customer.
kafdir consume orders -F '%k\n' | grep -c -v c4 >expected
wc -l <joined | cmp - expected
run grep -c "^c2$(printf '\t')Bob$(printf '\t')order [0-9]*2\$" joined
expect 0 30

# A key that would tear the columns apart stops it before it does.
printf '{"key":"c5\\t","value":"Tab"}\n' | kafdir produce -q customers --json
run kafdir consume customers -K '\t' -o -1 -p 0,1,2,3
case $(code) in
    1) expect 1 "$(cat "$scratch/out")" 'the key contains the key separator' ;;
    *) fail "a key with the separator in it was printed" ;;
esac
# With another separator than join is told, the comparison above would fail.
if join_with ';' 2>/dev/null | wc -l | cmp -s - expected; then
    fail "any separator would do"
fi
# Escaped, it is one column like any other.
run sh -c 'kafdir consume customers --escape -K "\t" | grep -c "^c5.t	Tab$"'
expect 0 1
is_clean
