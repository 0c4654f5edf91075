#!/usr/bin/env bash
# A broker that lets in only who knows the password, one that goes away in the middle, and one that was never there: what
# kafdir says, in time, and how it ends.
set -euo pipefail
source "$(dirname "$0")/checks.sh"

scratch=$(scratch refusals)
broker=$scratch/broker

stop_broker() {
    [ ! -e "$broker/pid" ] || kill -9 "$(cat "$broker/pid")" 2>/dev/null || true
}
trap stop_broker EXIT

# refused STATUS WORDS COMMAND...: it ends with this status within 20 s, and says the words in no more than two lines.
refused() {
    local status=$1 words=$2 found=0
    shift 2
    timeout 20 "$@" >"$scratch/out" 2>"$scratch/err" </dev/null || found=$?
    cat "$scratch/err"
    [ "$found" -eq "$status" ]
    grep -q -- "$words" "$scratch/err"
    [ "$(wc -l <"$scratch/err")" -le 2 ]
}

login() {
    cat >"$scratch/client.properties" <<-END
		security.protocol=SASL_PLAINTEXT
		sasl.mechanism=PLAIN
		sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="ann" password="$1";
	END
}

lets_in() {
    login secret
    seq 1 5 | kafdir "${at_login[@]}" produce welcome
    [ "$(kafdir "${at_login[@]}" consume welcome -g guests | wc -l)" -eq 5 ]
}

wrong_password() {
    login wrong
    refused 1 'uthentication failed' "$KAFDIR_PROGRAM" "${at_login[@]}" topic list
    refused 1 'uthentication failed' "$KAFDIR_PROGRAM" "${at_login[@]}" consume welcome -g guests
}

# Who does not know that one has to log in.
no_login() {
    refused 4 'does it want a login' "$KAFDIR_PROGRAM" --bootstrap-server "$(cat "$broker/login")" topic list --timeout 2s
}

# The password in the flags instead of a file.
by_flags() {
    local flags=(-X security.protocol=SASL_PLAINTEXT -X sasl.mechanism=PLAIN -X sasl.username=ann -X sasl.password=secret)
    [ "$(kafdir --bootstrap-server "$(cat "$broker/login")" "${flags[@]}" consume welcome | wc -l)" -eq 5 ]
}

killed_under_a_producer() {
    local status=0
    { seq 1 10; sleep 3; seq 11 20; } |
        timeout 60 "$KAFDIR_PROGRAM" --bootstrap-server "$address" produce welcome --timeout 8s 2>"$scratch/err" &
    local producer=$!
    kafdir --bootstrap-server "$address" wait topic welcome --records 15 --timeout 20s
    kill -9 "$(cat "$broker/pid")"
    wait "$producer" || status=$?
    cat "$scratch/err"
    [ "$status" -eq 4 ]
    grep -q "$address" "$scratch/err"
}

"$ORACLE_SOURCE/broker.sh" format "$broker"
"$ORACLE_SOURCE/broker.sh" start "$broker"
address=$(cat "$broker/address")
at_login=(--bootstrap-server "$(cat "$broker/login")" --command-config "$scratch/client.properties")

check "a name and a password let in" lets_in
check "a wrong password is told" wrong_password
check "no name and no password" no_login
check "a password in flags" by_flags
check "a broker that is killed under a producer" killed_under_a_producer
check "one that is gone" refused 4 'Connection refused' \
    "$KAFDIR_PROGRAM" --bootstrap-server "$address" consume welcome --timeout 2s
finish
