"""The ledger: what was attempted, what was acknowledged, and whether a log agrees with both.

A line is `WRITER SEQUENCE PADDING CHECKSUM`. Writers are numbered anew for every life of a producer, and count from 1.
"""

import zlib


def line(writer, sequence, padding=0):
    text = f"{writer} {sequence} {'x' * padding}"
    return f"{text} {zlib.crc32(text.encode()):08x}"


def lines(writer, count, first=1, padding=0):
    return "".join(line(writer, sequence, padding) + "\n" for sequence in range(first, first + count)).encode()


class Ledger:
    def __init__(self):
        self.attempted = {}
        self.acknowledged = set()

    def attempt(self, writer, count, first=1, padding=0):
        """`writer` is about to write so many lines; gives them."""
        self.attempted[writer] = max(self.attempted.get(writer, 0), first + count - 1)
        return lines(writer, count, first, padding)

    def acknowledge(self, writer, count, first=1):
        """`writer` ended with exit code 0: these lines must be there from now on."""
        self.acknowledged.update((writer, sequence) for sequence in range(first, first + count))

    def forget(self):
        """A new store begins."""
        self.__init__()

    def faults(self, partitions, acknowledged=None, starts=None):
        """What is wrong with `partitions`, {partition: [(offset, value)]}; an empty list is a verdict too.

        `acknowledged` are the acknowledgements that count (all, unless said), `starts` the log start offsets that
        were asked for: records below one may be missing.
        """
        found = []
        seen = {}
        for partition, records in sorted(partitions.items()):
            found += self._partition_faults(partition, records, seen)
        required = self.acknowledged if acknowledged is None else acknowledged
        if not starts:
            missing = sorted(required - seen.keys())
            if missing:
                found.append(f"acknowledged and missing: {len(missing)}, such as {missing[:3]}")
        return found[:10]

    def _partition_faults(self, partition, records, seen):
        following = records[0][0] if records else 0
        last = {}
        for offset, value in records:
            where = f"{partition}@{offset} {value[:60]!r}"
            if offset != following:
                yield f"{where}: offset {following} should come"
                following = offset
            following += 1
            writer, sequence, fault = _parse(value)
            if fault:
                yield f"{where}: {fault}"
                continue
            if sequence > self.attempted.get(writer, 0):
                yield f"{where}: never attempted"
            if (writer, sequence) in seen:
                yield f"{where}: also at {seen[writer, sequence]}"
            seen[writer, sequence] = f"{partition}@{offset}"
            if sequence <= last.get(writer, 0):
                yield f"{where}: comes after {last[writer]}"
            last[writer] = sequence

    def holes(self, records):
        """Writers of whom a line is missing before a later one: with one partition nothing may be skipped."""
        last = {}
        for offset, value in records:
            writer, sequence, fault = _parse(value)
            if not fault and writer in self.attempted:
                if writer in last and sequence != last[writer] + 1:
                    yield f"@{offset} {writer} {sequence} comes after {last[writer]}"
                last[writer] = sequence


def _parse(value):
    text, _, checksum = value.rpartition(" ")
    parts = text.split(" ")
    if len(parts) != 3 or not parts[1].isdigit():
        return None, 0, "not a line of ours"
    fault = None if f"{zlib.crc32(text.encode()):08x}" == checksum else "wrong checksum"
    return parts[0], int(parts[1]), fault
