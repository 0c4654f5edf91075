"""Kafka's log files, read without kafdir: record batches v2 as in https://kafka.apache.org/documentation/#recordbatch.

What the program reads back proves little if the same mistake wrote it. This reader is slow and small.
"""

import struct
import zlib
from pathlib import Path

HEADER = struct.Struct(">qiibIhiqqqhii")


def _table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


_CRC32C = _table()


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = _CRC32C[(value ^ byte) & 0xFF] ^ value >> 8
    return value ^ 0xFFFFFFFF


class Damaged(Exception):
    """Bytes that are no batch."""


def batches(data, checksums=True):
    """The whole batches at the beginning of `data`: (base offset, last offset, values), then what is left over."""
    position = 0
    while position + 61 <= len(data):
        fields = HEADER.unpack_from(data, position)
        base, length, _epoch, magic, crc, attributes, last_delta = fields[:7]
        end = position + 12 + length
        if length < 49 or magic != 2:
            raise Damaged(f"no batch at byte {position}")
        if end > len(data):
            break
        if checksums and crc32c(data[position + 21 : end]) != crc:
            raise Damaged(f"wrong checksum at byte {position}")
        yield base, base + last_delta, _values(data[position + 61 : end], attributes & 7, fields[12])
        position = end
    if position < len(data):
        yield None, len(data) - position, None


def _values(body, codec, count):
    if codec == 1:
        body = zlib.decompress(body, wbits=31)
    elif codec:
        return [None] * count
    values = []
    position = 0
    for _ in range(count):
        length, position = _varint(body, position)
        end = position + length
        position += 1
        for _ in range(2):
            _, position = _varint(body, position)
        _, position = _bytes(body, position)
        value, position = _bytes(body, position)
        values.append(value)
        position = end
    if position != len(body):
        raise Damaged("records and their count disagree")
    return values


def _varint(data, position):
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value >> 1 ^ -(value & 1), position
        shift += 7


def _bytes(data, position):
    length, position = _varint(data, position)
    if length < 0:
        return None, position
    return data[position : position + length], position + length


def partition(directory, start=0, checksums=True):
    """All records of a partition's directory from offset `start` on, as (offset, value); fails at a hole.

    Half a batch at the end of the last segment is no record.
    """
    records = []
    following = None
    segments = sorted(Path(directory).glob("*.log"))
    for segment in segments:
        if following is not None and int(segment.stem) != following:
            raise Damaged(f"{segment} follows offset {following}")
        following = int(segment.stem) if following is None else following
        for base, last, values in batches(segment.read_bytes(), checksums):
            if base is None:
                if segment != segments[-1]:
                    raise Damaged(f"{segment} ends in half a batch")
                continue
            if base != following:
                raise Damaged(f"{segment}: offset {base} where {following} should be")
            following = last + 1
            for offset, value in enumerate(values, base):
                if offset >= start:
                    records.append((offset, None if value is None else value.decode()))
    return records
