"""Random records through kafdir and through Python's own json and csv modules."""

import base64
import csv
import io
import json
import os
import random
import subprocess
import sys

COUNT = 500
PIECES = ['"', "\n", "\r\n", "\r", ",", ";", "\t", "\\", "\\N", "é", "\u2028", "😀", "a", " ", "'", "{", ""]
if sys.version_info >= (3, 11):
    PIECES.append("\0")
csv.field_size_limit(1 << 20)

random.seed(int(os.environ["SEED"]))


def kafdir(*arguments, stdin=None):
    return subprocess.run(["kafdir", *arguments], input=stdin, stdout=subprocess.PIPE, check=True).stdout


def text():
    return "".join(random.choice(PIECES) for _ in range(random.randrange(8)))


def field(name, value):
    if isinstance(value, bytes):
        return {name + "_base64": base64.b64encode(value).decode()}
    return {name: value}


def some():
    return random.choice([None, text(), text(), b"\xff" + random.randbytes(9)])


def bytes_of(value):
    return value.encode() if isinstance(value, str) else value


records = [(some(), some(), random.randrange(1 << 41)) for _ in range(COUNT)]
lines = "".join(
    json.dumps({**field("key", key), **field("value", value), "timestamp": time}, ensure_ascii=random.random() < 0.5) + "\n"
    for key, value, time in records
)
kafdir("produce", "-q", "random", "--json", stdin=lines.encode())


def read(line, name):
    record = json.loads(line)
    return base64.b64decode(record[name + "_base64"]) if name + "_base64" in record else bytes_of(record[name])


out = kafdir("consume", "random", "--json").splitlines()
assert [(read(line, "key"), read(line, "value")) for line in out] == [(bytes_of(k), bytes_of(v)) for k, v, _ in records]

# The fields of records as CSV; bytes that are no text survive as Python lets them.
codec = {"encoding": "utf-8", "errors": "surrogateescape", "newline": ""}


def unmarked(field):
    if field == "\\N":
        return None
    if field.endswith("N") and field[:-1] and set(field[:-1]) == {"\\"}:
        field = field[1:]
    return field.encode("utf-8", "surrogateescape")


for dialect, flags in [("excel", []), ("unix", ["--csv-quote-all"]), ("excel-tab", ["--csv-delimiter", "\\t"])]:
    out = kafdir("consume", "random", "--format", "csv", *flags)
    rows = list(csv.DictReader(io.TextIOWrapper(io.BytesIO(out), **codec), dialect=dialect))
    assert [(unmarked(row["key"]), unmarked(row["value"])) for row in rows] == [
        (bytes_of(k), bytes_of(v)) for k, v, _ in records
    ], dialect
    # Written by Python, they come back through kafdir.
    buffer = io.BytesIO()
    writer = io.TextIOWrapper(buffer, **codec)
    table = csv.DictWriter(writer, rows[0].keys(), dialect=dialect)
    table.writeheader()
    table.writerows(rows)
    writer.flush()
    given = [flag for flag in flags if flag != "--csv-quote-all"]
    kafdir("produce", "-q", "back-" + dialect, "--input", "csv", *given, stdin=buffer.getvalue())
    again = kafdir("consume", "back-" + dialect, "--format", "csv", *flags)
    assert again.replace(b"back-" + dialect.encode(), b"random") == out, dialect

# Rows of any fields, written by Python, become JSON objects that Python reads, and rows again. What stands for null is the
# matter of the fields above.
names = ["id", 'the "name"', "note,\n2nd"]
table = [[str(number), *(random.choice([text(), text(), " " + text()]) for _ in names[1:])] for number in range(COUNT)]
table = [row for row in table if not any(field.endswith("\\N") for field in row)]
for dialect, flags in [("excel", []), ("unix", []), ("excel-tab", ["--csv-delimiter", "\\t"])]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, dialect=dialect)
    writer.writerows([names, *table])
    topic = "rows-" + dialect
    kafdir("produce", "-q", topic, "--input", "csv", "--key-column", "id", *flags, stdin=buffer.getvalue().encode())
    out = [json.loads(line) for line in kafdir("consume", topic, "--json").splitlines()]
    assert [record["key"] for record in out] == [row[0] for row in table], dialect
    assert [json.loads(record["value"]) for record in out] == [dict(zip(names, row)) for row in table], dialect
    columns = 'id,the "name"'
    out = kafdir("consume", topic, "--format", "csv", "--columns", columns, *flags).decode()
    rows = list(csv.reader(io.StringIO(out, newline=""), dialect=dialect))
    assert rows == [names[:2], *(row[:2] for row in table)], dialect

# What Python's json writes in any of its ways, kafdir takes as it stands, and nests.
values = [{"id": number, "value": random.choice([text(), 1e300, -0.5, True, None, [text()], {text(): text()}])} for number in range(COUNT)]
ways = [{}, {"ensure_ascii": False}, {"separators": (",", ":")}, {"sort_keys": True}]
lines = [json.dumps(value, **random.choice(ways)) for value in values]
kafdir("produce", "-q", "values", "--key-from", "/id", stdin="\n".join(lines).encode())
out = [json.loads(line) for line in kafdir("consume", "values", "--json", "--json-values").splitlines()]
assert [(int(record["key"]), record["value"]) for record in out] == [(value["id"], value) for value in values]

documents = [json.dumps({text() or "x": [text(), 1.5, None, {"a": text()}]}, indent=random.choice([None, 1])) for _ in range(50)]
kafdir("produce", "-q", "documents", "--delimiter", "\\0", stdin="\0".join(documents).encode())
