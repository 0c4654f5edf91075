#!/usr/bin/env python3
"""The checkers themselves, on planted faults: each that they are there for is brought about once and must be found,
and a store without a fault must pass."""

import shutil
import struct
import tempfile
from pathlib import Path

import batches
from ledger import Ledger
from program import Failed, Store
from report import Report
from resume import Seen


def good():
    """Two partitions as a good log would have them, and the ledger that goes with them."""
    ledger = Ledger()
    text = {}
    for writer in ("a", "b"):
        text[writer] = ledger.attempt(writer, 4).decode().splitlines()
        ledger.acknowledge(writer, 3)
    partitions = {
        0: list(enumerate([text["a"][0], text["b"][0], text["a"][1], text["a"][2]])),
        1: list(enumerate([text["b"][1], text["b"][2], text["a"][3]])),
    }
    return ledger, partitions, text


def nothing_planted():
    ledger, partitions, _ = good()
    found = ledger.faults(partitions)
    if found:
        raise Failed(f"a fault in a good log: {found}")


def lost(partitions, _):
    del partitions[0][3]


def lost_in_the_middle(partitions, _):
    partitions[0] = [(0, partitions[0][0][1])] + [(at - 1, value) for at, value in partitions[0][2:]]


def doubled(partitions, _):
    partitions[1].append((3, partitions[0][0][1]))


def hole(partitions, _):
    partitions[0][3] = (4, partitions[0][3][1])


def one_offset_twice(partitions, _):
    partitions[0][3] = (2, partitions[0][3][1])


def out_of_order(partitions, _):
    partitions[0][2:] = [(2, partitions[0][3][1]), (3, partitions[0][2][1])]


def never_attempted(partitions, _):
    from ledger import line

    partitions[1].append((3, line("b", 5)))


def spoilt(partitions, _):
    partitions[0][1] = (1, partitions[0][1][1][:-1] + "!")


def foreign(partitions, _):
    partitions[1].append((3, "hello"))


def skipped(partitions, text):
    partitions[0] = list(enumerate([text["a"][0], text["a"][2]]))


PLANTED = {
    lost: "acknowledged and missing",
    lost_in_the_middle: "acknowledged and missing",
    doubled: "also at",
    hole: "offset 3 should come",
    one_offset_twice: "offset 3 should come",
    out_of_order: "comes after 3",
    never_attempted: "never attempted",
    spoilt: "wrong checksum",
    foreign: "not a line of ours",
    skipped: "acknowledged and missing",
}


def planted(plant, told):
    ledger, partitions, text = good()
    plant(partitions, text)
    found = ledger.faults(partitions)
    if not any(told in fault for fault in found):
        raise Failed(f"not found: {found}")


def planted_hole_of_a_writer():
    ledger, _, text = good()
    if list(ledger.holes(list(enumerate(text["a"])))):
        raise Failed("a hole where there is none")
    if not list(ledger.holes([(0, text["a"][0]), (1, text["a"][2])])):
        raise Failed("not found")


def planted_in_imports():
    """What judges an import: a good one, and the same with one thing spoilt."""
    good = [["1:0", "3:2", "1:3"], ["2:1", "2:4"]]
    planted = {
        "": good,
        "are missing": [good[0][:2], good[1]],
        "after line": [["3:2", "1:0", "1:3"], good[1]],
        "after line 4": [good[0], [*good[1], "2:4"]],
        "is in partitions": [good[0], ["1:1", "2:4"]],
        "6 records of 5": [good[0], ["2:1", "2:4", "2:9"]],
    }
    for told, values in planted.items():
        seen = Seen(None, 2)
        seen.values = values
        try:
            seen.judge(5)
            found = ""
        except Failed as fault:
            found = str(fault)
        if told not in found or bool(told) != bool(found):
            raise Failed(f"expected {told!r}, found {found!r}")


def planted_in_files():
    """The reader of log files: what the program wrote, then the same with one thing spoilt."""
    with tempfile.TemporaryDirectory(prefix="kafdir-planted-") as place:
        store = Store(Path(place) / "store")
        store.expect(0, "topic", "create", "-q", "t", "--config", "segment.bytes=300")
        for value in range(6):
            store.expect(0, "produce", "t", input=f"value {value}\n".encode() * 5)
        directory = store.path / "logs/t-0"
        records = batches.partition(directory)
        if records != [(at, f"value {at // 5}") for at in range(30)]:
            raise Failed(f"a good log is read as {records}")
        segments = sorted(directory.glob("*.log"))
        if len(segments) < 3:
            raise Failed(f"{len(segments)} segments are too few to plant anything in")
        spoilers = {
            "a flipped bit": lambda: _change(segments[0], 100, lambda byte: byte ^ 1),
            "another offset": lambda: _change(segments[1], 7, lambda byte: byte + 1),
            "a missing segment": segments[1].unlink,
            "a torn segment that is not the last": lambda: segments[0].write_bytes(segments[0].read_bytes()[:-1]),
        }
        for name, spoil in spoilers.items():
            kept = Path(place) / "kept"
            shutil.copytree(directory, kept)
            spoil()
            try:
                batches.partition(directory)
            except batches.Damaged:
                pass
            else:
                raise Failed(f"{name} was not found")
            shutil.rmtree(directory)
            shutil.move(kept, directory)


def _change(path, at, change):
    data = bytearray(path.read_bytes())
    data[at] = change(data[at]) & 0xFF
    path.write_bytes(data)


def checksum_vector():
    # RFC 3720, B.4: 32 bytes of zeros.
    if struct.pack("<I", batches.crc32c(bytes(32))) != bytes.fromhex("aa36918a"):
        raise Failed("CRC-32C of 32 zeros")


def main():
    report = Report("planted")
    report.check("a good log passes", nothing_planted)
    for plant, told in PLANTED.items():
        report.check(plant.__name__.replace("_", " "), planted, plant, told)
    report.check("a writer's hole", planted_hole_of_a_writer)
    report.check("imports", planted_in_imports)
    report.check("checksum vector", checksum_vector)
    report.check("log files", planted_in_files)
    report.end()


if __name__ == "__main__":
    main()
