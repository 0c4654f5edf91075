# Topics seeded from lines of JSON, and compared with what they were seeded from.
. "$EXPECT"
export KAFDIR="$PWD/store"

cat >users.ndjson <<'EOF'
{"id": 1, "name": "Ada", "born": "1815-12-10T00:00:00Z", "created": 1767225600}
{"id": 2.0, "name": "Bö\u0062", "tags": ["a", {"b": null}], "created": "2026-01-02T00:00:00Z"}
{"id": "three", "name": null, "big": 123456789012345678901234567890, "created": 1767398400123}
EOF
run kafdir produce -q users --key-from /id --timestamp-from /created users.ndjson
expect 0 ''
# Every line is a value as it stood.
run sh -c 'kafdir consume users | cmp - users.ndjson'
expect 0 ''
run kafdir consume users -F '%k %d{iso}\n'
expect 0 '1 2026-01-01T00:00:00.000Z
2.0 2026-01-02T00:00:00.000Z
three 2026-01-03T00:00:00.123Z'
run kafdir produce -q names --key-from /id --value-from /name users.ndjson
expect 0 ''
run kafdir consume names -F '%k=%v{json}\n'
expect 0 '1="Ada"
2.0="Böb"
three=null'

if command -v jq >/dev/null; then
    # jq -c . changes nothing of what a record means, and shows documents as documents.
    run sh -c 'kafdir consume users --json | jq -c . | kafdir produce -q through --json'
    expect 0 ''
    run sh -c 'kafdir consume through | cmp - users.ndjson'
    expect 0 ''
    run sh -c 'kafdir consume users --json --json-values | jq -r .value.name'
    expect 0 'Ada
Böb
null'
    # The comparison sees a document that is missing.
    if kafdir consume users --filter '!key=1' | cmp -s - users.ndjson; then
        fail "a missing document makes no difference"
    fi
else
    echo "jq is not here: what it makes of the JSON was not looked at"
fi

# A line that is no JSON stops it: what came before is stored, of the line nothing.
printf '{"id":4}\n{"id":5,}\n{"id":6}\n' >bad.ndjson
run kafdir produce -q users --key-from /id bad.ndjson
expect 1 '' 'bad.ndjson' 'line 2, column 9' '1 record before it is stored'
run kafdir consume users -o -1
expect 0 '{"id":4}'
printf '{"id":7}\n{"vlaue":"x"}\n' | run kafdir produce -q users --key-from /id
expect 1 '' 'line 2 has nothing at "/id"'
printf '{"vlaue":"x"}\n' | run kafdir produce -q users --json
expect 1 '' 'line 1, column 8' 'unknown member "vlaue"'
is_clean
