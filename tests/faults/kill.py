#!/usr/bin/env python3
"""kill -9 at random moments of several producers: what was acknowledged is there, order and offsets hold, `check` is
clean at once, and appending goes on without anybody repairing anything."""

import os
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import batches
from ledger import Ledger
from program import DEADLINE, Failed, Store, said as heard
from report import Report

# Some write a lot in large batches, so that a kill finds them in the middle of a write, others little in small ones.
SMALL = {"count": 1000, "padding": 0}
LARGE = {"count": 800, "padding": 4000}
ROUNDS_OF_A_STORE = 4


class Killing:
    def __init__(self, report, place):
        self.report = report
        self.random = report.random
        self.place = place
        self.ledger = Ledger()
        self.store = None
        self.partitions = 1
        self.killed = self.torn = self.ended = 0
        # How long a round took when nobody was killed first, about, in seconds: the kills are spread over that.
        self.span = 0.03

    def new_store(self, number):
        self.store = Store(self.place / f"store-{number}")
        self.ledger.forget()
        self.partitions = self.random.choice((1, 1, 2, 4))
        segment = self.random.choice((65536, 1 << 20, 1 << 30, 1 << 30))
        batch = self.random.choice((8192, 65536, 1048588, 1048588))
        codec = self.random.choice(("producer", "producer", "gzip", "lz4"))
        self.gives_values = codec != "lz4"
        self.store.expect(
            0, "topic", "create", "-q", "t", "-p", str(self.partitions),
            "--config", f"segment.bytes={segment}",
            "--config", f"max.message.bytes={min(batch, segment)}",
            "--config", f"compression.type={codec}",
        )

    def round(self, number):
        if number % ROUNDS_OF_A_STORE == 0:
            self.new_store(number)
        writers = []
        for index, size in enumerate((SMALL, SMALL, LARGE, LARGE)):
            name = f"r{number}w{index}"
            path = self.place / name
            path.write_bytes(self.ledger.attempt(name, **size))
            acks = "1" if size is LARGE else self.random.choice(("1", "all"))
            writers.append((name, size, path, acks))
        with (self.place / "said").open("w+b") as said:
            running = [
                (name, size, self.store.start("produce", "t", "--acks", acks, path, stderr=said))
                for name, size, path, acks in writers
            ]
            started = time.monotonic()
            self.kill_some(running)
            self.wait_for_all(running)
            self.span += 0.2 * (time.monotonic() - started - self.span)
            self.listen(said)
        for _, _, path, _ in writers:
            path.unlink()
        self.look(number)

    def kill_some(self, running):
        victims = self.random.sample(running, self.random.randint(1, len(running)))
        moments = [(self.random.uniform(0, self.span * self.random.choice((0.3, 1))), process) for _, _, process in victims]
        started = time.monotonic()
        for moment, process in sorted(moments, key=lambda pair: pair[0]):
            time.sleep(max(0, moment - (time.monotonic() - started)))
            process.kill()

    def wait_for_all(self, running):
        for name, size, process in running:
            code = process.wait(timeout=DEADLINE)
            if code == 0:
                self.ended += 1
                self.ledger.acknowledge(name, size["count"])
            elif code == -9:
                self.killed += 1
            else:
                raise Failed(f"{name} exited with {code}")

    def listen(self, said):
        """A producer that finds a torn tail says so; nothing else is worth a word."""
        said.seek(0)
        for text in heard(said.read().decode()).splitlines():
            if "were dropped" not in text:
                raise Failed(f"a producer said: {text}")
            self.torn += 1

    def look(self, number):
        self.store.clean()
        # Each partition gets a record, so that each tail is mended.
        for partition in range(self.partitions):
            name = f"r{number}after{partition}"
            lines = self.ledger.attempt(name, 3)
            self.torn += bool(self.store.expect(0, "produce", "t", "-p", str(partition), input=lines).err)
            self.ledger.acknowledge(name, 3)
        records = self.store.records("t")
        found = self.ledger.faults(records)
        if self.partitions == 1:
            found += list(self.ledger.holes(records.get(0, [])))
        if found:
            raise Failed("; ".join(found))
        self.store.clean()
        if number % ROUNDS_OF_A_STORE == ROUNDS_OF_A_STORE - 1:
            self.second_opinion(records)

    def second_opinion(self, records):
        """The files themselves say the same, to a reader that knows nothing of the program."""
        for partition in range(self.partitions):
            read = batches.partition(self.store.path / f"logs/t-{partition}", checksums=False)
            seen = records.get(partition, [])
            if len(read) != len(seen) or self.gives_values and read != seen:
                raise Failed(f"partition {partition}: {len(read)} records in the files, {len(seen)} were read")


def rounds(report, place, count):
    killing = Killing(report, place)
    # Most kills come in the middle of nothing: it goes on for a while until one has come in the middle of a write.
    wanted = int(count > 50)
    done = 0
    while done < count or killing.torn < wanted and done < 4 * count:
        try:
            killing.round(done)
        except Failed as fault:
            raise Failed(f"round {done}: {fault}") from None
        done += 1
    if killing.torn < wanted:
        raise Failed("no kill ever came in the middle of a write")
    return f"{done} rounds, {killing.killed} killed, {killing.ended} ended well, {killing.torn} tails mended"


def followed(report, place):
    """A follower is running all the while: it sees every record once, in order, whoever dies."""
    store = Store(place / "followed")
    store.expect(0, "topic", "create", "-q", "t", "-p", "2", "--config", "segment.bytes=65536")
    ledger = Ledger()
    seen = []
    follower = subprocess.Popen(
        [store.binary, "consume", "t", "-f", "-F", r"%p %o %s\n"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=store.environment(), text=True,
    )
    reader = threading.Thread(target=lambda: seen.extend(follower.stdout))
    reader.start()
    try:
        for number in range(report.rounds(200) // 10):
            name = f"f{number}"
            path = place / name
            path.write_bytes(ledger.attempt(name, 20000))
            process = store.start("produce", "t", "--acks", "1", path)
            time.sleep(report.random.uniform(0, 0.03))
            process.kill()
            process.wait()
        for partition in ("0", "1"):
            store.expect(0, "produce", "t", "-p", partition, input=ledger.attempt(f"end{partition}", 1))
        total = sum(len(records) for records in store.records("t").values())
        deadline = time.monotonic() + DEADLINE
        while len(seen) < total and time.monotonic() < deadline:
            time.sleep(0.005)
    finally:
        follower.terminate()
        reader.join()
    said = heard(follower.stderr.read())
    if said or follower.wait() != -15:
        raise Failed(f"the follower ended with {follower.returncode}: {said}")
    partitions = {}
    for text in seen:
        partition, offset, value = text.rstrip("\n").split(" ", 2)
        partitions.setdefault(int(partition), []).append((int(offset), value))
    found = ledger.faults(partitions)
    if len(seen) != total:
        found.append(f"{len(seen)} of {total} records were seen")
    if found:
        raise Failed("; ".join(found))
    return f"{total} records"


def main():
    report = Report("kill")
    # What a killed process leaves does not depend on the disk: most rounds are spared the wait for it.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="kafdir-kill-", dir=memory) as place:
        report.check("kill -9 at random", rounds, report, Path(place), report.rounds(200))
        report.check("kill -9 under a follower", followed, report, Path(place))
    with tempfile.TemporaryDirectory(prefix="kafdir-kill-") as place:
        report.check("kill -9 at random, on disk", rounds, report, Path(place), report.rounds(200) // 10)
    report.end()


if __name__ == "__main__":
    main()
