#!/usr/bin/env bash
# Keys land where Kafka's default partitioner puts them: 100,000 random ones against Kafka's own class.
set -euo pipefail
source "$(dirname "$0")/checks.sh"

store=$(scratch partitioner)
seed=${SEED:-$RANDOM$RANDOM}
keys=100000
echo "partitioner: seed $seed"

# Every record's value is the partition where Kafka's class puts its key.
landed() {
    local topic=$1
    kafdir --dir "$store" consume "$topic" --json >"$store/$topic.out"
    jq -e -n --argjson wanted "$keys" '
        reduce inputs as $record ({count: 0, astray: 0};
            .count += 1 | if $record.partition == ($record.value | tonumber) then . else .astray += 1 end)
        | ., (.count == $wanted and .astray == 0)' "$store/$topic.out"
}

of_bytes() {
    kafka_java error Partitions "$keys" "$1" "$seed" json >"$store/bytes.json"
    kafdir --dir "$store" topic create "bytes-$1" --partitions "$1"
    kafdir --dir "$store" produce "bytes-$1" --json "$store/bytes.json"
    landed "bytes-$1"
}

of_lines() {
    kafka_java error Partitions "$keys" "$1" "$seed" lines >"$store/lines.txt"
    kafdir --dir "$store" topic create "lines-$1" --partitions "$1"
    kafdir --dir "$store" produce "lines-$1" --key-separator $'\t' "$store/lines.txt"
    landed "lines-$1"
}

check "keys of arbitrary bytes over 12 partitions" of_bytes 12
check "keys of arbitrary bytes over 7 partitions" of_bytes 7
check "keys of text lines over 12 partitions" of_lines 12
finish
