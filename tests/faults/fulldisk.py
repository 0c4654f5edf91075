#!/usr/bin/env python3
"""A disk that is full: a clear error, exit 1, the log whole, readers undisturbed; and the same commands succeed once
there is room. On tmpfs, ext4 and xfs, with one producer and with several, out of blocks and out of inodes."""

import errno
import os
import tempfile
from pathlib import Path

import disk
from ledger import Ledger
from program import DEADLINE, Failed, Store
from report import Report

NO_ROOM = "No space left on device"


# What a round writes, two runs of so many lines at least, takes more than is left to it.
LEFT = 600_000
LINES = 40_000


def fill(mountpoint, leave):
    """A file that takes all room but `leave` bytes. What a file system says is free is no measure of that: it keeps
    blocks back, and gives some of them to root. So the file grows until nothing more goes in, and then gives way."""
    path = mountpoint / "filler"
    with path.open("wb", buffering=0) as file:
        for piece in (65536, 4096):
            try:
                while True:
                    file.write(bytes(piece))
                    # Room that is only promised may turn out not to be there.
                    os.fsync(file.fileno())
            except OSError as full:
                if full.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise
        file.truncate(max(0, file.tell() - leave))
        os.fsync(file.fileno())
    return path


class Full:
    def __init__(self, report, mountpoint):
        self.random = report.random
        self.mountpoint = mountpoint
        self.ledger = Ledger()
        self.store = Store(mountpoint / "store")
        self.failed = 0
        segment = self.random.choice((16384, 1 << 30))
        self.store.expect(0, "topic", "create", "-q", "t", "--config", f"segment.bytes={segment}")

    def round(self, number, writers):
        before = self.failed
        filler = fill(self.mountpoint, self.random.randrange(0, LEFT))
        runs = []
        for index in range(writers):
            name = f"n{number}w{index}"
            lines = self.ledger.attempt(name, LINES)
            path = Path("/tmp") / f"kafdir-full-{os.getpid()}-{name}"
            path.write_bytes(lines)
            runs.append((name, path, self.store.start("produce", "-q", "t", path)))
        for name, path, process in runs:
            code = process.wait(timeout=DEADLINE)
            path.unlink()
            if code == 0:
                self.ledger.acknowledge(name, LINES)
            elif code == 1:
                self.failed += 1
            else:
                raise Failed(f"a producer exited with {code}")
        # Reading goes on, and what is there is whole; a message says what is wrong.
        self.look()
        ended = self.store.run("produce", "-q", "t", input=self.ledger.attempt(f"n{number}more", 60000))
        if ended.code == 1 and NO_ROOM not in ended.err:
            raise Failed(f"no clear error: {ended.told()}")
        if ended.code not in (0, 1):
            raise Failed(ended.told())
        if ended.code == 0:
            self.ledger.acknowledge(f"n{number}more", 60000)
        else:
            self.failed += 1
        if self.failed == before:
            raise Failed("the disk was not full")
        ended = self.store.run("topic", "create", f"t{number}", "-q")
        if ended.code not in (0, 1):
            raise Failed(ended.told())
        self.look()
        filler.unlink()
        self.store.expect(0, "produce", "-q", "t", input=self.ledger.attempt(f"n{number}room", 100))
        self.ledger.acknowledge(f"n{number}room", 100)
        self.store.expect(0, "topic", "create", f"t{number}", "-q", "--if-not-exists")
        self.look()
        # Make room for the next round: what was stored has been looked at.
        self.store.expect(0, "topic", "delete", "-q", "t")
        self.store.expect(0, "topic", "delete", "-q", f"t{number}")
        self.ledger.forget()
        self.store.expect(0, "topic", "create", "-q", "t")

    def look(self):
        self.store.clean()
        records = self.store.records("t")
        found = self.ledger.faults(records) + list(self.ledger.holes(records.get(0, [])))
        if found:
            raise Failed("; ".join(found))


def rounds(report, mountpoint, count):
    full = Full(report, mountpoint)
    for number in range(count):
        try:
            full.round(number, report.random.choice((1, 1, 4)))
        except Failed as fault:
            raise Failed(f"round {number}: {fault}") from None
    return f"{count} rounds, {full.failed} runs found no room"


def on_tmpfs(report, place):
    with disk.tmpfs(place / "tmpfs", "size=12m") as mountpoint:
        return rounds(report, mountpoint, report.rounds(5))


def on_loop(report, place, kind):
    # No blocks for root alone: root is who fills it.
    megabytes, options = (320, ()) if kind == "xfs" else (24, ("-m", "0"))
    with disk.loop(kind, place / "image", place / "mounted", megabytes, options) as device:
        device.mount()
        return rounds(report, device.mountpoint, report.rounds(3))


def planted(report, place):
    """The judge on a planted fault: a run that found no room is taken for acknowledged."""
    with disk.tmpfs(place / "tmpfs", "size=8m") as mountpoint:
        full = Full(report, mountpoint)
        filler = fill(mountpoint, 100_000)
        ended = full.store.run("produce", "-q", "t", input=full.ledger.attempt("planted", 60000))
        filler.unlink()
        if ended.code != 1:
            raise Failed(f"there was room: {ended.told()}")
        full.ledger.acknowledge("planted", 60000)
        try:
            full.look()
        except Failed:
            return
        raise Failed("a lost record was not found")


def main():
    report = Report("fulldisk")
    with tempfile.TemporaryDirectory(prefix="kafdir-full-") as place:
        place = Path(place)
        why = disk.missing("tmpfs")
        if why:
            report.left_out("a full disk", why)
        else:
            report.check("the judge finds a planted fault", planted, report, place)
            report.check("a full tmpfs", on_tmpfs, report, place)
        for kind in ("ext4", "xfs"):
            why = disk.missing(kind)
            if why:
                report.left_out(f"a full {kind}", why)
            else:
                report.check(f"a full {kind}", on_loop, report, place, kind)
    report.end()


if __name__ == "__main__":
    main()
