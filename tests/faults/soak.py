#!/usr/bin/env python3
"""Everything at once, for a while: writers that are killed, a trim here, a retention there, settings that change, a
follower, readers that come and go, and `check` looking on. Rounds are seconds.

What must hold: an offset has one value for all readers and for all time; what a reader is given has no hole but what was
deleted before it came, which it is told; what was acknowledged is there or was read before it was trimmed; the log's
start and end only grow; `check` finds nothing at any moment."""

import json
import os
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from ledger import Ledger
from program import DEADLINE, Failed, Store, said as heard
from report import Report

PARTITIONS = 3


class Soak:
    def __init__(self, report, place):
        self.random = report.random
        self.place = place
        self.store = Store(place / "store")
        self.ledger = Ledger()
        self.guard = threading.Lock()
        self.stop = threading.Event()
        self.faults = []
        # What stands at each place, as first seen by anybody.
        self.values = [{} for _ in range(PARTITIONS)]
        self.runs = self.kills = self.checks = self.seen = 0
        self.store.expect(
            0, "topic", "create", "-q", "t", "-p", str(PARTITIONS), "--config", "segment.bytes=65536",
            "--config", "retention.bytes=2000000",
        )

    def pause(self, least, most):
        self.stop.wait(self.random.uniform(least, most))

    def saw(self, partition, offset, value):
        known = self.values[partition].setdefault(offset, value)
        if known != value:
            raise Failed(f"{partition}@{offset} was {known!r} and is {value!r}")

    def write(self, label):
        number = 0
        while not self.stop.is_set():
            number += 1
            writer = f"{label}n{number}"
            count = self.random.choice((1, 10, 300, 3000))
            with self.guard:
                lines = self.ledger.attempt(writer, count, padding=self.random.choice((0, 0, 400)))
            path = self.place / label
            path.write_bytes(lines)
            acks = self.random.choice(("0", "1", "all"))
            codec = self.random.choice(("none", "none", "gzip", "snappy", "lz4", "zstd"))
            where = self.random.choice(((), (), ("-p", str(self.random.randrange(PARTITIONS)))))
            with (self.place / f"{label}.said").open("w+b") as said:
                process = self.store.start("produce", "t", "--acks", acks, "-z", codec, *where, path, stderr=said)
                if self.random.random() < 0.3:
                    time.sleep(self.random.uniform(0, 0.012))
                    process.kill()
                code = process.wait(timeout=DEADLINE)
                said.seek(0)
                text = heard(said.read().decode())
            self.runs += 1
            if code == 0:
                with self.guard:
                    self.ledger.acknowledge(writer, count)
            elif code == -9:
                self.kills += 1
            else:
                raise Failed(f"a writer exited with {code}: {text}")
            if text and "were dropped" not in text:
                raise Failed(f"a writer said: {text}")

    def trim(self):
        while not self.stop.is_set():
            self.pause(0.1, 0.5)
            partition = str(self.random.randrange(PARTITIONS))
            keep = self.random.choice((0, 10, 1000, 20000))
            self.store.expect(0, "topic", "trim", "-q", "t", f"--before=-{keep}", "--partition", partition)

    def alter(self):
        while not self.stop.is_set():
            self.pause(0.3, 0.8)
            setting = self.random.choice((
                "segment.bytes=16384", "segment.bytes=65536", "segment.bytes=1048576", "retention.bytes=1000000",
                "retention.bytes=-1", "index.interval.bytes=0", "index.interval.bytes=4096", "segment.ms=200",
                "segment.ms=604800000", "max.message.bytes=16000", "max.message.bytes=1048588",
            ))
            self.store.expect(0, "topic", "alter", "-q", "t", "--config", setting)

    def clean(self):
        while not self.stop.is_set():
            self.pause(0.2, 0.6)
            self.store.expect(0, "clean", "-q")

    def check(self):
        while not self.stop.is_set():
            self.pause(0.1, 0.4)
            self.store.expect(0, "check")
            self.checks += 1

    def describe(self):
        last = [(0, 0)] * PARTITIONS
        while not self.stop.is_set():
            self.pause(0.01, 0.1)
            told = json.loads(self.store.expect(0, "topic", "describe", "t", "--json").out)
            for partition in told["partitions"]:
                number = partition["partition"]
                now = partition["log_start_offset"], partition["log_end_offset"]
                if now[0] < last[number][0] or now[1] < last[number][1] or now[0] > now[1]:
                    raise Failed(f"partition {number} went from {last[number]} to {now}")
                last[number] = now

    def read(self):
        """Reads on from where it was, again and again."""
        following = [0] * PARTITIONS
        while not self.stop.is_set():
            self.pause(0.01, 0.2)
            partition = self.random.randrange(PARTITIONS)
            ended = self.store.expect(
                0, "consume", "t", "-p", str(partition), "-o", str(following[partition]), "-F", r"%o %s\n"
            )
            for text in ended.out.decode().splitlines():
                offset, value = text.split(" ", 1)
                offset = int(offset)
                if offset != following[partition]:
                    if offset < following[partition] or not ended.err:
                        raise Failed(f"{partition}@{offset} where {following[partition]} should come: {ended.err}")
                following[partition] = offset + 1
                with self.guard:
                    self.saw(partition, offset, value)

    def follow(self):
        said = (self.place / "follower.said").open("w+b")
        follower = subprocess.Popen(
            [self.store.binary, "consume", "t", "-f", "-F", r"%p %o %s\n"],
            stdout=subprocess.PIPE, stderr=said, env=self.store.environment(), text=True,
        )
        reaper = threading.Thread(target=lambda: (self.stop.wait(), time.sleep(0.5), follower.terminate()))
        reaper.start()
        following = [0] * PARTITIONS
        for text in follower.stdout:
            partition, offset, value = text.rstrip("\n").split(" ", 2)
            partition, offset = int(partition), int(offset)
            if offset != following[partition]:
                said.flush()
                told = (self.place / "follower.said").read_text()
                if offset < following[partition] or "deleted before they were read" not in told:
                    raise Failed(f"the follower: {partition}@{offset} where {following[partition]} should come: {told}")
            following[partition] = offset + 1
            self.seen += 1
            with self.guard:
                self.saw(partition, offset, value)
        reaper.join()
        if follower.wait() != -15:
            raise Failed(f"the follower ended with {follower.returncode}: {(self.place / 'follower.said').read_text()}")

    def guarded(self, work, *args):
        try:
            work(*args)
        except Exception as fault:  # Handed on to whoever waits for us.
            self.faults.append(f"{work.__name__}: {fault}")
            self.stop.set()

    def run(self, seconds):
        works = [(self.write, f"w{index}") for index in range(4)]
        works += [(work,) for work in
                  (self.trim, self.alter, self.clean, self.check, self.describe, self.read, self.follow)]
        threads = [threading.Thread(target=self.guarded, args=work) for work in works]
        for thread in threads:
            thread.start()
        self.stop.wait(seconds)
        self.stop.set()
        for thread in threads:
            thread.join()
        if self.faults:
            raise Failed("; ".join(self.faults))
        self.judge()
        return (f"{self.runs} runs, {self.kills} killed, {self.checks} checks, {self.seen} records followed, "
                f"{len(self.ledger.acknowledged)} acknowledged")

    def judge(self):
        for partition in range(PARTITIONS):
            self.store.expect(0, "produce", "t", "-p", str(partition), input=self.ledger.attempt(f"end{partition}", 1))
        records = self.store.records("t")
        for partition, found in records.items():
            for offset, value in found:
                self.saw(partition, offset, value)
        found = self.ledger.faults(records, acknowledged=set())
        # Who was acknowledged and is not in the log any more was seen before it was deleted.
        known = {tuple(value.split(" ", 2)[:2]) for values in self.values for value in values.values()}
        lost = [(w, s) for w, s in self.ledger.acknowledged if (w, str(s)) not in known]
        if lost and "deleted before they were read" not in (self.place / "follower.said").read_text():
            found.append(f"acknowledged, and never seen: {len(lost)}, such as {sorted(lost)[:3]}")
        if found:
            raise Failed("; ".join(found))
        self.store.clean()


def soak(report, place, seconds):
    return Soak(report, place).run(seconds)


def main():
    report = Report("soak")
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="kafdir-soak-", dir=memory) as place:
        report.check("everything at once", soak, report, Path(place), report.rounds(25))
    report.end()


if __name__ == "__main__":
    main()
