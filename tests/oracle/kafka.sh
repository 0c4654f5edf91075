# Where the real Apache Kafka lies, and how its programs and ours beside it are started. Sourced.
ORACLE_SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ORACLE_REPOSITORY=$(cd "$ORACLE_SOURCE/../.." && pwd)
ORACLE_TARGET=${ORACLE_TARGET:-$ORACLE_REPOSITORY/target/oracle}
export ORACLE_SOURCE ORACLE_REPOSITORY ORACLE_TARGET

# kafka_java LEVEL CLASS [ARGUMENT...]: LEVEL is what Kafka may log to stderr (off, error, warn, info).
kafka_java() {
    (kafka_exec "$@")
}

# The same in place of the shell, so that its process id is the program's.
kafka_exec() {
    local level=$1
    shift
    exec java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx"${ORACLE_HEAP:-768m}" -Dfile.encoding=UTF-8 \
        -Doracle.log="$level" -Dlog4j2.configurationFile="$ORACLE_SOURCE/log4j2.properties" \
        -cp "$ORACLE_TARGET/classes:$ORACLE_TARGET/jars/*" "$@"
}
