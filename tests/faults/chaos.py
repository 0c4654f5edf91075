#!/usr/bin/env python3
"""A consumer group in chaos: four producers write while members join, leave, are killed with -9, stopped, continued and
evicted, and the topic gets more partitions. Rounds are seconds.

All that members write is kept, with when it came, and so is every committed offset and every claim that was seen. What
must hold of that, chaos_history.py says; besides, members end as they should and say nothing that is not to be expected."""

import json
import os
import select
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from chaos_history import Commit, History, Hold, Life, Taken
from ledger import Ledger
from program import DEADLINE, Failed, Store
from report import Report

TOPIC, GROUP = "t", "g"
PRODUCERS = 4
FEWEST, MOST = 2, 8
PARTITIONS, MOST_PARTITIONS = 4, 12
SIGNALLED = -signal.SIGTERM


class Member:
    """A process of the group, and what came out of it."""

    def __init__(self, number, store, place, assignor, interval):
        self.life = Life(f"m{number}")
        self.said = (place / f"{self.life.name}.said").open("w+b")
        self.process = subprocess.Popen(
            [store.binary, "consume", "-q", TOPIC, "-g", GROUP, "-f", "-F", r"%p %o %s\n",
             "--client-id", self.life.name, "--assignor", assignor, "--commit-interval", interval],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.said, env=store.environment(),
        )
        # Since when, and with which partitions; whether in the middle of a commit.
        self.stopped = None
        self.commits = False
        self.told_to_leave = None

    @property
    def pid(self):
        return self.process.pid

    def stop(self):
        """From when on it certainly stands still."""
        os.kill(self.pid, signal.SIGSTOP)
        deadline = time.monotonic() + DEADLINE
        while not all(state in "TtZX" for state in _states(self.pid)):
            if time.monotonic() > deadline:
                raise Failed(f"{self.life.name} does not stop")
            time.sleep(0.0002)
        return time.monotonic()

    def words(self):
        self.said.seek(0)
        return self.said.read().decode(errors="replace")


