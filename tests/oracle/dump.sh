#!/usr/bin/env bash
# kafka-dump-log of a real Apache Kafka, kafka-python, jq and `kafdir check` find every file sound that kafdir writes.
set -euo pipefail
source "$(dirname "$0")/checks.sh"

store=$(scratch dump)
samples=$FIXTURES/expected/codec-none-0.read_uncommitted.json
sample_count=$(wc -l <"$samples")

# sound TOPIC COUNT: its files, read by each of the others, hold that many records and the same ones that kafdir reads.
sound() {
    local topic=$1 wanted=$2 found partition
    "$ORACLE_SOURCE/dump_log.sh" "$store/logs" "$topic" | tee "$store/summary"
    [[ $(cat "$store/summary") == *" $wanted records,"* ]]
    found=0
    for directory in "$store/logs/$topic"-*/; do
        partition=${directory%/} partition=${partition##*-}
        kafdir --dir "$store" consume "$topic" --partition "$partition" --json >"$store/ours.json"
        "$ORACLE_TARGET/python/bin/python" "$ORACLE_SOURCE/memory_records.py" "$store/logs" "$topic" "$partition" |
            cmp - "$store/ours.json"
        found=$((found + $(jq -r .offset "$store/ours.json" | wc -l)))
    done
    [ "$found" -eq "$wanted" ]
    kafdir --dir "$store" check "$topic"
}

# The records of a file of JSON lines without what depends on where they lie.
contents() {
    jq -cS 'del(.topic, .partition, .offset, .timestamp_type)' "$@"
}

codec() {
    kafdir --dir "$store" topic create "codec-$1" --config segment.bytes=100000
    kafdir --dir "$store" produce "codec-$1" --compression "$1" --json "$samples"
    sound "codec-$1" "$sample_count"
    cmp <(kafdir --dir "$store" consume "codec-$1" --json | contents) <(contents "$samples")
}

topic_codec() {
    kafdir --dir "$store" topic create "topic-codec-$1" --config "compression.type=$1"
    kafdir --dir "$store" produce "topic-codec-$1" --json "$samples"
    sound "topic-codec-$1" "$sample_count"
}

append_time() {
    kafdir --dir "$store" topic create "append-time-$1" --config message.timestamp.type=LogAppendTime \
        --config segment.bytes=200000
    kafdir --dir "$store" produce "append-time-$1" --compression "$1" --json "$samples"
    sound "append-time-$1" "$sample_count"
}

lines() {
    kafdir --dir "$store" topic create lines --config segment.bytes=500000
    seq 1 200000 | kafdir --dir "$store" produce lines
    sound lines 200000
}

# One process per record: what the index needs to know goes from one to the next.
one_by_one() {
    kafdir --dir "$store" topic create one-by-one --config index.interval.bytes=300 --config segment.bytes=10000
    for i in $(seq 1 300); do
        echo "record $i" | kafdir --dir "$store" produce one-by-one --acks 1
    done
    sound one-by-one 300
}

at_once() {
    local writers=() writer
    kafdir --dir "$store" topic create at-once --partitions 3 --config segment.bytes=65536
    for writer in 1 2 3 4; do
        seq "${writer}00000" "${writer}19999" | kafdir --dir "$store" produce at-once &
        writers+=($!)
    done
    for writer in "${writers[@]}"; do
        wait "$writer"
    done
    sound at-once 80000
}

# Lines without end, slowly enough that a writer killed soon is killed between small batches.
endless() {
    local i=0
    while echo "line $((i += 1))"; do :; done
}

# Writers killed at any moment, then one that ends well.
killed() {
    local moment
    kafdir --dir "$store" topic create killed --config segment.bytes=100000
    # The delays only spread the moments; nothing waits for them.
    for moment in $(seq 0.005 0.003 0.1); do
        { endless | timeout -s KILL "$moment" "$KAFDIR_PROGRAM" -q --dir "$store" produce killed --acks 1; } 2>/dev/null || true
    done
    # What a killed writer left at the tail is cut now, and said.
    echo last | "$KAFDIR_PROGRAM" --dir "$store" produce killed 2>&1
    sound killed "$(kafdir --dir "$store" consume killed | wc -l)"
}

large() {
    local records=$FIXTURES/expected/large-0.read_uncommitted.json
    kafdir --dir "$store" topic create "large-$1" --config max.message.bytes=20000000
    kafdir --dir "$store" produce "large-$1" --compression "$1" --json "$records"
    sound "large-$1" "$(wc -l <"$records")"
}

keyed() {
    kafdir --dir "$store" topic create keyed --partitions 12 --config segment.bytes=100000
    kafdir --dir "$store" produce keyed --compression lz4 --json "$samples"
    sound keyed "$sample_count"
}

trimmed() {
    kafdir --dir "$store" topic create trimmed --config segment.bytes=100000
    kafdir --dir "$store" produce trimmed --json "$samples"
    kafdir --dir "$store" topic trim trimmed --before 4000
    [ "$(kafdir --dir "$store" consume trimmed --json | head -n 1 | jq .offset)" -eq 4000 ]
    kafdir --dir "$store" check trimmed
    "$ORACLE_SOURCE/dump_log.sh" "$store/logs" trimmed
}

for codec in none gzip snappy lz4 zstd; do
    check "$codec: records of every shape in many segments" codec "$codec"
    check "$codec as the topic's compression.type" topic_codec "$codec"
    check "$codec with LogAppendTime" append_time "$codec"
    check "$codec: records of megabytes" large "$codec"
done
check "200,000 lines" lines
check "300 processes with a record each" one_by_one
check "4 processes at once over 3 partitions" at_once
check "32 killed writers" killed
check "12 keyed partitions" keyed
check "a trimmed topic" trimmed
finish
