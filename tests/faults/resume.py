#!/usr/bin/env python3
"""`produce --resume` killed at random moments and started again, while its file grows and is rotated, segments are
rolled and what was read is trimmed away: in the end the topic has held each line exactly once, and in order within its
partition."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from program import Failed, Store
from report import Report

KEYS = 40


class Log:
    """The file that is imported: lines `KEY:NUMBER`, numbered through all rotations."""

    def __init__(self, path, random):
        self.path = path
        self.random = random
        self.lines = 0
        self.rotations = 0
        self.unfinished = b""
        path.touch()

    def grow(self, lines):
        made = []
        for _ in range(lines):
            made.append(b"%d:%d\n" % (self.random.randrange(KEYS), self.lines))
            self.lines += 1
        whole = self.unfinished + b"".join(made)
        # Whoever writes a log does not write whole lines only.
        cut = self.random.randrange(min(4, len(whole)) + 1) if lines else 0
        with open(self.path, "ab") as log:
            log.write(whole[: len(whole) - cut])
        self.unfinished = whole[len(whole) - cut :]

    def finish_line(self):
        with open(self.path, "ab") as log:
            log.write(self.unfinished)
        self.unfinished = b""

    def rotate(self, seen):
        self.finish_line()
        self.rotations += 1
        rotated = self.path.with_name(f"{self.path.name}.{self.rotations}")
        # A copy can be told only of a file in which something was seen before.
        if not seen or self.random.random() < 0.5:
            self.path.rename(rotated)
            self.path.touch()
        else:
            shutil.copy(self.path, rotated)
            os.truncate(self.path, 0)


class Seen:
    """What the topic has held so far, by partition."""

    def __init__(self, store, partitions):
        self.store = store
        self.values = [[] for _ in range(partitions)]
        self.next = [0] * partitions

    def look(self):
        for partition, next_offset in enumerate(self.next):
            topic = f"t:{partition}"
            ended = self.store.expect(0, "consume", "-q", topic, "-o", str(next_offset), "-F", r"%o %k:%s\n")
            for line in ended.out.decode().splitlines():
                offset, value = line.split(" ", 1)
                if int(offset) != self.next[partition]:
                    raise Failed(f"partition {partition}: offset {offset} after {self.next[partition] - 1}")
                self.next[partition] += 1
                self.values[partition].append(value)

    def judge(self, lines):
        home = {}
        count = 0
        for partition, values in enumerate(self.values):
            last = -1
            for value in values:
                key, number = value.split(":")
                number = int(number)
                if number <= last:
                    raise Failed(f"partition {partition}: line {number} after line {last}")
                if home.setdefault(key, partition) != partition:
                    raise Failed(f"key {key} is in partitions {home[key]} and {partition}")
                last = number
                count += 1
        numbers = {int(value.split(":")[1]) for values in self.values for value in values}
        missing = set(range(lines)) - numbers
        if missing:
            raise Failed(f"{len(missing)} of {lines} lines are missing, such as {sorted(missing)[:5]}")
        if count != lines:
            raise Failed(f"{count} records of {lines} lines")


def rounds(report, partitions, follow):
    with tempfile.TemporaryDirectory(prefix="kafdir-resume-") as name:
        place = Path(name)
        store = Store(place / "store")
        config = ("--config", "segment.bytes=20000", "--config", "index.interval.bytes=500")
        store.expect(0, "topic", "create", "-q", "t", "-p", str(partitions), *config)
        log = Log(place / "app.log", report.random)
        seen = Seen(store, partitions)
        arguments = ["produce", "-q", "t", "--resume", "import", "-K", ":", str(log.path)]
        if follow:
            arguments.insert(1, "-f")
        killed = 0
        count = report.rounds(70)
        for _ in range(count):
            killed += one_round(report, store, log, seen, arguments)
        log.finish_line()
        store.expect(0, *[argument for argument in arguments if argument != "-f"])
        seen.look()
        seen.judge(log.lines)
        store.clean()
        return f"{log.lines} lines, {killed} kills, {log.rotations} rotations"


def remembered(store):
    """When the import last wrote down how far it is: first thing after it has looked for its files."""
    positions = store.path / "imports" / "import" / "position.json"
    return positions.stat().st_mtime_ns if positions.exists() else 0


def one_round(report, store, log, seen, arguments):
    random = report.random
    log.grow(random.randrange(2000))
    before = remembered(store)
    process = store.start(*arguments, stderr=subprocess.PIPE)
    until = time.monotonic() + random.random() * 0.03
    while time.monotonic() < until and process.poll() is None:
        if random.random() < 0.2:
            log.grow(random.randrange(200))
    # A file that comes and is renamed before any run sees it belongs to nobody.
    if random.random() < 0.15 and remembered(store) != before:
        log.rotate(seen=False)
        log.grow(random.randrange(50))
    killed = process.poll() is None
    process.send_signal(signal.SIGKILL)
    error = process.stderr.read().decode()
    code = process.wait()
    process.stderr.close()
    if code not in (0, -signal.SIGKILL) or error:
        raise Failed(f"exit {code}: {error}")
    if random.random() < 0.15:
        store.expect(0, *[argument for argument in arguments if argument != "-f"])
        seen.look()
        store.expect(0, "topic", "trim", "-q", "t", "--before", "@9999999999")
        if log.path.stat().st_size:
            log.grow(random.randrange(100))
            log.rotate(seen=True)
    return killed


def main():
    report = Report("resume")
    report.check("one partition", rounds, report, 1, False)
    report.check("five partitions, by key", rounds, report, 5, False)
    report.check("five partitions, followed", rounds, report, 5, True)
    report.end()


if __name__ == "__main__":
    main()
