# Commands in pipes: what one writes, another reads, through a topic.
# Shell: POSIX
. "$EXPECT"
export KAFDIR="$PWD/store"

printf 'b\na\nc\n' | run kafdir produce -q letters
expect 0 ''
run sh -c 'kafdir consume letters | sort | tr a-z A-Z | kafdir produce -q upper'
expect 0 ''
holds upper 'A
B
C'

# A loop around lines, with a program that reads no input of its own.
kafdir consume letters | while read -r letter; do
    echo "[$letter]" | kafdir produce -q boxed
done
holds boxed '[b]
[a]
[c]'

# The last stage has seen enough.
seq 100000 | kafdir produce -q many
run sh -c 'kafdir consume many | head -3'
expect 0 '1
2
3'
run sh -c 'kafdir consume many | grep -c 7'
expect 0 '40951'

# A million lines and back, as the README has it.
seq 1 1000000 >numbers
run sh -c 'seq 1 1000000 | kafdir produce -q n'
expect 0 ''
run sh -c 'kafdir consume n | cmp - numbers'
expect 0 ''

# xargs, in parallel: a record each, none lost.
run sh -c 'seq 1 200 | xargs -P 40 -n 2 sh -c '\''for i; do echo "$i" | kafdir produce -q parallel; done'\'' _'
expect 0 ''
seq 1 200 >two_hundred
run sh -c 'kafdir consume parallel | sort -n | cmp - two_hundred'
expect 0 ''

# tee, process by process.
run sh -c 'seq 5 | tee copy | kafdir produce -q teed && kafdir consume teed | cmp - copy'
expect 0 ''
is_clean
names "$KAFDIR/topics" 'boxed.json
letters.json
many.json
n.json
parallel.json
teed.json
upper.json'
