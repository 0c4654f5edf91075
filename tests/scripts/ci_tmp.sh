# A CI run on a directory that exists for it alone: topics seeded from NDJSON, the program under test at work beside it,
# its state waited for, its results compared with jq, and nothing left behind.
. "$EXPECT"
export TMPDIR="$PWD/tmp"
mkdir tmp
command -v jq >/dev/null || { echo "jq is not here: left out"; exit 0; }

cat >orders.ndjson <<'EOT'
{"id":"7","customer":"ann","amount":12}
{"id":"8","customer":"bea","amount":30}
{"id":"9","customer":"ann","amount":5}
EOT
cat >expected.json <<'EOT'
{"customer":"ann","total":17}
{"customer":"bea","total":30}
EOT

# The program under test: adds up what each customer ordered, as the table that "totals" is.
cat >add_up <<'EOT'
#!/usr/bin/env bash
set -euo pipefail
while IFS= read -r order; do
    customer=$(jq -r .customer <<<"$order")
    before=$(kafdir get -q totals "$customer" | jq .total || true)
    jq -c --argjson before "${before:-0}" '{customer, total: (.amount + $before)}' <<<"$order" |
        kafdir produce -q totals --key-from /customer
done
EOT

# The job. What it starts, it ends.
cat >job <<'EOT'
#!/usr/bin/env bash
set -euo pipefail
kafdir topic create -q orders --partitions 3
kafdir topic create -q totals --partitions 2
kafdir produce -q orders --key-from /id orders.ndjson
kafdir consume -q orders -g adder -f -- ./add_up &
worker=$!
trap 'kill $worker; wait $worker || true' EXIT
kafdir wait group adder --lag 0 --timeout 60s
kafdir wait topic totals --records 3 --timeout 60s
kafdir get totals --all | jq -cS . | sort | diff expected.json -
kafdir check -q
EOT
chmod +x add_up job

run kafdir tmp -- ./job
expect 0 ''
names tmp ''

# The exit code is that of the job, and the job sees a wrong result.
sed -i 's/\.amount +/0 * .amount +/' add_up
run kafdir tmp -- ./job
expect 1 '1,2c1,2
< {"customer":"ann","total":17}
< {"customer":"bea","total":30}
---
> {"customer":"ann","total":0}
> {"customer":"bea","total":0}'
names tmp ''
