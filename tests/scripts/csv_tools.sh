# CSV to and from Python's module for it, in the dialects it calls excel and unix.
. "$EXPECT"
export KAFDIR="$PWD/store"

printf 'id,name\r\n1,"a, ""b"""\r\n2,"two\r\nlines"\r\n' >people.csv
run kafdir produce -q people --input csv --key-column id people.csv
expect 0 ''
run kafdir consume people -K ' '
expect 0 '1 {"id":"1","name":"a, \"b\""}
2 {"id":"2","name":"two\r\nlines"}'
run kafdir consume people --format csv --columns name,id,none
expect 0 'name,id,none
"a, ""b""",1,
"two'"$(printf '\r')"'
lines",2,'
printf 'id,name\n1,a\n2\n' | run kafdir produce -q people --input csv
expect 1 '' "line 3, record 2: it has 1 of the header's 2 fields" '1 record before it is stored'
printf 'id,name\n1,a\n2\n' | run kafdir produce -q people --input csv --flexible
expect 0 ''

# The fields of records come back, nulls, headers and all.
printf '%s\n' '{"key":null,"value":"","timestamp":5,"headers":[["h","1"],["h",null]]}' \
    '{"key":"\\N","value":null,"timestamp":-1}' '{"key":"","value_base64":"AP8iLA0K","timestamp":7}' |
    kafdir produce -q odd --json
kafdir consume odd --json >odd.json
run sh -c 'kafdir consume odd -F csv --csv-delimiter ";" | kafdir produce -q odd-again -i csv --csv-delimiter ";"'
expect 0 ''
run sh -c 'kafdir consume odd-again --json | sed s/odd-again/odd/ | cmp - odd.json'
expect 0 ''

if ! command -v python3 >/dev/null; then
    echo "python3 is not here: what its csv module makes of it was not looked at"
    exit 0
fi
cat >round.py <<'EOF'
import csv, io, json, subprocess, sys

def kafdir(*arguments, stdin=None):
    return subprocess.run(["kafdir", *arguments], input=stdin, capture_output=True, check=True).stdout

rows = [["a", "b,c", 'd"e'], ["", "two\nlines", "cr\rlf\r\n"], ["é", " blank ", "'"], ["\\", "x\\N", "tab\t;"]]
if sys.version_info >= (3, 11):
    rows.append(["nul\0", "\0", ""])
sabotage = len(sys.argv) > 1
for dialect in ["excel", "unix", "excel-tab"]:
    delimiter = ["--csv-delimiter", "\\t"] if dialect == "excel-tab" else []
    text = io.StringIO(newline="")
    writer = csv.writer(text, dialect)
    writer.writerow(["one", "two", "three"])
    writer.writerows(rows)
    data = text.getvalue().encode()
    topic = "from-" + dialect
    kafdir("produce", "-q", topic, "--input", "csv", *delimiter, stdin=data)
    values = [json.loads(line) for line in kafdir("consume", topic).decode().splitlines()]
    expected = [dict(zip(["one", "two", "three"], row)) for row in rows]
    if sabotage:
        expected[0]["one"] += "!"
    assert values == expected, (dialect, values)
    quote_all = ["--csv-quote-all"] if dialect == "unix" else []
    out = kafdir("consume", topic, "-F", "csv", "--columns", "one,two,three", *delimiter, *quote_all)
    read = list(csv.reader(io.StringIO(out.decode(), newline=""), dialect))
    assert read == [["one", "two", "three"], *rows], (dialect, read)
    out = kafdir("consume", topic, "-F", "csv", *delimiter, *quote_all)
    read = list(csv.DictReader(io.StringIO(out.decode(), newline=""), dialect=dialect))
    assert [json.loads(row["value"]) for row in read] == expected, (dialect, read)
    assert all(row["key"] == "\\N" and json.loads(row["headers"]) == [] for row in read)
EOF
run python3 round.py
expect 0 ''
rm -rf store
run python3 round.py sabotaged
expect 1 '' AssertionError
is_clean
