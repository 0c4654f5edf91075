#!/usr/bin/env python3
"""Power cuts under two producers, rolls and trims, on ext4 and xfs: every acknowledgement seen before the cut is there.

FS_IOC_SHUTDOWN stops a mounted file system from writing anything more. The kernel runs on, so acknowledgements that
come after it prove nothing: the list is taken before. After each cut the machine seems to have another boot id.
"""

import json
import random
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import batches
import disk
from ledger import Ledger
from program import DEADLINE, Failed, Store
from report import Report

CUTS_OF_A_STORE = 8


@dataclass(frozen=True)
class Ack:
    """A run that exited 0: its writer's lines, and the offsets that its summary gave to the first and the last."""

    writer: str
    count: int
    first: int
    last: int

    @staticmethod
    def of(writer, count, summary):
        partition = json.loads(summary)["partitions"][0]
        return Ack(writer, count, partition["first_offset"], partition["last_offset"])

    def lost(self, there, start):
        """What of it should be there and is not, in a log that starts at `start`."""
        if self.first >= start:
            return [at for at in range(1, self.count + 1) if (self.writer, at) not in there]
        if self.last >= start and there.get((self.writer, self.count)) != self.last:
            return [self.count]
        return []


class Producer(threading.Thread):
    """Small runs, one after the other, each acknowledged by its exit code."""

    def __init__(self, store, ledger, acks, name, random, guard):
        super().__init__()
        self.store, self.ledger, self.acks = store, ledger, acks
        self.label, self.random, self.guard = name, random, guard
        self.fault = None

    def run(self):
        for number in range(10000):
            count = self.random.choice((1, 3, 20, 400))
            writer = f"{self.label}n{number}"
            with self.guard:
                lines = self.ledger.attempt(writer, count)
            try:
                ended = self.store.run("produce", "-q", "t", "--acks", "all", "--summary", input=lines)
            except Failed as fault:
                self.fault = fault
                return
            if ended.code != 0:
                self.fault = None if ended.code in (1, 6) else Failed(ended.told())
                return
            with self.guard:
                self.acks.append(Ack.of(writer, count, ended.out))


class Trimmer(threading.Thread):
    """Moves the log start, and remembers how far it was told to have come."""

    def __init__(self, store, starts, random, guard):
        super().__init__()
        self.store, self.starts, self.random, self.guard = store, starts, random, guard

    def run(self):
        while True:
            time.sleep(self.random.uniform(0.005, 0.03))
            try:
                before = f"-{self.random.choice((1, 10, 300, 1000))}"
                ended = self.store.run("topic", "trim", "-q", "t", f"--before={before}")
                if ended.code != 0:
                    return
                start = log_start(self.store)
            except Failed:
                return
            if start is None:
                return
            with self.guard:
                self.starts.append(start)


def log_start(store):
    ended = store.run("topic", "describe", "t", "--json")
    if ended.code != 0:
        return None
    return json.loads(ended.out)["partitions"][0]["log_start_offset"]


