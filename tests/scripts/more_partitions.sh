# A topic is moved to more partitions: copied, compared, and put in the place of the old one.
. "$EXPECT"
export KAFDIR="$PWD/store"

run kafdir topic create -q orders --partitions 2 --config compression.type=lz4
expect 0 ''
seq 3000 | awk '{ print "customer " $1 % 41 ":order " $1 }' >orders.txt
run kafdir produce orders -K : orders.txt
expect 0 ''

# by_key TOPIC: all records, sorted by their key; those of one key in the order in which they are read.
by_key() {
    kafdir consume "$1" --format '%k:%s\n' | sort -s -t : -k 1,1
}

# moved COPY...: COPY makes orders-new, which has everything in the order of each key, spread over eight partitions.
moved() {
    "$@" || return 1
    by_key orders >old
    by_key orders-new >new
    cmp -s old new || return 1
    # Each key in one partition, the one where a producer puts it too.
    kafdir consume orders-new --format '%k %p\n' | sort -u >places
    cut -d ' ' -f 1,2 places | uniq -d | grep -q . && return 1
    [ "$(cut -d ' ' -f 3 places | sort -u | wc -l)" -gt 2 ]
}

moved kafdir copy orders=orders-new --partitions 8 || fail "the copy is not what it was to be"
run kafdir topic delete orders
expect 0 ''
run kafdir copy orders-new=orders
expect 0 ''
run kafdir topic delete orders-new
expect 0 ''
run kafdir topic describe orders --json
[ "$(code)" = 0 ] && grep -q '"compression.type":"lz4"' .expect/out || fail "the settings were left behind"
expect 0 "$(cat .expect/out)"
by_key orders | cmp - old || fail "what came back is not what there was"
is_clean

# What would spoil it is seen: a copy that loses the order, the partition, or a record.
sabotaged() {
    kafdir topic delete orders-new --if-exists
    ! (moved "$@") || fail "nobody noticed what is wrong with $*"
}
backwards() {
    kafdir topic create orders-new --partitions 8
    kafdir consume orders --json | tac | kafdir produce orders-new --json
}
in_turn() {
    kafdir topic create orders-new --partitions 8
    kafdir consume orders --json | kafdir produce orders-new --json --partitioner roundrobin
}
short() {
    kafdir topic create orders-new --partitions 8
    kafdir consume orders -n 2999 --json | kafdir produce orders-new --json
}
same() {
    kafdir copy orders=orders-new --partitions 2
}
kafdir topic delete orders
kafdir topic create orders --partitions 2
kafdir produce orders -K : orders.txt
for sabotage in backwards in_turn short same; do
    sabotaged $sabotage
done
