#!/usr/bin/env bash
# A broker behind TLS, with client certificates and with SCRAM: who is let in, who is not, and what is said then. The
# certificates are made here. Takes a kafdir that was built with TLS, and needs openssl and the JDK's keytool:
#   cargo build --release --features tls-system && tests/oracle/tls.sh
set -euo pipefail
source "$(dirname "$0")/checks.sh"

scratch=$(scratch tls)
read -r -a ports < <(python3 -c 'import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(6)]
print(*(s.getsockname()[1] for s in sockets))')
plain=127.0.0.1:${ports[0]} tls=127.0.0.1:${ports[2]} other_name=127.0.0.1:${ports[3]}
mutual=127.0.0.1:${ports[4]} login=127.0.0.1:${ports[5]}

stop_broker() {
    [ ! -e "$scratch/pid" ] || kill -9 "$(cat "$scratch/pid")" 2>/dev/null || true
}
trap stop_broker EXIT

# authority NAME: a key and a certificate that signs others.
authority() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -keyout "$1.key" -out "$1.pem"
}

# signed NAME SUBJECT-ALTERNATIVE-NAME: NAME.both holds a key and its certificate by the authority.
signed() {
    openssl req -newkey rsa:2048 -nodes -subj "/CN=$1" -keyout "$1.key" -out "$1.request"
    openssl x509 -req -days 2 -in "$1.request" -CA authority.pem -CAkey authority.key -CAcreateserial \
        -extfile <(echo "subjectAltName=$2") -out "$1.pem"
    cat "$1.key" "$1.pem" >"$1.both"
}

certificates() {
    cd "$scratch"
    {
        authority authority
        authority stranger
        signed broker IP:127.0.0.1
        signed elsewhere DNS:elsewhere.example
        signed client DNS:client.example
        openssl pkcs12 -export -in client.pem -inkey client.key -passout pass:secret -out client.p12
        keytool -importcert -noprompt -file authority.pem -alias a -storetype JKS -storepass secret -keystore trust.jks
        keytool -importcert -noprompt -file authority.pem -alias a -storepass secret -keystore trust.p12
    } >"$scratch/certificates.out" 2>&1 || cat "$scratch/certificates.out" >&2
}

settings() {
    cat <<-END
		process.roles=broker,controller
		node.id=1
		controller.quorum.voters=1@127.0.0.1:${ports[1]}
		listeners=PLAIN://$plain,CONTROLLER://127.0.0.1:${ports[1]},TLS://$tls,OTHER://$other_name,MUTUAL://$mutual,LOGIN://$login
		advertised.listeners=PLAIN://$plain,TLS://$tls,OTHER://$other_name,MUTUAL://$mutual,LOGIN://$login
		controller.listener.names=CONTROLLER
		listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAIN:PLAINTEXT,TLS:SSL,OTHER:SSL,MUTUAL:SSL,LOGIN:SASL_SSL
		inter.broker.listener.name=PLAIN
		ssl.keystore.type=PEM
		ssl.keystore.location=$scratch/broker.both
		ssl.truststore.type=PEM
		ssl.truststore.location=$scratch/authority.pem
		listener.name.other.ssl.keystore.type=PEM
		listener.name.other.ssl.keystore.location=$scratch/elsewhere.both
		listener.name.mutual.ssl.client.auth=required
		sasl.enabled.mechanisms=SCRAM-SHA-256,SCRAM-SHA-512
		listener.name.login.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
		listener.name.login.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
		log.dirs=$scratch/logs
		offsets.topic.num.partitions=1
		offsets.topic.replication.factor=1
		group.initial.rebalance.delay.ms=0
	END
}

start_broker() {
    local id
    settings >"$scratch/broker.properties"
    id=$(kafka_java error kafka.tools.StorageTool random-uuid)
    kafka_java error kafka.tools.StorageTool format -t "$id" -c "$scratch/broker.properties" \
        --add-scram 'SCRAM-SHA-256=[name=ann,password=secret]' --add-scram 'SCRAM-SHA-512=[name=bob,password=secret]'
    kafka_exec warn kafka.Kafka "$scratch/broker.properties" </dev/null >>"$scratch/broker.out" 2>&1 &
    echo $! >"$scratch/pid"
    kafka_java off Ready "$plain" "$!"
}

# with LINE...: the properties file that what follows connects with.
with() {
    printf '%s\n' "$@" >"$scratch/client.properties"
}

at() {
    local address=$1
    shift
    kafdir --bootstrap-server "$address" --command-config "$scratch/client.properties" "$@"
}

# works ADDRESS: records go there and come back, with a group, too.
works() {
    local topic=t$((++topics)).$RANDOM
    seq 1 5 | at "$1" produce "$topic"
    at "$1" consume "$topic" | cmp - <(seq 1 5)
    [ "$(at "$1" consume "$topic" -g g | wc -l)" -eq 5 ]
}
topics=0

