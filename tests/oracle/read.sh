#!/usr/bin/env bash
# kafdir reads what a real broker wrote, record for record as Kafka's own consumer does: in place from the copied log
# directory of a running and of a stopped broker, and copied into a store of its own, where appending goes on.
set -euo pipefail
source "$(dirname "$0")/checks.sh"
source "$(dirname "$0")/same.sh"

scratch=$(scratch read)
expected=$FIXTURES/expected

same_list() {
    kafdir "$@" topic list | grep -v '^__cluster_metadata$' | diff - <(jq -r .topic "$expected/offsets.json" | LC_ALL=C sort -u)
}

# The copied directories become a store's own; after them comes another record, and everything is sound.
goes_on() {
    local topic partition topics
    while read -r topic partition; do
        [ "$topic" != __transaction_state ] || continue
        kafdir --dir "$store" produce "$topic" --partition "$partition" --key "key" --compression lz4 <<<"one more"
        kafdir --dir "$store" consume "$topic" --partition "$partition" --isolation-level read_uncommitted --offset -1 |
            grep -qx "one more"
        kafdir --dir "$store" consume "$topic" --partition "$partition" --isolation-level read_uncommitted --json |
            head -n -1 | cmp - "$expected/$topic-$partition.read_uncommitted.json"
    done < <(partitions)
    kafdir --dir "$store" check
    # kafka-dump-log takes the gaps of compacted topics for a fault.
    mapfile -t topics < <(grep -v '^compacted' "$FIXTURES/topics")
    "$ORACLE_SOURCE/dump_log.sh" "$store/logs" "${topics[@]}"
}

# The same lines as kafka-dump-log's for every file of the stopped broker: batches, index entries, producer states, records.
same_dump() {
    local files
    mapfile -t files < <(find "$FIXTURES/stopped" -regex '.*/[0-9]+\.\(log\|index\|timeindex\|txnindex\|snapshot\)' |
        grep -v __cluster_metadata | sort)
    # Kafka's tool says on stderr that compaction left gaps.
    kafka_java error org.apache.kafka.tools.DumpLogSegments --max-message-size 100000000 --deep-iteration \
        --files "$(printf '%s\n' "${files[@]}" | paste -sd,)" >"$scratch/kafka-dump" 2>/dev/null
    kafdir dump "${files[@]}" | grep -v '\.timeindex is empty\.$' |
        diff - <(grep -v '^| offset: ' "$scratch/kafka-dump") | head
    # Keys and values are left out there, and stand at the end of the line here.
    kafdir dump --records "${files[@]}" | LC_ALL=C sed -En 's/^(\| offset: .* headerKeys: \[[^]]*\]( endTxn.*)?).*/\1/p' |
        diff - <(grep '^| offset: ' "$scratch/kafka-dump") | head
}

# What the log directories are, to the last byte and time of change.
state_of_files() {
    find "$FIXTURES/live" "$FIXTURES/stopped" -printf '%p %y %s %i %T@ %C@\n' | sort
}

state_of_files >"$scratch/before"
for state in live stopped; do
    check "log directory of a $state broker: every record" same_records --log-dir "$FIXTURES/$state"
    check "log directory of a $state broker: names" same_list --log-dir "$FIXTURES/$state"
    check "log directory of a $state broker: offsets" same_offsets --log-dir "$FIXTURES/$state"
    check "log directory of a $state broker: ranges" same_ranges --log-dir "$FIXTURES/$state"
    check "log directory of a $state broker: times" same_times --log-dir "$FIXTURES/$state"
    check "log directory of a $state broker: sound" kafdir --log-dir "$FIXTURES/$state" check

    store=$scratch/$state
    mkdir -p "$store/logs"
    cp -a "$FIXTURES/$state"/*-[0-9]* "$FIXTURES/$state/log-start-offset-checkpoint" "$store/logs/"
    rm -rf "$store/logs/__cluster_metadata-0"
    check "copied from a $state broker: every record" same_records --dir "$store"
    check "copied from a $state broker: appending goes on" goes_on
done
# Indexes are a cache: without them, and with wrong ones, everything is read the same.
store=$scratch/indexes
cp -a "$FIXTURES/stopped" "$store"
find "$store" \( -name '*index' -o -name '*.snapshot' \) -delete
check "no indexes: every record" same_records --log-dir "$store"
check "no indexes: ranges" same_ranges --log-dir "$store"
check "no indexes: offsets" same_offsets --log-dir "$store"
check "no indexes: times" same_times --log-dir "$store"
cp -a "$FIXTURES/stopped/." "$store"
find "$store" -name '*index' | while read -r index; do
    head -c 4080 /dev/urandom >"$index"
done
check "random indexes: every record" same_records --log-dir "$store"
check "random indexes: ranges" same_ranges --log-dir "$store"
check "random indexes: offsets" same_offsets --log-dir "$store"
check "random indexes: times" same_times --log-dir "$store"
check "dump says what kafka-dump-log says" same_dump
check "reading in place changed nothing" diff "$scratch/before" <(state_of_files)
finish
