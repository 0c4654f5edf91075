#!/usr/bin/env bash
# kafdir beside kcat, against one broker: 1,000,000 lines of 100 bytes there and back, in turn, RUNS times (5). Prints the
# medians and kafdir's speed in kcat's. Both store each record once, acknowledged by all (kcat is told to; kafdir does so).
# Speed passes and fails nothing: this is not part of `run`, and wants a machine that has nothing else to do.
set -euo pipefail
source "$(dirname "$0")/checks.sh"

RUNS=${RUNS:-5}
scratch=$(scratch beside_kcat)
broker=$scratch/broker
command -v kcat >/dev/null || {
    echo "beside_kcat: kcat is not there (Debian: kcat)" >&2
    exit 1
}

stop_broker() {
    [ ! -e "$broker/pid" ] || "$ORACLE_SOURCE/broker.sh" stop "$broker"
}
trap stop_broker EXIT

# milliseconds COMMAND...: how long it takes.
milliseconds() {
    local started
    started=$(date +%s%N)
    "$@" >/dev/null 2>"$scratch/err" || {
        cat "$scratch/err" >&2
        return 1
    }
    echo $((($(date +%s%N) - started) / 1000000))
}

median() {
    sort -n "$1" | sed -n "$((RUNS / 2 + 1))p"
}

# beside WHAT: the medians of what was noted of both.
beside() {
    local ours theirs
    ours=$(median "$scratch/$1.kafdir")
    theirs=$(median "$scratch/$1.kcat")
    echo "$1: kafdir $ours ms, kcat $theirs ms, $(jq -n "$theirs / $ours * 100 | round / 100") times its speed"
}

"$ORACLE_SOURCE/broker.sh" format "$broker"
"$ORACLE_SOURCE/broker.sh" start "$broker"
address=$(cat "$broker/address")
export KAFDIR_BOOTSTRAP_SERVER=$address
seq 1 1000000 | awk '{ printf "%099d\n", $1 }' >"$scratch/lines"

for ((run = 0; run < RUNS; run++)); do
    for topic in ours theirs; do
        kafdir topic create "$topic$run"
    done
    milliseconds kafdir produce "ours$run" "$scratch/lines" >>"$scratch/produce.kafdir"
    milliseconds kcat -P -b "$address" -t "theirs$run" -X enable.idempotence=true -l "$scratch/lines" \
        >>"$scratch/produce.kcat"
    milliseconds kafdir consume "ours$run" >>"$scratch/consume.kafdir"
    milliseconds kcat -C -b "$address" -t "ours$run" -o beginning -e -q >>"$scratch/consume.kcat"
    [ "$(kafdir consume "ours$run" | sha256sum)" = "$(sha256sum <"$scratch/lines")" ]
done
beside produce
beside consume