# refused_in_time ADDRESS WORDS: what may be a broker that is starting is asked again, so long as was allowed.
refused_in_time() {
    local found=0
    timeout 10 "$KAFDIR_PROGRAM" --bootstrap-server "$1" --command-config "$scratch/client.properties" \
        topic list --timeout 2s >"$scratch/out" 2>"$scratch/err" || found=$?
    cat "$scratch/err"
    [ "$found" -eq 4 ]
    grep -q "$1.*$2" "$scratch/err"
}

# refused STATUS ADDRESS WORDS: every kind of command ends with this status within 15 s, and says the words, and the
# address in lines that can be read.
refused() {
    local status=$1 address=$2 words=$3 found
    for command in "topic list" "produce t" "consume t" "consume t -g g" "group list" "wait topic t --records 1 --timeout 10s"; do
        found=0
        # shellcheck disable=SC2086
        echo x | timeout 15 "$KAFDIR_PROGRAM" --bootstrap-server "$address" \
            --command-config "$scratch/client.properties" $command >"$scratch/out" 2>"$scratch/err" || found=$?
        echo "$command: $found" && cat "$scratch/err"
        [ "$found" -eq "$status" ]
        grep -q -- "$words" "$scratch/err"
        [ "$status" -eq 2 ] || grep -q -- "$address" "$scratch/err"
        [ "$(wc -l <"$scratch/err")" -le 2 ]
    done
}

trusting=("security.protocol=SSL" "ssl.truststore.type=PEM" "ssl.truststore.location=$scratch/authority.pem")

right_certificate() {
    with "${trusting[@]}"
    works "$tls"
}

# one_line FILE: its lines as one in a properties file, which all of them but the last end with a backslash.
one_line() {
    sed '$!s/$/ \\/' "$scratch/$1"
}

inline_certificate() {
    with security.protocol=SSL ssl.truststore.type=PEM "ssl.truststore.certificates=$(one_line authority.pem)"
    works "$tls"
}

unknown_authority() {
    with security.protocol=SSL "ssl.truststore.type=PEM" "ssl.truststore.location=$scratch/stranger.pem"
    refused 1 "$tls" 'from an authority that is trusted (ssl.ca.location)$'
    with security.protocol=SSL
    refused 1 "$tls" 'from an authority that is trusted (ssl.ca.location)$'
}

other_name() {
    with "${trusting[@]}"
    refused 1 "$other_name" 'for another host name$'
    with "${trusting[@]}" ssl.endpoint.identification.algorithm=
    works "$other_name"
}

no_client_certificate() {
    with "${trusting[@]}"
    refused 1 "$mutual" 'certificate'
}

client_certificate() {
    with "${trusting[@]}" ssl.keystore.type=PEM "ssl.keystore.location=$scratch/client.both"
    works "$mutual"
    with "${trusting[@]}" ssl.keystore.type=PEM "ssl.keystore.key=$(one_line client.key)" \
        "ssl.keystore.certificate.chain=$(one_line client.pem)"
    works "$mutual"
    with "${trusting[@]}" ssl.keystore.type=PKCS12 "ssl.keystore.location=$scratch/client.p12" ssl.keystore.password=secret
    works "$mutual"
}

# scram MECHANISM NAME PASSWORD
scram() {
    with "${trusting[@]:1}" security.protocol=SASL_SSL "sasl.mechanism=SCRAM-SHA-$1" \
        'sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \' \
        "  username=\"$2\" \\" "  password=\"$3\";"
}

logs_in() {
    scram 256 ann secret
    works "$login"
    scram 512 bob secret
    works "$login"
}

wrong_password() {
    scram 256 ann wrong
    refused 1 "$login" 'uthentication failed'
    scram 512 ann secret
    refused 1 "$login" 'uthentication failed'
}

java_stores() {
    with security.protocol=SSL "ssl.truststore.location=$scratch/trust.jks" ssl.truststore.password=secret
    refused 2 "$tls" 'keytool'
    with security.protocol=SSL ssl.truststore.password=secret "ssl.truststore.location=$scratch/trust.p12" ssl.truststore.type=PKCS12
    refused 2 "$tls" 'keytool'
}

# What the error says to do.
converted_store() {
    keytool -list -rfc -storepass secret -keystore "$scratch/trust.jks" >"$scratch/converted.pem" 2>/dev/null
    with security.protocol=SSL "ssl.truststore.location=$scratch/converted.pem"
    works "$tls"
}

# What does not speak what was set.
wrong_listener() {
    with security.protocol=PLAINTEXT
    refused_in_time "$tls" 'does it want TLS'
    with "${trusting[@]}"
    refused_in_time "$plain" 'does it want no TLS'
}

must "certificates" certificates
must "a broker" start_broker
check "the right certificate" right_certificate
check "an authority within the file" inline_certificate
check "an authority that is not known" unknown_authority
check "a certificate for another host" other_name
check "no client certificate" no_client_certificate
check "a client certificate" client_certificate
check "SCRAM" logs_in
check "a wrong password" wrong_password
check "stores that only Java reads" java_stores
check "a store converted as the error says" converted_store
check "listeners that speak something else" wrong_listener
finish
