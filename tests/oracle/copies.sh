#!/usr/bin/env bash
# Copies between a directory and a cluster: RECORDS (1,000,000) of every kind go there and back, the copy killed with -9
# KILLS (20) times each way, and the same comes out; a mirror takes records while the broker is away, and ships them when
# it is back; two copies of one name exclude each other. Takes two minutes: `run` has it done with fewer records.
set -euo pipefail
source "$(dirname "$0")/checks.sh"

RECORDS=${RECORDS:-1000000}
KILLS=${KILLS:-20}
SEED=${SEED:-$RANDOM}
scratch=$(scratch copies)
broker=$scratch/broker

stop_broker() {
    [ ! -e "$broker/pid" ] || kill -9 "$(cat "$broker/pid")" 2>/dev/null || true
}
trap stop_broker EXIT

here() { kafdir --dir "$scratch/here" "$@"; }
back() { kafdir --dir "$scratch/back" "$@"; }
there() { kafdir --bootstrap-server "$address" "$@"; }

# Keys, values and headers that are text, bytes, empty or missing, with timestamps that the broker neither refuses nor
# deletes.
records() {
    python3 - "$RECORDS" "$SEED" <<-'END'
		import base64, json, random, sys, time
		count = int(sys.argv[1])
		random.seed(int(sys.argv[2]))
		now = int(time.time() * 1000)
		def encoded(data):
		    return base64.b64encode(data).decode()
		def field(name, kind):
		    data = random.randbytes(random.randrange(40))
		    text = "".join(random.choices("abc\u00e4\u20ac\n\t\"\\ ", k=random.randrange(40)))
		    return [{name: text}, {name + "_base64": encoded(b"\xff" + data)}, {name: None}, {name: ""}][kind]
		def header():
		    value = random.choice(["text", "", None, {"base64": encoded(b"\xfe" + random.randbytes(9))}])
		    return [random.choice(["a", "b", ""]), value]
		for number in range(count):
		    record = {"timestamp": now - random.randrange(1000), "partition": random.randrange(3)}
		    record |= field("key", random.choice([0, 0, 1, 2, 3])) | field("value", random.choice([0, 0, 1, 2, 3]))
		    record["headers"] = [header() for _ in range(random.choice([0, 0, 0, 1, 3]))]
		    print(json.dumps(record))
	END
}

fill() {
    here topic create t -p 3
    records | here produce t --json --keep-partition
    [ "$(here consume t | wc -c)" -gt 0 ]
    back topic create t -p 3
}

# killed COMMAND...: as one that goes on it is killed KILLS times, earlier and later, and then it runs to its end. What a run
# has not noted after a second is done again by the next one.
killed() {
    local kill after copy
    for ((kill = 0; kill < KILLS; kill++)); do
        after=$(awk -v n="$kill" -v kills="$KILLS" 'BEGIN { print 0.2 + 1.2 * (n * 7 % kills) / kills }')
        "$@" --follow &
        copy=$!
        timeout "$after" tail --pid="$copy" -f /dev/null || true
        kill -9 "$copy"
        # Only when it is gone its locks are free. The shell tells of the kill here.
        { wait "$copy" || true; } 2>/dev/null
    done
    "$@"
}

shipped() {
    killed "$KAFDIR_PROGRAM" -q --dir "$scratch/here" copy t --to "kafka:$address" --name ship
    [ "$(there consume t -F '%o\n' | wc -l)" -eq "$RECORDS" ]
}

fetched() {
    killed "$KAFDIR_PROGRAM" -q --bootstrap-server "$address" copy t --to "dir:$scratch/back" --name fetch
    back check
}

same() {
    local partition
    for partition in 0 1 2; do
        here consume t -p "$partition" --json | sha256sum >"$scratch/here.sum"
        back consume t -p "$partition" --json | sha256sum | cmp - "$scratch/here.sum"
        # Markers of transactions lie between the records there: the offsets are others.
        here consume t -p "$partition" --json | sed 's/"offset":[0-9]*,//' | sha256sum >"$scratch/here.sum"
        there consume t -p "$partition" --json | sed 's/"offset":[0-9]*,//' | sha256sum | cmp - "$scratch/here.sum"
    done
}

# The broker ends in the middle, and comes back: cleanly, and killed with -9.
stored_and_forwarded() {
    local mirror end
    there topic create m
    seq 1 1000 | here produce m
    "$KAFDIR_PROGRAM" -q --dir "$scratch/here" copy m --to "kafka:$address" --name mirror --follow 2>"$scratch/mirror" &
    mirror=$!
    there wait topic m --records 1000 --timeout 60s
    for end in 15 9; do
        kill -"$end" "$(cat "$broker/pid")"
        tail --pid="$(cat "$broker/pid")" -f /dev/null
        seq $((end * 1000)) $((end * 1000 + 999)) | here produce m
        "$ORACLE_SOURCE/broker.sh" again "$broker"
        seq $((end * 1000 + 100000)) $((end * 1000 + 100999)) | here produce m
    done
    there wait topic m --records 5000 --timeout 90s
    kill "$mirror"
    wait "$mirror" || [ $? -eq 143 ]
    there consume m | cmp - <(here consume m)
}

exclusive() {
    local first status=0
    there topic create x
    echo one | here produce x
    "$KAFDIR_PROGRAM" -q --dir "$scratch/here" copy x --to "kafka:$address" --name one --follow &
    first=$!
    there wait topic x --records 1 --timeout 60s
    here copy x --to "kafka:$address" --name one 2>"$scratch/second" || status=$?
    [ "$status" -eq 1 ]
    grep "'one' is running already" "$scratch/second"
    kill -9 "$first"
    { wait "$first" || true; } 2>/dev/null
    echo two | here produce x
    here copy x --to "kafka:$address" --name one
    there consume x | cmp - <(printf 'one\ntwo\n')
}

echo "copies: SEED=$SEED"
"$ORACLE_SOURCE/broker.sh" format "$broker"
"$ORACLE_SOURCE/broker.sh" start "$broker"
address=$(cat "$broker/address")
must "$RECORDS records of every kind" fill
check "a copy into a cluster, killed $KILLS times" shipped
check "a copy into a directory, killed $KILLS times" fetched
check "what came back is what went" same
check "a mirror stores and forwards" stored_and_forwarded
check "two copies of one name exclude each other" exclusive
finish
