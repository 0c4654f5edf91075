#!/usr/bin/env bash
# dump_log.sh LOG_DIR [TOPIC...]: kafka-dump-log over every log and index file of all partitions, or of those topics'.
# Prints how many files, batches and records it saw; whatever else that tool says is a complaint, and exit 1.
# (The tool itself exits 0 whatever it finds.)
set -euo pipefail
source "$(dirname "$0")/kafka.sh"

log_dir=$1
shift
topics=("${@:-*}")
names=(-name '*.log' -o -name '*.index' -o -name '*.timeindex' -o -name '*.txnindex' -o -name '*.snapshot')
files=$(for topic in "${topics[@]}"; do
    find "$log_dir" -path "$log_dir/$topic-[0-9]*/*" \( "${names[@]}" \)
done | LC_ALL=C sort -u | paste -sd,)
[ -n "$files" ]

dump_log() {
    kafka_java error org.apache.kafka.tools.DumpLogSegments --max-message-size 200000000 --files "$files" "$@" 2>&1
}

{
    dump_log --deep-iteration
    dump_log --index-sanity-check
} | awk -v files="$(tr -cd , <<<"$files" | wc -c)" '
    /^baseOffset: .* isvalid: true$/ { batches++; next }
    /^\| offset: / { records++; next }
    /^offset: [0-9]+ position: [0-9]+$/ || /^timestamp: [0-9]+ offset: [0-9]+$/ { entries++; next }
    /^producerId: / || /^version: 0 producerId: / { next }
    /^Dumping / || /^Log starting offset: / || / passed sanity check\.$/ || /\.index is empty\.$/ || /^$/ { next }
    # This tool of 4.3 says so of every log that does not begin at offset 0, a broker-written one too.
    /^Non-consecutive offsets in / { base = substr($0, length($0) - 23, 20) + 0; next }
    /^  -1 is followed by / && $5 == base { next }
    { if (++complaints <= 20) print "kafka-dump-log: " $0 }
    # Batches are printed by both runs, records and index entries by the first one.
    END {
        print files + 1, "files,", batches / 2, "batches,", records + 0, "records,", entries + 0, "index entries"
        exit complaints > 0
    }'
