#!/usr/bin/env bash
# The same commands on a directory and on a real broker: what they print and how they end must be the same, line by line.
# What differs by its nature is made equal by the few rules of `normal`. `matrix.sh WORDS` runs only the cases with these words.
set -euo pipefail
source "$(dirname "$0")/checks.sh"

scratch=$(scratch matrix)
broker=$scratch/broker

stop_broker() {
    [ ! -e "$broker/pid" ] || "$ORACLE_SOURCE/broker.sh" stop "$broker"
}
trap stop_broker EXIT

# Places, ids of topics, how a partition lies in files or on brokers, and ids of members are a place's own; the last
# three columns of a topic's table are all that is left of them.
normal() {
    sed -E \
        -e "s#(in )?the cluster at [0-9.:]+( \(from [^)]*\))?#PLACE#; s#127\.0\.0\.1:[0-9]+: ##" \
        -e "s#in $scratch/store( \(from [^)]*\))?#PLACE#" \
        -e 's#, id [A-Za-z0-9_-]{22}##; s#"id":("[^"]*"|null),##' \
        -e 's#,"segments":[0-9]+,"bytes":[0-9]+##g; s#,"leader":[0-9]+,"replicas":\[[0-9,]*\],"isr":\[[0-9,]*\]##g' \
        -e 's#^(PARTITION .*LAST-STABLE-OFFSET) .*#\1#; s#^( +[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+) +[0-9].*#\1#' \
        -e '/created the directory/d' \
        -e 's#"generation":([0-9]+|null)#"generation":N#; s#"assignor":("[a-z-]*"|null)#"assignor":A#'
}

