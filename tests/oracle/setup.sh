#!/usr/bin/env bash
# Brings what the checks need into target/oracle: Kafka's jars, our Java programs compiled, a Python with kafka-python.
set -euo pipefail
source "$(dirname "$0")/kafka.sh"

mkdir -p "$ORACLE_TARGET"

if ! cmp -s "$ORACLE_SOURCE/pom.xml" "$ORACLE_TARGET/pom.xml"; then
    echo "setup: Kafka's jars"
    rm -rf "$ORACLE_TARGET/jars"
    mvn -B -q -Dstyle.color=never -f "$ORACLE_SOURCE/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$ORACLE_TARGET/jars"
    cp "$ORACLE_SOURCE/pom.xml" "$ORACLE_TARGET/pom.xml"
fi

echo "setup: our Java programs"
rm -rf "$ORACLE_TARGET/classes"
javac --release 17 -Xlint:all,-processing,-classfile,-serial -Werror -encoding UTF-8 -cp "$ORACLE_TARGET/jars/*" \
    -d "$ORACLE_TARGET/classes" "$ORACLE_SOURCE"/java/*.java

if ! "$ORACLE_TARGET/python/bin/python" -c 'import kafka' 2>/dev/null; then
    echo "setup: kafka-python"
    rm -rf "$ORACLE_TARGET/python"
    python3 -m venv "$ORACLE_TARGET/python"
    "$ORACLE_TARGET/python/bin/pip" install --quiet --disable-pip-version-check \
        kafka-python==3.0.12 crc32c lz4 python-snappy zstandard
fi
