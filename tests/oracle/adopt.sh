#!/usr/bin/env bash
# A real broker adopts partition directories that kafdir wrote, serves every record and appends after them; kafdir reads the
# result and appends again, in a copy and in the broker's own directory; adopted once more, a consumer group goes on.
set -euo pipefail
source "$(dirname "$0")/checks.sh"
source "$(dirname "$0")/same.sh"

scratch=$(scratch adopt)
store=$scratch/store
copy=$scratch/copy
broker=$scratch/broker
expected=$scratch/expected
samples=$FIXTURES/expected/codec-none-0.read_uncommitted.json
topics=(adopted:4 stamped:1 trimmed:1)

broker() {
    "$ORACLE_SOURCE/broker.sh" "$1" "$broker"
}

# When a check fails while the broker runs, it must not outlive this script.
stop_broker() {
    [ ! -e "$broker/pid" ] || broker stop
}
trap stop_broker EXIT

# What Kafka's consumer reads now becomes what is expected.
expect() {
    rm -rf "$expected"
    kafka_java error Read "$(cat "$broker/address")" "$expected" "${topics[@]%:*}"
}

write() {
    local codec from=1 topic
    kafdir --dir "$store" topic create adopted --partitions 4 --config segment.bytes=200000
    kafdir --dir "$store" topic create stamped --config message.timestamp.type=LogAppendTime
    kafdir --dir "$store" topic create trimmed --config segment.bytes=300000
    for codec in none gzip snappy lz4 zstd; do
        for topic in adopted stamped trimmed; do
            sed -n "$from,$((from + 999))p" "$samples" |
                kafdir --dir "$store" produce "$topic" --compression "$codec" --json
        done
        from=$((from + 1000))
    done
    seq 1 5000 | sed 's/.*/key-&:value &/' | kafdir --dir "$store" produce adopted --key-separator : --header source=lines
    kafdir --dir "$store" produce adopted --key key-1 --tombstone --header null
    kafdir --dir "$store" topic trim trimmed --before 3333
}

create_topics() {
    local topic
    broker format
    broker start
    for topic in "${topics[@]}"; do
        kafka_java error org.apache.kafka.tools.TopicCommand --bootstrap-server "$(cat "$broker/address")" --create \
            --topic "${topic%:*}" --partitions "${topic#*:}" --replication-factor 1 \
            --config retention.ms=-1 --config segment.bytes=1048576
    done
    broker stop
}

# swap_in STORE: its partition files take the place of the broker's, of which only the topic's id stays.
swap_in() {
    local topic directory
    for topic in "${topics[@]}"; do
        for directory in "$broker/logs/${topic%:*}"-[0-9]*; do
            find "$directory" -type f ! -name partition.metadata -delete
            find "$1/logs/${directory##*/}" -type f \
                \( -name '*.log' -o -name '*.index' -o -name '*.timeindex' -o -name '*.txnindex' \) \
                -exec cp -t "$directory" {} +
        done
    done
    cp "$1/logs/log-start-offset-checkpoint" "$broker/logs/"
}

adopt_unclean() {
    swap_in "$store"
    rm "$broker/logs/.kafka_cleanshutdown" "$broker/logs/recovery-point-offset-checkpoint"
    broker start
    expect
}

adopt_clean() {
    swap_in "$copy"
    broker start
    expect
}

adopt_in_place() {
    broker start
    expect
}

# group RESET COUNT: reads on in the group, and notes what it got.
group() {
    kafka_java error Group "$(cat "$broker/address")" adopters adopted "$1" "$2" >>"$scratch/group"
}

# The group got each record that can be read once, in the order of offsets.
group_is_complete() {
    group none 1000000
    for partition in 0 1 2 3; do
        grep "^$partition " "$scratch/group" | cut -d ' ' -f 2 |
            diff - <(jq .offset "$expected/adopted-$partition.read_committed.json")
    done
}

# The broker appends; with sound indexes that takes it to no new segment.
append() {
    local before after
    before=$(find "$broker/logs/stamped-0" -name '*.log' | wc -l)
    kafka_java error Append "$(cat "$broker/address")" "$1" "${topics[@]}"
    after=$(find "$broker/logs/stamped-0" -name '*.log' | wc -l)
    [ $((after - before)) -le 3 ]
    expect
}

refuses_a_running_broker() {
    local status=0
    kafdir --dir "$broker" produce adopted <<<"must not be stored" 2>"$scratch/refusal" || status=$?
    [ "$status" -eq 1 ]
    grep -i broker "$scratch/refusal"
}

copy_store() {
    mkdir -p "$copy/logs"
    cp -a "$broker/logs"/{adopted,stamped,trimmed}-[0-9]* "$broker/logs/log-start-offset-checkpoint" "$copy/logs/"
}

# goes_on STORE: kafdir appends to every topic; what was there is untouched, and everything is sound.
goes_on() {
    local topic
    for topic in "${topics[@]%:*}"; do
        kafdir --dir "$1" produce "$topic" --json "$samples" --compression snappy
        seq 1 1000 | kafdir --dir "$1" produce "$topic"
    done
    kafdir --dir "$1" check "${topics[@]%:*}"
    "$ORACLE_SOURCE/dump_log.sh" "$1/logs" "${topics[@]%:*}"
}

must "kafdir writes topics" write
must "a broker makes the same topics" create_topics
must "the broker adopts them, recovering every segment" adopt_unclean
check "adopted: every record" same_records --dir "$store"
check "adopted: offsets" same_offsets --dir "$store"
check "adopted: times" same_times --dir "$store"
must "a group reads half" group earliest 4000
must "the broker appends" append 1
check "in the running broker's directory: every record" same_records --log-dir "$broker/logs"
check "in the running broker's directory: no writing" refuses_a_running_broker
must "the broker stops" broker stop
check "in the stopped broker's directory: every record" same_records --log-dir "$broker/logs"
must "copied into a store" copy_store
check "in the copy: every record" same_records --dir "$copy"
must "in the copy: appending goes on" goes_on "$copy"
must "adopted again, with the indexes as they are" adopt_clean
check "adopted again: every record" same_records --dir "$copy"
check "adopted again: offsets" same_offsets --dir "$copy"
must "adopted again: the group goes on" group none 3000
must "the broker appends again" append 2
must "the broker stops again" broker stop
must "in the broker's own directory: appending goes on" goes_on "$broker"
must "the broker starts on it" adopt_in_place
check "a third time: every record" same_records --dir "$broker"
check "a third time: offsets" same_offsets --dir "$broker"
check "the group got every record once" group_is_complete
must "the broker appends a last time" append 3
must "the broker stops for good" broker stop
check "the last state is sound" "$ORACLE_SOURCE/dump_log.sh" "$broker/logs" "${topics[@]%:*}"
finish