def _states(pid):
    """How each thread of a process is, as a letter."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            yield (task / "stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            pass


def locks():
    """(pid, inode) of every exclusive flock on this machine."""
    for line in Path("/proc/locks").read_text().splitlines():
        words = line.split()
        if words[1] == "FLOCK" and words[3] == "WRITE":
            yield int(words[4]), int(words[5].rpartition(":")[2])


class Reader:
    """Takes what members write, as it comes; one thread for all, so that there is one order."""

    def __init__(self):
        self.poll = select.epoll()
        self.members = {}
        self.chunks = []
        self.closed = set()
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def add(self, member):
        descriptor = member.process.stdout.fileno()
        self.members[descriptor] = member
        self.poll.register(descriptor, select.EPOLLIN)

    def run(self):
        while not self.stop.is_set():
            for descriptor, _ in self.poll.poll(0.05):
                began = time.monotonic()
                chunk = os.read(descriptor, 1 << 20)
                if chunk:
                    self.chunks.append((began, self.members[descriptor].life, chunk))
                else:
                    self.poll.unregister(descriptor)
                    self.closed.add(self.members[descriptor].life.name)

    def end(self):
        self.stop.set()
        self.thread.join()

    def taken(self):
        """All records, in the order in which they were taken. What a killed member wrote of its last line is no line."""
        rests = {}
        for began, life, chunk in self.chunks:
            *lines, rests[life.name] = (rests.get(life.name, b"") + chunk).split(b"\n")
            for line in lines:
                partition, offset, value = line.decode().split(" ", 2)
                yield Taken(began, life, int(partition), int(offset), value)
        self.rests = rests


class Watcher:
    """Sees committed offsets and claims, and touches nothing."""

    def __init__(self, store, lives):
        self.offsets = store.path / "groups" / GROUP / "offsets.json"
        self.claims = store.path / "groups" / GROUP / "claims"
        self.lives = lives
        self.commits = []
        self.holds = []
        self.stop = threading.Event()
        self.fault = None
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        try:
            last, turn = b"", 0
            while not self.stop.wait(0.004):
                last = self.look_at_commits(last)
                turn += 1
                if turn % 8 == 0:
                    self.look_at_claims()
        except Exception as fault:  # Handed on to whoever waits for us.
            self.fault = fault

    def look_at_commits(self, last):
        try:
            text = self.offsets.read_bytes()
        except FileNotFoundError:
            return last
        seen = time.monotonic()
        if text != last:
            for entry in json.loads(text)["offsets"]:
                self.commits.append(Commit(seen, entry["partition"], entry["offset"]))
        return text

    def look_at_claims(self):
        doubtful = self.held_twice()
        # The list of locks may come in two pieces, and a claim change hands between them: what is so twice is so.
        if doubtful and (again := doubtful & self.held_twice()):
            seen = time.monotonic()
            self.holds += [Hold(seen, partition, tuple(self.lives[pid] for pid in pids)) for partition, pids in again]

    def held_twice(self):
        holders = {}
        for pid, partition in self.claims_held():
            life = self.lives.get(pid)
            if life and life.evicted is None:
                holders.setdefault(partition, set()).add(pid)
        return {(partition, tuple(sorted(pids))) for partition, pids in holders.items() if len(pids) > 1}

    def claims_held(self):
        """(pid, partition) of every lock on a claim."""
        inodes = {}
        for path in self.claims.glob("*.*"):
            try:
                inodes[path.stat().st_ino] = int(path.name.rpartition(".")[0].rpartition("-")[2])
            except (FileNotFoundError, ValueError):
                pass
        for pid, inode in locks():
            if inode in inodes:
                yield pid, inodes[inode]

    def end(self):
        self.stop.set()
        self.thread.join()
        self.look_at_commits(b"")
        if self.fault:
            raise self.fault


class Chaos:
    def __init__(self, report, place):
        self.random = report.random
        self.place = place
        place.mkdir()
        self.store = Store(place / "store")
        self.ledger = Ledger()
        self.guard = threading.Lock()
        self.quiet = threading.Event()
        self.faults = []
        self.members = []
        self.gone = []
        self.lives = {}
        self.counts = dict.fromkeys(("joined", "left", "killed", "stopped", "in a commit", "evicted", "from a commit", "altered", "kept from a last commit"), 0)
        self.partitions = PARTITIONS
        self.assignor = self.random.choice(("range", "roundrobin", "sticky", "cooperative-sticky", "cooperative-sticky"))
        self.store.expect(0, "topic", "create", "-q", TOPIC, "-p", str(PARTITIONS))
        self.evicts = self.store.run("group", "evict", "--help").code == 0
        self.reader = Reader()
        self.watcher = Watcher(self.store, self.lives)

    # What producers do.

    def write(self, label):
        number = 0
        while not self.quiet.wait(self.random.uniform(0.05, 0.5)):
            number += 1
            writer = f"{label}n{number}"
            count = self.random.choice((1, 1, 20, 500, 1500))
            with self.guard:
                lines = self.ledger.attempt(writer, count, padding=self.random.choice((0, 0, 100)))
            acks = self.random.choice(("1", "1", "all"))
            self.store.expect(0, "produce", "-q", TOPIC, "--acks", acks, input=lines)
            with self.guard:
                self.ledger.acknowledge(writer, count)

    def guarded(self, work, *args):
        try:
            work(*args)
        except Exception as fault:  # Handed on to whoever waits for us.
            self.faults.append(f"{work.__name__}: {fault}")
            self.quiet.set()

    # What happens to members.

    def join(self):
        if len(self.members) < MOST:
            self.counts["joined"] += 1
            interval = self.random.choice(("20ms", "200ms", "5s"))
            member = Member(self.counts["joined"], self.store, self.place, self.assignor, interval)
            self.lives[member.pid] = member.life
            self.members.append(member)
            self.reader.add(member)

    def leave(self):
        member = self.somebody(stopped=False)
        if member and len(self.members) > FEWEST:
            self.counts["left"] += 1
            member.told_to_leave = time.monotonic()
            member.process.terminate()
            self.bury(member)

    def kill(self):
        member = self.somebody()
        if member:
            self.counts["killed"] += 1
            self.note_the_stop(member)
            member.life.killed = time.monotonic()
            member.process.kill()
            self.bury(member)
            if len(self.members) < FEWEST:
                self.join()

    def stop(self):
        member = self.somebody(stopped=False)
        if member and sum(1 for other in self.members if other.stopped) < MOST // 2:
            self.counts["stopped"] += 1
            since = self.stop_in_a_commit(member) if self.random.random() < 0.5 else member.stop()
            member.commits = self.commits(member)
            self.counts["in a commit"] += member.commits
            held = frozenset(partition for pid, partition in self.watcher.claims_held() if pid == member.pid)
            member.stopped = since, held

    def stop_in_a_commit(self, member):
        """Tries for a moment; else it is stopped anywhere."""
        until = time.monotonic() + 0.3
        while True:
            while not self.commits(member) and time.monotonic() < until:
                pass
            since = member.stop()
            if self.commits(member) or time.monotonic() > until:
                return since
            os.kill(member.pid, signal.SIGCONT)

    def commits(self, member):
        files = {path.stat().st_ino for path in self.watcher.offsets.parent.glob("commit-*")}
        return any(pid == member.pid and inode in files for pid, inode in locks())

    def go_on(self):
        member = self.somebody(stopped=True)
        if member:
            self.note_the_stop(member)
            os.kill(member.pid, signal.SIGCONT)

    def evict(self):
        member = self.somebody(stopped=True)
        identity = member and self.identity(member)
        if not identity:
            return
        member.life.evicted = time.monotonic()
        evicted = self.store.run("group", "evict", "-q", GROUP, identity, "--timeout", "2s")
        if evicted.code != 0:
            # Another that is stopped may be so in the middle of a change, and then it is waited for.
            member.life.evicted = None
            if evicted.code != 4:
                raise Failed(evicted.told())
            return
        self.counts["evicted"] += 1
        self.counts["from a commit"] += member.commits
        since, held = member.stopped
        member.life.stops.append((since, member.life.evicted, held))
        member.stopped = None
        time.sleep(self.random.uniform(0, 0.2))
        os.kill(member.pid, signal.SIGCONT)
        self.bury(member)

    def alter(self):
        if self.partitions < MOST_PARTITIONS and self.random.random() < 0.4:
            self.counts["altered"] += 1
            self.partitions += self.random.choice((1, 1, 2))
            self.store.expect(0, "topic", "alter", "-q", TOPIC, "--partitions", str(self.partitions))

    def somebody(self, stopped=None):
        fitting = [member for member in self.members if stopped is None or stopped is (member.stopped is not None)]
        return self.random.choice(fitting) if fitting else None

    def note_the_stop(self, member):
        if member.stopped:
            since, held = member.stopped
            member.life.stops.append((since, time.monotonic(), held))
            member.stopped = None

    def identity(self, member):
        told = json.loads((self.store.path / "groups" / GROUP / "group.json").read_text())
        return next((known["id"] for known in told["members"] if known["pid"] == member.pid), None)

    def bury(self, member):
        self.members.remove(member)
        self.gone.append(member)

    def look_after_members(self):
        for member in self.members:
            if member.process.poll() is not None:
                raise Failed(f"{member.life.name} ended with {member.process.returncode}: {member.words()}")

    # The whole.

    def run(self, seconds):
        writers = [threading.Thread(target=self.guarded, args=(self.write, f"p{index}")) for index in range(PRODUCERS)]
        for thread in writers:
            thread.start()
        try:
            for _ in range(FEWEST):
                self.join()
            self.stir(time.monotonic() + seconds)
            self.quiet.set()
            for thread in writers:
                thread.join()
            if self.faults:
                raise Failed("; ".join(self.faults))
            self.settle()
        finally:
            self.end()
        return self.judge()

    def stir(self, until):
        deeds = [self.join] * 4 + [self.leave] * 2 + [self.kill] * 2 + [self.stop] * 3 + [self.go_on] * 3 + [self.alter]
        deeds += [self.evict] * (2 * self.evicts)
        while time.monotonic() < until and not self.quiet.wait(self.random.choice((0.005, 0.05, 0.2, 0.4))):
            self.look_after_members()
            self.random.choice(deeds)()

    def settle(self):
        """All go on, read what there is, commit it and leave."""
        while any(member.stopped for member in self.members):
            self.go_on()
        self.join()
        ends = {partition: len(records) for partition, records in self.store.records(TOPIC).items()}
        deadline = time.monotonic() + DEADLINE
        missing = set(ends)
        while missing and time.monotonic() < deadline:
            self.look_after_members()
            time.sleep(0.02)
            last = {}
            for commit in reversed(self.watcher.commits[-1000:]):
                last.setdefault(commit.partition, commit.offset)
            missing = {partition for partition, end in ends.items() if last.get(partition, 0) < end}
        if missing:
            told = self.store.run("group", "describe", GROUP) if self.evicts else self.store.run("check")
            raise Failed(f"partitions {sorted(missing)} are not read to their ends {ends}: {told.out.decode()}")
        for member in list(self.members):
            member.told_to_leave = time.monotonic()
            member.process.terminate()
            self.bury(member)

    def end(self):
        """Everybody ends; the reader takes what they wrote."""
        self.quiet.set()
        failing = bool(self.members)
        for member in self.members:
            self.note_the_stop(member)
            member.life.killed = time.monotonic()
            member.process.kill()
            self.gone.append(member)
        deadline = time.monotonic() + DEADLINE
        for member in self.gone:
            try:
                member.process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.faults.append(f"{member.life.name} does not end")
                member.process.kill()
                member.process.wait()
        while len(self.reader.closed) < len(self.gone) and time.monotonic() < deadline:
            time.sleep(0.01)
        self.reader.end()
        self.watcher.end()
        if failing and not self.faults:
            self.faults.append("members were left")

    def history(self, records):
        return History(
            log={partition: [value for _, value in found] for partition, found in records.items()},
            taken=list(self.reader.taken()),
            commits=self.watcher.commits,
            holds=self.watcher.holds,
        )

    def judge(self):
        self.note_the_kept_out()
        records = self.store.records(TOPIC)
        history = self.history(records)
        faults = self.faults + self.ledger.faults(records) + history.faults()
        for member in self.gone:
            faults += self.wrong_end(member)
        if faults:
            raise Failed("; ".join(faults[:8]))
        self.store.clean()
        deeds = ", ".join(f"{count} {deed}" for deed, count in self.counts.items())
        written = sum(map(len, records.values()))
        return (f"{self.assignor}: {deeds}; {written} records in {self.partitions} partitions, {len(history.taken) - written} of them again, "
                f"{len(history.commits)} commits seen")

    def note_the_kept_out(self):
        """Who was told to leave while another stood still with the lock on the commits could not commit: it says so, exit code
        4, after the time that a leaver has, and what it had read comes again."""
        for member in self.gone:
            kept_out = "timed out waiting for the lock" in member.words() and "stopped)" in member.words()
            if member.process.returncode == 4 and kept_out and member.told_to_leave is not None:
                self.counts["kept from a last commit"] += 1
                member.life.killed = member.told_to_leave

    def wrong_end(self, member):
        code, words, name = member.process.returncode, member.words(), member.life.name
        if "panicked" in words:
            yield f"{name}: a panic: {words}"
        if member.life.killed is not None:
            return
        if member.life.evicted is not None:
            if code not in (1, SIGNALLED) or "is not in the group" not in words:
                yield f"{name} was evicted and ended with {code}: {words}"
            return
        if code != SIGNALLED or words:
            yield f"{name} was told to leave and ended with {code}: {words}"
        if self.reader.rests.get(name):
            yield f"{name} ended in the middle of a line: {self.reader.rests[name][:60]!r}"


class Sabotaged(Chaos):
    """The claims of stopped members are removed behind everybody's back, so that others can have them too. Who was stopped
    stays so: else it would notice."""

    def stop(self):
        super().stop()
        stopped = {member.pid for member in self.members if member.stopped}
        held = {inode for pid, inode in locks() if pid in stopped}
        for claim in self.watcher.claims.glob("*.*"):
            if claim.stat().st_ino in held:
                claim.unlink()

    def go_on(self):
        pass

    def settle(self):
        pass

    def judge(self):
        return self.history(self.store.records(TOPIC)).faults()


def chaos(report, place, seconds):
    running = Chaos(report, place / "chaos")
    if not running.evicts:
        report.left_out("evictions", "there is no 'group evict'")
    return running.run(seconds)


def planted(report, place):
    """The judge on a planted fault."""
    # Who is stopped at a change of the group holds its lock, and nobody gets on: the next time nobody may.
    for attempt in range(6):
        found = Sabotaged(report, place / f"planted-{attempt}").run(10)
        if any("was stopped, holding it" in fault for fault in found):
            return
    raise Failed(f"two members could read one partition, and the judge finds only {found}")


def main():
    report = Report("chaos")
    # What a killed process leaves does not depend on the disk.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="kafdir-chaos-", dir=memory) as place:
        report.check("a group in chaos", chaos, report, Path(place), report.rounds(120))
        report.check("the judge finds a planted fault", planted, report, Path(place))
    report.end()


if __name__ == "__main__":
    main()
