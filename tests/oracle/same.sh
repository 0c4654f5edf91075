# kafdir and Kafka's own consumer agree: the one asked now, the other's answers in the directory $expected (java/Read.java).
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
    local topic partition timestamp wanted first
    while read -r topic partition timestamp wanted; do
        first=$(kafdir "$@" consume "$topic" --partition "$partition" --isolation-level read_uncommitted \
            --from "@$timestamp" --max-messages 1 --format '%o')
        [ "${first:-end}" == "$wanted" ] || {
            echo "$topic-$partition @$timestamp: Kafka's first is ${wanted}, kafdir's ${first:-end}"
            return 1
        }
    done < <(jq -r '[.topic, .partition, .timestamp, .first // "end"] | @tsv' "$expected/times.json")
}

# Records from several offsets on, most of them inside a batch, some at markers, gaps and aborted records.
same_ranges() {
    local topic partition from
    while read -r topic partition from; do
        kafdir "$@" consume "$topic" --partition "$partition" --offset "$from:$((from + 50))" --json |
            cmp - <(awk -F '"offset":' -v from="$from" '$2 + 0 >= from && $2 + 0 < from + 50' \
                "$expected/$topic-$partition.read_committed.json")
    done < <(jq -r 'range(1; 6) as $sixths | [.topic, .partition,
        (.log_start_offset + (.log_end_offset - .log_start_offset) * $sixths / 6 | floor)] | @tsv' "$expected/offsets.json")
}
