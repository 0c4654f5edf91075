# Records as JSON through programs that know nothing of kafdir.
# Shell: POSIX
. "$EXPECT"
export KAFDIR="$PWD/store"

printf 'k1\tv1\nk2\tv2\nk3\t\n' | run kafdir produce -q t -K '\t' -H source=test
expect 0 ''
run python3 -c '
import json, subprocess
out = subprocess.run(["kafdir", "consume", "t", "--json"], capture_output=True, check=True).stdout
for line in out.splitlines():
    record = json.loads(line)
    print(record["offset"], record["key"], repr(record["value"]), record["headers"])
'
expect 0 "0 k1 'v1' [['source', 'test']]
1 k2 'v2' [['source', 'test']]
2 k3 '' [['source', 'test']]"

# Bytes that are no text, there and back.
head -c 3000 /dev/urandom >random
run kafdir produce -q bytes -D '' random
expect 0 ''
run sh -c 'kafdir consume bytes --json | kafdir produce -q again --json && kafdir consume -q again -D "" | cmp - random'
expect 0 ''
run sh -c 'kafdir consume bytes --json >one; kafdir consume again --json | sed "s/\"topic\":\"again\"/\"topic\":\"bytes\"/" | cmp - one'
expect 0 ''

# One line a record, whatever is in it.
printf 'a\nb\0c\td"e\\f' | run kafdir produce -q odd -D ''
expect 0 ''
run sh -c 'kafdir consume odd --json | wc -l'
expect 0 1
is_clean
