# What `list` prints is made for loops, and codes for `if`.
# Shell: POSIX
. "$EXPECT"
export KAFDIR="$PWD/store"

for topic in orders audit orders.retry; do
    run kafdir topic create -q "$topic" -p 2
    expect 0 ''
done
for topic in $(kafdir topic list); do
    echo "for $topic" | kafdir produce "$topic"
done
for topic in $(kafdir topic list); do
    holds "$topic" "for $topic"
done

if kafdir consume -q audit -o end --fail-if-empty; then fail 'there was nothing'; else code=$?; fi
[ "$code" = 3 ] || fail "exit code $code for nothing there"

# Only what is old is deleted, and saying so first changes nothing.
for topic in $(kafdir topic list | grep '\.retry$'); do
    kafdir topic delete "$topic" --dry-run >/dev/null 2>&1
done
run kafdir topic list
expect 0 'audit
orders
orders.retry'
kafdir topic list | grep '\.retry$' | xargs kafdir topic delete -q
run kafdir topic list
expect 0 'audit
orders'
names store/logs "$(find store/logs -mindepth 1 -maxdepth 1 -printf '%f\n' | grep -v retry | sort)"
is_clean
