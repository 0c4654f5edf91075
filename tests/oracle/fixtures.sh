#!/usr/bin/env bash
# fixtures.sh DIR: partition directories written by a real broker, and what Kafka's own consumer reads from them.
#   DIR/live/      a copy of the log directory of a running broker: zero-padded indexes, an open transaction
#   DIR/stopped/   the same after a clean stop
#   DIR/expected/  TOPIC-PARTITION.read_committed.json, .read_uncommitted.json, offsets.json; DIR/topics names the topics
set -euo pipefail
source "$(dirname "$0")/kafka.sh"

directory=$(realpath -m "$1")
rm -rf "$directory"
mkdir -p "$directory"

"$ORACLE_SOURCE/broker.sh" format "$directory/broker"
"$ORACLE_SOURCE/broker.sh" start "$directory/broker"
trap '"$ORACLE_SOURCE/broker.sh" stop "$directory/broker"' EXIT
address=$(cat "$directory/broker/address")
kafka_java error Write "$address" "$directory/broker/logs" >"$directory/topics"
mapfile -t topics <"$directory/topics"
kafka_java error Read "$address" "$directory/expected" "${topics[@]}" __transaction_state
cp -a --sparse=always "$directory/broker/logs" "$directory/live"
trap - EXIT
"$ORACLE_SOURCE/broker.sh" stop "$directory/broker"
cp -a "$directory/broker/logs" "$directory/stopped"
