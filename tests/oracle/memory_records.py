"""A second opinion on log files, by kafka-python's own reader.

memory_records.py LOG_DIR TOPIC PARTITION prints every record of the partition's segments as one line of JSON, just as
`kafdir consume --json` prints it, control records left out. A wrong checksum, a byte left over, a batch that does not
follow its predecessor: an error.
"""

import base64
import json
import pathlib
import sys

from kafka.record import MemoryRecords

TIMESTAMP_TYPES = ["CreateTime", "LogAppendTime"]


def base64_of(data):
    return base64.b64encode(data).decode("ascii")


def member(name, data):
    if data is None:
        return {name: None}
    try:
        return {name: data.decode("utf-8")}
    except UnicodeDecodeError:
        return {name + "_base64": base64_of(data)}


def header(name, value):
    if value is None:
        return [name, None]
    try:
        return [name, value.decode("utf-8")]
    except UnicodeDecodeError:
        return [name, {"base64": base64_of(value)}]


def line(topic, partition, record):
    members = {
        "topic": topic,
        "partition": partition,
        "offset": record.offset,
        "timestamp": record.timestamp,
        "timestamp_type": TIMESTAMP_TYPES[record.timestamp_type],
        **member("key", record.key),
        **member("value", record.value),
        "headers": [header(*one) for one in record.headers],
    }
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"))


def batches(segments):
    expected = None
    for segment in segments:
        records = MemoryRecords(segment.read_bytes())
        for batch in records:
            where = f"{segment}: batch at offset {batch.base_offset}"
            if not batch.validate_crc():
                sys.exit(f"{where}: wrong checksum")
            if batch.base_offset < (int(segment.stem) if expected is None else expected):
                sys.exit(f"{where}: expected offset {expected}")
            expected = batch.next_offset
            yield batch
        if records.valid_bytes() != records.size_in_bytes():
            sys.exit(f"{segment}: {records.size_in_bytes() - records.valid_bytes()} bytes left over")


def main(log_dir, topic, partition):
    segments = sorted(pathlib.Path(log_dir, f"{topic}-{partition}").glob("*.log"))
    for batch in batches(segments):
        for record in batch:
            if not batch.is_control_batch:
                print(line(topic, int(partition), record))


main(*sys.argv[1:])
