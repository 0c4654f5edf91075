#!/usr/bin/env bash
# One KRaft node of Apache Kafka on loopback, in a directory of its own:
#   broker.sh format DIR    a new, empty cluster (log.dirs is DIR/logs)
#   broker.sh start DIR     on free ports; returns when it serves, its address then is in DIR/address, and that where one
#                           has to log in (SASL/PLAIN, as ann with the password secret) in DIR/login
#   broker.sh again DIR     the same on the ports that it had before, however it ended
#   broker.sh stop DIR      cleanly, by SIGTERM; returns when the process is gone
set -euo pipefail
source "$(dirname "$0")/kafka.sh"

settings() {
    local broker_port=$1 controller_port=$2 login_port=$3
    cat <<-END
		process.roles=broker,controller
		node.id=1
		controller.quorum.voters=1@127.0.0.1:$controller_port
		listeners=PLAINTEXT://127.0.0.1:$broker_port,CONTROLLER://127.0.0.1:$controller_port,LOGIN://127.0.0.1:$login_port
		advertised.listeners=PLAINTEXT://127.0.0.1:$broker_port,LOGIN://127.0.0.1:$login_port
		controller.listener.names=CONTROLLER
		listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,LOGIN:SASL_PLAINTEXT
		sasl.enabled.mechanisms=PLAIN
		listener.name.login.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_ann="secret";
		inter.broker.listener.name=PLAINTEXT
		log.dirs=$directory/logs
		auto.create.topics.enable=false
		offsets.topic.num.partitions=1
		offsets.topic.replication.factor=1
		transaction.state.log.num.partitions=1
		transaction.state.log.replication.factor=1
		transaction.state.log.min.isr=1
		group.initial.rebalance.delay.ms=0
		log.retention.check.interval.ms=500
		log.initial.task.delay.ms=500
		log.flush.offset.checkpoint.interval.ms=500
		log.flush.start.offset.checkpoint.interval.ms=500
		log.cleaner.backoff.ms=200
		log.cleaner.dedupe.buffer.size=16777216
	END
}

free_ports() {
    python3 - <<-'END'
		import socket
		sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
		print(*(s.getsockname()[1] for s in sockets))
	END
}

format() {
    mkdir -p "$directory/logs"
    settings 1 2 3 >"$directory/broker.properties"
    local id
    id=$(kafka_java error kafka.tools.StorageTool random-uuid)
    kafka_java error kafka.tools.StorageTool format -t "$id" -c "$directory/broker.properties" >"$directory/format.out"
}

start() {
    local broker_port controller_port login_port
    read -r broker_port controller_port login_port < <(free_ports)
    settings "$broker_port" "$controller_port" "$login_port" >"$directory/broker.properties"
    again
}

again() {
    listener() { sed -n "s#^advertised.listeners=.*$1://\([0-9.:]*\).*#\1#p" "$directory/broker.properties"; }
    listener PLAINTEXT >"$directory/address"
    listener LOGIN >"$directory/login"
    kafka_exec info kafka.Kafka "$directory/broker.properties" </dev/null >>"$directory/broker.out" 2>&1 &
    echo $! >"$directory/pid"
    if ! kafka_java off Ready "$(cat "$directory/address")" "$!"; then
        tail -n 30 "$directory/broker.out" >&2
        echo "broker.sh: the broker in $directory did not start" >&2
        kill -9 "$!" 2>/dev/null || true
        return 1
    fi
}

stop() {
    local pid
    pid=$(cat "$directory/pid")
    kill -TERM "$pid"
    if ! timeout 60 tail --pid="$pid" -f /dev/null; then
        kill -9 "$pid"
        echo "broker.sh: the broker in $directory did not stop within 60 s" >&2
        return 1
    fi
    rm "$directory/pid" "$directory/address"
}

action=$1
directory=$(realpath -m "$2")
case $action in
format | start | again | stop) "$action" ;;
*)
    echo "broker.sh: unknown action $action" >&2
    exit 2
    ;;
esac