class Cutting:
    def __init__(self, report, place, device):
        self.random = report.random
        self.device = device
        self.place = place
        self.ledger = Ledger()
        self.store = None
        self.acks = []
        self.starts = []
        self.looked_at = set()
        self.acknowledged = self.cuts_with_tail = 0

    def new_store(self, number):
        self.store = Store(self.device.mountpoint / f"store-{number}", boot=f"boot-{number}")
        self.ledger.forget()
        self.acks.clear()
        self.starts.clear()
        segment = self.random.choice((4096, 16384, 1 << 30))
        self.store.expect(0, "topic", "create", "-q", "t", "--config", f"segment.bytes={segment}")

    def cut(self, number, flags, trims):
        if number % CUTS_OF_A_STORE == 0:
            self.new_store(number)
        guard = threading.Lock()
        threads = [
            Producer(self.store, self.ledger, self.acks, f"c{number}p{index}", self._fork(), guard)
            for index in range(2)
        ]
        if trims:
            threads.append(Trimmer(self.store, self.starts, self._fork(), guard))
        for thread in threads:
            thread.start()
        time.sleep(self.random.uniform(0.02, 0.12))
        with guard:
            acks, starts = list(self.acks), list(self.starts)
            self.device.cut_power(flags)
        for thread in threads:
            thread.join(timeout=DEADLINE)
            if thread.is_alive() or getattr(thread, "fault", None):
                raise Failed(f"a process did not end well: {getattr(thread, 'fault', 'it hangs')}")
        self.device.unmount()
        self.device.mount()
        self.store.boot = f"boot-{number}-after"
        self.look(number, acks, max(starts, default=0))

    def _fork(self):
        return random.Random(self.random.random())

    def look(self, number, acks, start):
        # The acknowledgements that came after the cut count for nothing, now and later.
        self.acks[:] = acks
        self.acknowledged += sum(ack.count for ack in acks if ack not in self.looked_at)
        self.looked_at.update(acks)
        before = self.store.records("t").get(0, [])
        self.same_as_files(before)
        self.whole(before, start)
        name = f"after{number}"
        ended = self.store.expect(0, "produce", "t", "--summary", input=self.ledger.attempt(name, 2))
        self.cuts_with_tail += bool(ended.err)
        self.acks.append(Ack.of(name, 2, ended.out))
        after = self.store.records("t").get(0, [])
        self.whole(after, start)
        if after[: len(before)] != before:
            raise Failed("what was read before the recovery is not there after it")
        self.store.clean()

    def whole(self, records, start):
        """Nothing acknowledged is missing above the log start, which is where an acknowledged trim put it or higher."""
        found = self.ledger.faults({0: records}, acknowledged=set())
        found += list(self.ledger.holes(records))
        reached = log_start(self.store)
        if reached < start:
            found.append(f"the log starts at {reached}, and a trim to {start} was acknowledged")
        if records and records[0][0] != reached:
            found.append(f"the first record is {records[0][0]}, the log starts at {reached}")
        there = {}
        for offset, value in records:
            writer, sequence = value.split(" ", 2)[:2]
            there[writer, int(sequence)] = offset
        for ack in self.acks:
            lost = ack.lost(there, reached)
            if lost:
                found.append(f"{ack} was acknowledged, and {len(lost)} of it are missing, such as {lost[0]}")
        if found:
            raise Failed("; ".join(found[:5]))

    def same_as_files(self, records):
        """A reader that knows nothing of the program finds at least these in the files."""
        try:
            read = batches.partition(self.store.path / "logs/t-0", records[0][0] if records else 0, checksums=False)
        except batches.Damaged:
            return  # A tail that is yet to be cut; the program is to tell, and is held to what it tells.
        if read[: len(records)] != records:
            raise Failed("the files hold something else than was read")


def cuts(report, place, kind, flags, trims):
    count = report.rounds(50)
    image, mountpoint = place / f"{kind}.image", place / "mounted"
    megabytes = 320 if kind == "xfs" else 128
    with disk.loop(kind, image, mountpoint, megabytes) as device:
        device.mount()
        cutting = Cutting(report, place, device)
        for number in range(count):
            try:
                cutting.cut(number, flags, trims)
            except Failed as fault:
                raise Failed(f"cut {number}: {fault}") from None
    image.unlink()
    return f"{count} cuts, {cutting.acknowledged} acknowledged records, {cutting.cuts_with_tail} tails mended"


def planted(report, place):
    """The judge on a planted fault: a run is acknowledged that was never made, and one whose records are cut off."""
    with disk.loop("ext4", place / "planted.image", place / "mounted", 64) as device:
        device.mount()
        for plant in ("never made", "not synced"):
            cutting = Cutting(report, place, device)
            cutting.new_store(plant.replace(" ", "-"))
            lines = cutting.ledger.attempt("real", 5)
            ended = cutting.store.expect(0, "produce", "-q", "t", "--summary", input=lines)
            cutting.acks.append(Ack.of("real", 5, ended.out))
            lines = cutting.ledger.attempt("planted", 5)
            if plant == "not synced":
                cutting.store.expect(0, "produce", "-q", "t", "--acks", "1", input=lines)
            cutting.acks.append(Ack("planted", 5, 5, 9))
            device.cut_power(disk.NO_LOG_FLUSH)
            device.unmount()
            device.mount()
            cutting.store.boot += "-after"
            try:
                cutting.look(0, list(cutting.acks), 0)
            except Failed:
                continue
            raise Failed(f"{plant}: a lost record was not found")


def main():
    report = Report("powercut")
    with tempfile.TemporaryDirectory(prefix="kafdir-powercut-") as place:
        place = Path(place)
        for kind in ("ext4", "xfs"):
            why = disk.missing(kind)
            if why:
                report.left_out(f"power cuts on {kind}", why)
                continue
            if kind == "ext4":
                report.check("the judge finds planted faults", planted, report, place)
            for flags in (disk.LOG_FLUSH, disk.NO_LOG_FLUSH):
                for trims in (False, True):
                    name = f"{kind}, flags {flags}{', with trims' if trims else ''}"
                    report.check(name, cuts, report, place, kind, flags, trims)
    report.end()


if __name__ == "__main__":
    main()
