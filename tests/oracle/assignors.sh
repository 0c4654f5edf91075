#!/usr/bin/env bash
# Members get the partitions that Kafka's own assignors give them: histories of random groups, five assignments each.
set -euo pipefail
source "$(dirname "$0")/checks.sh"

answers=$(scratch assignors)/answers
seed=${SEED:-$RANDOM$RANDOM}
histories=6000
echo "assignors: seed $seed"

answered() {
    # What Kafka logs of members that contradict each other is no failure. A history ends where Kafka finds no end.
    kafka_java off Assignments "$histories" "$seed" >"$answers"
    [ "$(wc -l <"$answers")" -gt $((5 * histories * 99 / 100)) ]
}

same() {
    cd "$ORACLE_REPOSITORY"
    KAFDIR_ASSIGNMENTS=$answers cargo test --quiet --test assignors -- --ignored 2>&1
}

must "Kafka's range, roundrobin, sticky and cooperative-sticky answer" answered
check "ours give the same answers" same
finish
