# Work that takes its time, shared by four runs at a time, in the order of each customer.
. "$EXPECT"
export KAFDIR="$PWD/store"

cat >share <<'SCRIPT'
exec kafdir consume -q work -g workers -P 4 --batch 25 -- ./one_batch
SCRIPT
cat >one_batch <<'SCRIPT'
#!/bin/bash
# Says how many are at work just now, then works.
touch "at.$$"
set -- at.*
echo $# >>together
for _ in 1 2 3 4 5; do
    set -- at.*
    [ $# -ge 4 ] && break
    sleep 0.02
done
cat >>"done.$KAFDIR_PARTITION"
rm "at.$$"
SCRIPT
chmod +x one_batch

# shared SCRIPT: whether the work is shared, all of it is done once, and each customer's in its order.
shared() (
    rm -rf store together at.* done.* .expect/pending
    kafdir topic create -q work --partitions 4
    for customer in a b c d e f g h; do seq 1 200 | sed "s/.*/$customer:$customer &/"; done |
        kafdir produce -q work --key-separator :
    run bash "$1"
    expect 0 ''
    run sh -c 'sort -n together | tail -1'
    expect 0 4
    run sh -c 'cat done.* | wc -l'
    expect 0 1600
    for customer in a b c d e f g h; do
        run sh -c "cat done.* | grep '^$customer' | cmp - of_$customer && echo in order"
        expect 0 'in order'
    done
    run kafdir consume -q work -g workers --fail-if-empty
    expect 3 ''
    is_clean
)
for customer in a b c d e f g h; do seq 1 200 | sed "s/^/$customer /" >of_$customer; done
shared share

must_fail() {
    ! (shared "$1") >told 2>&1 || fail "nobody noticed what is wrong with $1"
    grep -q FAILED told || fail "$1 failed in another way: $(cat told)"
}
# One at a time; and one that takes nothing as done that it has done.
sed 's/ -P 4//' share >alone
must_fail alone
sed 's/ -P 4/ -P 4 --no-commit/' share >forgetful
must_fail forgetful
