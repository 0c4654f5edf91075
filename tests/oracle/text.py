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

documents = [json.dumps({text() or "x": [text(), 1.5, None, {"a": text()}]}, indent=random.choice([None, 1])) for _ in range(50)]
kafdir("produce", "-q", "documents", "--delimiter", "\\0", stdin="\0".join(documents).encode())
