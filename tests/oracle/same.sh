# kafdir and Kafka's own consumer agree: the former asked now, the latter's answers in the directory $expected (java/Read.java).
# The arguments of each name the store: --dir DIR or --log-dir DIR. Sourced.

partitions() {
    jq -r '[.topic, .partition] | @tsv' "$expected/offsets.json"
}

# same_records STORE...: every partition, with both isolation levels.
same_records() {
    local topic partition isolation
    while read -r topic partition; do
        for isolation in read_committed read_uncommitted; do
            echo "$topic $partition $isolation"
            kafdir "$@" consume "$topic" --partition "$partition" --isolation-level "$isolation" --json |
                cmp - "$expected/$topic-$partition.$isolation.json"
        done
    done < <(partitions)
}

same_offsets() {
    local topics
    mapfile -t topics < <(jq -r .topic "$expected/offsets.json" | sort -u)
    kafdir "$@" topic describe "${topics[@]}" --json |
        jq -c '.topic as $topic | .partitions[]
            | {topic: $topic, partition, log_start_offset, log_end_offset, last_stable_offset}' |
        sort >"$expected.offsets"
    sort "$expected/offsets.json" | diff - "$expected.offsets"
}

# From a time on comes the first record at or after the offset that Kafka finds for that time.
same_times() {
    local topic partition timestamp offset first wanted
    while read -r topic partition timestamp offset; do
        first=$(kafdir "$@" consume "$topic" --partition "$partition" --isolation-level read_uncommitted \
            --from "@$timestamp" --max-messages 1 --json | first_from 0)
        wanted=$([ "$offset" == end ] || first_from "$offset" "$expected/$topic-$partition.read_uncommitted.json")
        [ "$first" == "$wanted" ] || {
            echo "$topic-$partition @$timestamp: Kafka finds $offset, kafdir begins at ${first:-the end}"
            return 1
        }
    done < <(jq -r '[.topic, .partition, .timestamp, .offset // "end"] | @tsv' "$expected/times.json")
}

# first_from OFFSET [FILE]: the offset of the first record at or after OFFSET in lines of JSON.
first_from() {
    awk -F '"offset":' -v from="$1" '$2 + 0 >= from { print $2 + 0; exit }' "${@:2}"
}

# A range in the middle of each partition, its first offset inside a batch: gaps, markers and aborted records included.
same_ranges() {
    local topic partition from to
    while read -r topic partition from to; do
        kafdir "$@" consume "$topic" --partition "$partition" --offset "$from:$to" --json |
            cmp - <(awk -F '"offset":' -v from="$from" -v to="$to" '$2 + 0 >= from && $2 + 0 < to' \
                "$expected/$topic-$partition.read_committed.json")
    done < <(jq -r '[.topic, .partition, ((.log_start_offset + .log_end_offset) / 3 | floor), .log_end_offset - 10]
        | select(.[3] > .[2]) | @tsv' "$expected/offsets.json")
}