# case NAME: the commands on stdin, run at one place; each says how it ended.
run_case() {
    PATH=$scratch/bin:$PATH bash -c "
        trap 'echo \"= \$?\"' EXIT
        t() { local status=0; kafdir \"\$@\" || status=\$?; echo \"= \$status\"; }
        $1" 2>&1
}

# same NAME SCRIPT: one case of the matrix.
same() {
    local name=$1 script=$2
    env -u KAFDIR_BOOTSTRAP_SERVER KAFDIR="$scratch/store" SCRATCH="$scratch" \
        bash -c "$(declare -f run_case); scratch=$scratch; run_case \"\$1\"" - "$script" |
        normal >"$scratch/$name.directory" || true
    env -u KAFDIR KAFDIR_BOOTSTRAP_SERVER="$(cat "$broker/address")" SCRATCH="$scratch" \
        bash -c "$(declare -f run_case); scratch=$scratch; run_case \"\$1\"" - "$script" |
        normal >"$scratch/$name.cluster" || true
    [ -s "$scratch/$name.directory" ]
    diff -a "$scratch/$name.directory" "$scratch/$name.cluster"
}

# A matrix that can't fail shows nothing.
notices() {
    ! same sabotaged 'if [ -n "${KAFDIR:-}" ]; then t topic list; else t topic list --json; fi' >/dev/null
}

mkdir -p "$scratch/bin"
ln -sf "$KAFDIR_PROGRAM" "$scratch/bin/kafdir"
"$ORACLE_SOURCE/broker.sh" format "$broker"
"$ORACLE_SOURCE/broker.sh" start "$broker"
# Neither so old that a broker deletes it at once, nor so late that it refuses it.
NOW=$(($(date +%s) / 100 - 1))00000
export NOW
sed "s/4102444800000/$NOW/; s/410244480000/${NOW%0}/" >"$scratch/records" <<'END'
{"key":null,"value":"plain","headers":[],"timestamp":4102444800000}
{"key":"k","value":null,"headers":[["a","1"],["a",null],["b",{"base64":"/wA="}]],"timestamp":4102444800001}
{"key_base64":"/wA=","value_base64":"gP8=","headers":[],"timestamp":4102444800002}
{"key":"","value":"","headers":[["empty",""]],"timestamp":4102444800003}
{"key":"line","value":"two\nlines,\"quoted\"","headers":[],"timestamp":4102444800004}
END
printf 'id,name,at\n1,"a, b",%s\n2,"c\nd",%s\n' "$NOW" "$NOW" >"$scratch/rows.csv"

# Only Kafka's own producer leaves a transaction open: what it wrote is the log of both places.
transactions() {
    local topic
    kafka_java warn Transact "$(cat "$broker/address")" "$NOW" "$broker/logs"
    kafdir --dir "$scratch/store" topic create first
    for topic in ended open; do
        cp -r "$broker/logs/$topic-0" "$scratch/store/logs/"
    done
}

# Which settings there are, and which values they can have, is the cluster's to say: it alone knows its version.
settings_are_refused() {
    local refused="$scratch/refused" alter
    export KAFDIR_BOOTSTRAP_SERVER
    KAFDIR_BOOTSTRAP_SERVER=$(cat "$broker/address")
    kafdir topic create settings --config retention.ms=1000
    for alter in "--config retention.ms=x" "--config no.such=1" "--delete-config no.such"; do
        ! kafdir topic alter settings $alter 2>"$refused" || return 1
        grep "cannot alter topic 'settings'" "$refused"
    done
    ! kafdir topic create settings.b --config retention.ms=x 2>"$refused" || return 1
    grep "Configuration is invalid" "$refused"
    kafdir topic alter settings --config retention.ms=1000 --config preallocate=TRUE
    kafdir topic describe settings --json | jq -e '.config == {"preallocate": "true", "retention.ms": "1000"}'
}

# What a directory tells of a member and a cluster does not is null there.
unknown_of_members() {
    local member
    export KAFDIR_BOOTSTRAP_SERVER
    KAFDIR_BOOTSTRAP_SERVER=$(cat "$broker/address")
    kafdir topic create watched
    "$KAFDIR_PROGRAM" -q consume watched -g watched -f &
    member=$!
    kafdir wait group watched --members 1 --timeout 30s
    kafdir group describe watched --json >"$scratch/watched"
    kill "$member"
    wait "$member" || [ $? -eq 143 ]
    kafdir group delete watched
    kafdir topic delete watched
    jq -e '.generation == null and (.members[0] | [.pid, .since, .last_progress, .behind] == [null, null, null, null])' "$scratch/watched"
}

# A pattern finds the topic that has the name now, which the group has read nothing of; the others are read on. A directory
# keeps what was committed of the old one, and asks where to go on.
made_again_under_a_pattern() {
    local member topic value line
    export KAFDIR_BOOTSTRAP_SERVER
    KAFDIR_BOOTSTRAP_SERVER=$(cat "$broker/address")
    for topic in found.a found.b; do
        kafdir topic create $topic
        kafdir produce $topic <<<old
    done
    exec 3< <(exec "$KAFDIR_PROGRAM" -q consume '^found\..*' -g found -f -F '%t %s\n' 2>"$scratch/said")
    member=$!
    for line in old old; do read -r line <&3; done
    kafdir wait group found --lag 0 --timeout 30s
    kill -STOP "$member"
    kafdir topic delete found.a
    kafdir topic create found.a
    seq 1 3 | kafdir produce found.a
    kill -CONT "$member"
    for line in 1 2 3; do read -r -t 30 topic value <&3 && [ "$topic $value" = "found.a $line" ]; done
    kafdir produce found.b <<<new
    read -r -t 30 line <&3
    [ "$line" = "found.b new" ]
    kill "$member"
    wait "$member" || [ $? -eq 143 ]
}

source "$ORACLE_SOURCE/matrix_cases.sh"
source "$ORACLE_SOURCE/matrix_more_cases.sh"
must "transactions" transactions
check "a difference is noticed" notices
check "settings that a cluster does not take" settings_are_refused
check "what is not known of members" unknown_of_members
check "a topic made again under a pattern" made_again_under_a_pattern
for name in "${!cases[@]}"; do
    [[ $name == *"${1:-}"* ]] || continue
    check "$name" same "${name//[^a-z]/_}" "${cases[$name]}"
done
finish
