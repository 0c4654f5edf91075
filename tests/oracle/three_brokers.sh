#!/usr/bin/env bash
# Three brokers (replication factor 3, min.insync.replicas 2, acks=all), of which one is killed with -9 in the middle of a
# produce, of a consume in a group, and of a copy: nothing that was acknowledged is lost, nothing is there twice, and the
# commands ride it out. Takes a few minutes and three JVMs: it is not part of `run`.
set -euo pipefail
source "$(dirname "$0")/checks.sh"

RECORDS=${RECORDS:-1000000}
scratch=$(scratch three_brokers)
read -r -a ports < <(python3 -c 'import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(6)]
print(*(s.getsockname()[1] for s in sockets))')
servers=127.0.0.1:${ports[0]},127.0.0.1:${ports[1]},127.0.0.1:${ports[2]}

stop_all() {
    local node
    for node in 0 1 2; do
        [ ! -e "$scratch/$node/pid" ] || kill -9 "$(cat "$scratch/$node/pid")" 2>/dev/null || true
    done
}
trap stop_all EXIT

settings() {
    local node=$1
    cat <<-END
		process.roles=broker,controller
		node.id=$node
		controller.quorum.voters=0@127.0.0.1:${ports[3]},1@127.0.0.1:${ports[4]},2@127.0.0.1:${ports[5]}
		listeners=PLAINTEXT://127.0.0.1:${ports[$node]},CONTROLLER://127.0.0.1:${ports[$((node + 3))]}
		advertised.listeners=PLAINTEXT://127.0.0.1:${ports[$node]}
		controller.listener.names=CONTROLLER
		listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
		log.dirs=$scratch/$node/logs
		broker.session.timeout.ms=6000
		offsets.topic.num.partitions=3
		transaction.state.log.num.partitions=3
		group.initial.rebalance.delay.ms=0
	END
}

start() {
    local node=$1
    ORACLE_HEAP=512m kafka_exec warn kafka.Kafka "$scratch/$node/broker.properties" \
        </dev/null >>"$scratch/$node/out" 2>&1 &
    echo $! >"$scratch/$node/pid"
}

start_all() {
    local id node
    id=$(kafka_java error kafka.tools.StorageTool random-uuid)
    for node in 0 1 2; do
        mkdir -p "$scratch/$node/logs"
        settings "$node" >"$scratch/$node/broker.properties"
        kafka_java error kafka.tools.StorageTool format -t "$id" -c "$scratch/$node/broker.properties" >/dev/null
        start "$node"
    done
    create_when_all_are_there
}

# The first to answer refuses three copies for as long as it knows of fewer brokers.
create_when_all_are_there() {
    local until=$((SECONDS + 60))
    until kafdir topic create t -p 3 --replication-factor 3 --config min.insync.replicas=2 --timeout 60s 2>"$scratch/refused"; do
        [ "$SECONDS" -lt "$until" ]
        grep -q 'Invalid replication factor' "$scratch/refused"
        sleep 0.5
    done
}

# What leads the topic's first partition is killed, and brought back when WORK is done.
kill_under() {
    local leader status=0
    "$@" &
    local work=$!
    tail --pid="$work" -f /dev/null &
    timeout "${KILL_AFTER:-4}" tail --pid="$work" -f /dev/null || true
    leader=$(kafdir topic describe t --json | jq '.partitions[0].leader')
    kill -0 "$work" || echo "the work was done before broker $leader was killed" >&2
    kill -9 "$(cat "$scratch/$leader/pid")"
    echo "killed broker $leader"
    wait "$work" || status=$?
    start "$leader"
    await_replicas
    return "$status"
}

await_replicas() {
    local until=$((SECONDS + 90))
    while [ "$(kafdir topic describe t --json | jq '[.partitions[].isr | length] | min')" != 3 ]; do
        [ "$SECONDS" -lt "$until" ]
        sleep 0.5
    done
}

lines() {
    local from
    for ((from = 1; from <= RECORDS; from += RECORDS / 10)); do
        seq "$from" $((from + RECORDS / 10 - 1)) | sed 's/.*/&:&/'
        sleep 1
    done
}

produced() {
    lines | kafdir produce t -K : --timeout 90s
}

consumed() {
    kafdir consume t -g g --batch 10000 -- sh -c 'cat >>"$0"; sleep 0.05' "$scratch/consumed"
}

copied() {
    kafdir --dir "$scratch/source" copy t=u --to "kafka:$servers" --name ship
}

same() {
    [ "$(sort -n "$1" | sha256sum)" = "$(seq 1 "$RECORDS" | sha256sum)" ]
}

# Once each: the producer is idempotent.
all_is_there() {
    kafdir consume t >"$scratch/there"
    same "$scratch/there"
}

# At least once: what was handed over after the last commit comes again.
group_had_all() {
    sort -n -u "$scratch/consumed" | cmp - <(seq 1 "$RECORDS")
    [ "$(kafdir consume t -g g | wc -l)" -eq 0 ]
}

fill_source() {
    seq 1 "$RECORDS" | sed 's/.*/&:&/' | kafdir --dir "$scratch/source" produce t -K :
    kafdir --dir "$scratch/source" topic describe t >/dev/null
}

copy_is_whole() {
    kafdir consume u >"$scratch/copied"
    same "$scratch/copied"
}

export KAFDIR_BOOTSTRAP_SERVER=$servers
must "three brokers" start_all
check "one is killed under a producer" kill_under produced
check "every record is there once" all_is_there
KILL_AFTER=2 check "one is killed under a group" kill_under consumed
check "the group had every record" group_had_all
must "a directory" fill_source
kafdir topic create u -p 1 --replication-factor 3 --config min.insync.replicas=2
KILL_AFTER=0.5 check "one is killed under a copy" kill_under copied
check "the copy has every record once" copy_is_whole
finish
