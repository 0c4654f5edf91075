#!/usr/bin/env python3
"""Every system call that matters of every command that writes: the process killed before it, and the call failing once
with EIO, ENOSPC and EINTR. Afterwards `check` is clean, what exited 0 is all there, nothing was acknowledged after a
failed sync, and appending goes on.

The calls are enumerated by a first run under `strace`; those outside the store (the loader's, /proc) are left alone.
"""

import concurrent.futures
import itertools
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from ledger import Ledger
from program import DEADLINE, Failed, Store
from report import Report

CALLS = (
    "write", "pwrite64", "writev", "pwritev", "pwritev2", "flock", "fcntl",
    "rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat", "rmdir",
    "fsync", "fdatasync", "sync_file_range", "ftruncate", "fallocate",
    "open", "openat", "mkdir", "mkdirat", "fchmod", "fchown", "fchmodat", "fchownat",
    "pread64", "read", "getdents64", "newfstatat", "fstat", "statx",
)
SYNCS = ("fsync", "fdatasync")
# These change nothing: a kill before one of them is a kill before the next call that does.
LOOKS = ("pread64", "read", "getdents64", "newfstatat", "fstat", "statx")
# What each disturbance is tried on: not on calls that can't meet with it.
SPARED = {
    "signal=KILL": LOOKS,
    "error=EIO": (),
    "error=ENOSPC": (*LOOKS, "flock", "fcntl", "unlink", "unlinkat", "rmdir"),
    "error=EINTR": ("getdents64", "newfstatat", "fstat", "statx", "rename", "renameat", "renameat2", "link", "linkat",
                    "unlink", "unlinkat", "rmdir", "mkdir", "mkdirat", "fchmod", "fchown", "fchmodat", "fchownat"),
}
WORKERS = max(2, os.cpu_count() or 0)
TRIES = 3

# `PID call(args) = result`, as strace -f -y writes it; file descriptors carry their paths.
CALL = re.compile(r"^(\d+)\s+(\w+)\((.*)$")


class Scenario:
    """A command, what must be done before it, and what it leaves."""

    def __init__(self, name, args, before=(), lines=0, prepare=None, boot=None, made=None):
        self.name = name
        self.args = args
        self.before = before
        self.lines = lines
        self.prepare = prepare
        self.boot = boot
        self.made = made


def tear(store):
    """Half a batch behind the log, as a killed write leaves it."""
    log = store.path / "logs/t-0/00000000000000000000.log"
    data = log.read_bytes()
    following = sum(len(records) for records in store.records("t").values())
    length = int.from_bytes(data[8:12], "big") + 12
    torn = following.to_bytes(8, "big") + data[8 : length - 2]
    with log.open("ab") as file:
        file.write(torn)


def pad(store):
    """Zeros behind the log, as a power cut leaves them."""
    log = store.path / "logs/t-0/00000000000000000000.log"
    with log.open("ab") as file:
        file.write(bytes(8192))


def spoil_index(store):
    index = store.path / "logs/t-0/00000000000000000000.index"
    index.write_bytes(b"\x5a" * 80)


def spoil_header(store):
    """Another base offset in the second batch: the checksum does not cover it, and a repair knows the right one."""
    log = store.path / "logs/t-0/00000000000000000000.log"
    data = bytearray(log.read_bytes())
    second = int.from_bytes(data[8:12], "big") + 12
    data[second + 7] ^= 0x40
    log.write_bytes(data)


def mark_failed(store):
    """As a sync that failed leaves it."""
    (store.path / "locks/failed/t-0").write_text("planted\n")


TOPIC = (("topic", "create", "-q", "t"),)
ROLLING = (("topic", "create", "-q", "t", "--config", "segment.bytes=400"),)

SCENARIOS = (
    Scenario("produce into nothing", ("produce", "-q", "t"), lines=5),
    Scenario("produce", ("produce", "-q", "t"), TOPIC, lines=5),
    Scenario("produce, acks 1", ("produce", "-q", "t", "--acks", "1"), TOPIC, lines=5),
    Scenario("produce that rolls", ("produce", "-q", "t"), ROLLING, lines=60),
    Scenario("produce over a torn tail", ("produce", "-q", "t"), TOPIC, lines=5, prepare=tear),
    Scenario("produce after a restart", ("produce", "-q", "t"), TOPIC, lines=5, prepare=pad, boot="boot-1"),
    Scenario("topic create", ("topic", "create", "-q", "new", "-p", "2"), TOPIC, made="new"),
    Scenario("topic alter", ("topic", "alter", "-q", "t", "--partitions", "2"), TOPIC),
    Scenario("topic trim", ("topic", "trim", "-q", "t", "--before", "1"), TOPIC),
    Scenario("topic delete", ("topic", "delete", "-q", "gone"), TOPIC + (("topic", "create", "-q", "gone", "-p", "2"),)),
    Scenario("clean", ("clean", "-q"), ROLLING),
    Scenario("check --repair", ("check", "-q", "--repair"), TOPIC, prepare=spoil_index),
    Scenario("check --repair of a log", ("check", "-q", "--repair"), TOPIC, prepare=spoil_header),
    Scenario("check --repair after a failed sync", ("check", "-q", "--repair"), TOPIC, prepare=mark_failed,
             boot="boot-1"),
)


class Run:
    """One prepared store, and the command on it."""

    numbers = itertools.count()
    lock = threading.Lock()

    def __init__(self, scenario, place):
        with Run.lock:
            number = next(Run.numbers)
        self.scenario = scenario
        self.place = place / f"run-{number}"
        self.place.mkdir()
        self.store = Store(self.place / "store")
        self.ledger = Ledger()
        self.trimmed = 0
        for args in scenario.before:
            self.store.expect(0, *args)
        if scenario.before:
            # Twice, and by two processes, so that the last finds a lock file's record to go by.
            for writer in ("before1", "before2"):
                self.store.expect(0, "produce", "-q", "t", input=self.ledger.attempt(writer, 3))
                self.ledger.acknowledge(writer, 3)
        if scenario.name == "clean":
            for number in range(4):
                writer = f"before{number + 3}"
                self.store.expect(0, "produce", "-q", "t", input=self.ledger.attempt(writer, 5))
            self.ledger.acknowledged.clear()
            self.store.expect(0, "topic", "alter", "-q", "t", "--config", "retention.bytes=400")
        if scenario.prepare:
            scenario.prepare(self.store)
        if scenario.boot:
            self.store.boot = scenario.boot
        self.epochs = self.epochs_now()

    def epochs_now(self):
        """What the first topic's leader epochs are: nothing here changes them."""
        path = self.store.path / "logs/t-0/leader-epoch-checkpoint"
        return path.read_text() if path.exists() else None

    def under_strace(self, *options):
        trace = self.place / "trace"
        calls = "trace=" + ",".join(f"?{call}" for call in CALLS)
        under = ("strace", "-f", "-y", "-q", "-s", "300", "-o", trace, "-e", calls, *options)
        lines = self.ledger.attempt("under", self.scenario.lines) if self.scenario.lines else b""
        ended = self.store.run(*self.scenario.args, input=lines, under=under)
        return ended, trace.read_text(errors="replace")

    def remove(self):
        shutil.rmtree(self.place, ignore_errors=True)

    # What must hold, whatever happened.
    def judge(self, ended, failed_sync):
        if ended.code == 0 and self.scenario.lines:
            self.ledger.acknowledge("under", self.scenario.lines)
        if failed_sync and ended.code == 0:
            raise Failed("exit 0 after a failed sync of the log")
        # A directory that can't even be opened to be synced counts as not synced.
        marked = (self.store.path / "locks/failed/t-0").exists()
        if failed_sync or marked:
            self.refused_until_repaired()
        if self.scenario.prepare:
            # Not yet mended is what it was before.
            if ended.code != 0:
                self.store.expect(0, "check", "--repair")
        self.well(ended)

    def refused_until_repaired(self):
        refused = self.store.run("produce", "-q", "t", input=self.ledger.attempt("refused", 1))
        if refused.code != 6:
            raise Failed(f"appended after a failed sync: {refused.told()}")
        if self.store.run("check").code != 6:
            raise Failed("check does not tell of the failed sync")
        self.store.expect(0, "check", "--repair")

    def well(self, ended):
        if self.scenario.made:
            self.made_or_not(ended)
        if not self.has_topic():
            if ended.code == 0:
                raise Failed("exit 0, and there is no topic")
            # Nothing was made: the same command must succeed now.
        else:
            self.store.clean()
        self.store.expect(0, "produce", "-q", "t", input=self.ledger.attempt("after", 2))
        self.ledger.acknowledge("after", 2)
        records = self.store.records("t")
        acknowledged = self.ledger.acknowledged
        if self.scenario.name == "topic trim":
            acknowledged = acknowledged - {("before1", 1)}
        found = self.ledger.faults(records, acknowledged)
        found += list(self.ledger.holes(records.get(0, [])))
        if self.epochs is not None and self.epochs_now() != self.epochs:
            found.append(f"the leader epochs were {self.epochs!r} and are {self.epochs_now()!r}")
        if found:
            raise Failed("; ".join(found))
        self.store.clean()

    def made_or_not(self, ended):
        """A topic is there in full or not at all, and can be made once more."""
        topics = self.store.expect(0, "topic", "list").out.decode().split()
        if ended.code == 0 and self.scenario.made not in topics:
            raise Failed("exit 0, and the topic is not there")
        self.store.expect(0, "topic", "create", "-q", self.scenario.made, "-p", "2", "--if-not-exists")
        self.store.expect(0, "produce", "-q", self.scenario.made, "-p", "1", input=b"x\n")

    def has_topic(self):
        return (self.store.path / "topics/t.json").exists()


def points(scenario, place):
    """The calls of an undisturbed run that concern the store: (call, its number in its thread, what it was)."""
    run = Run(scenario, place)
    ended, trace = run.under_strace()
    if ended.code != 0:
        raise Failed(f"undisturbed: {ended.told()}")
    run.well(ended)
    run.remove()
    counts = Counter()
    found = {}
    for text in trace.splitlines():
        match = CALL.match(text)
        if not match:
            continue
        thread, call, rest = match.groups()
        if rest.startswith("resumed>"):
            continue
        counts[thread, call] += 1
        if str(run.place) in rest:
            found.setdefault((call, counts[thread, call]), f"{call}({rest[:160]}")
    return sorted((call, number, told) for (call, number), told in found.items())


def disturbed(scenario, place, call, number, effect):
    run = Run(scenario, place)
    ended, trace = run.under_strace("-e", f"inject={call}:{effect}:when={number}")
    injected = any("(INJECTED)" in text for text in trace.splitlines())
    killed = ended.code == -9
    if effect.startswith("signal") != killed or not (injected or killed):
        # The run went another way than the first one and never came to this call: an undisturbed run.
        if ended.code != 0:
            raise Failed(f"undisturbed after all: {ended.told()}")
    if not killed and ended.code not in (0, 1, 6):
        raise Failed(f"exit code {ended.code}: {ended.told()}")
    if ended.code in (1, 6) and not (ended.err.strip() or ended.out.strip()):
        raise Failed("failed without a word")
    failed_sync = call in SYNCS and not effect.endswith("EINTR") and log_sync_failed(trace)
    if index_write_failed(trace) and ended.code != 0:
        raise Failed(f"an index that can't be written failed the command: {ended.told()}")
    run.judge(ended, failed_sync)
    run.remove()
    return injected or killed


def log_sync_failed(trace):
    """Whether it was the sync of a log, or of the directory that names the segments of one that was appended to."""
    appended = False
    for text in trace.splitlines():
        appended = appended or "pwrite64" in text and ".log>" in text
        if "(INJECTED)" in text:
            return "/logs/t-0/" in text and ".log>" in text or appended and "/logs/t-0>" in text
    return False


def index_write_failed(trace):
    return any("(INJECTED)" in text and "write" in text and "index>" in text for text in trace.splitlines())


def attempt(scenario, place, call, number, told, effect):
    """Whether the call was disturbed, and what was wrong then. On a busy machine threads may go another way than in the
    first run: a call that was not come to is tried again."""
    try:
        hit = any(disturbed(scenario, place, call, number, effect) for _ in range(TRIES))
        return hit, None
    except Failed as fault:
        return True, f"{effect} at {call} #{number}, {told}: {fault}"


def scenario_check(scenario, place, effect):
    jobs = [job for job in points(scenario, place) if job[0] not in SPARED[effect]]
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        results = list(pool.map(lambda job: attempt(scenario, place, *job, effect), jobs))
    faults = [fault for _, fault in results if fault]
    if faults:
        raise Failed(f"{len(faults)} of {len(jobs)}\n    " + "\n    ".join(faults[:12]))
    hit = sum(hit for hit, _ in results)
    # Threads and their timing differ from run to run, a little.
    if hit * 10 < len(jobs) * 9 or not jobs:
        raise Failed(f"only {hit} of {len(jobs)} points were hit")
    return f"{hit} points"


def covered_prefix(place):
    """An ack covers what others left unsynced: W1 appends with acks 1, W2 rolls and appends with acks all. Before W2
    ends it must have synced the segment that W1 wrote to, the new one and the directory."""
    store = Store(place / "prefix")
    store.expect(0, "topic", "create", "-q", "t", "--config", "segment.bytes=400")
    store.expect(0, "produce", "-q", "t", "--acks", "1", input=b"x" * 200 + b"\n")
    trace = place / "prefix.trace"
    under = ("strace", "-f", "-y", "-q", "-o", trace, "-e", "trace=fsync,fdatasync")
    ended = store.run("produce", "t", input=b"y" * 200 + b"\n", under=under)
    if ended.code != 0:
        raise Failed(ended.told())
    synced = trace.read_text()
    # The indexes of the closed segment too: below the recovery point nobody looks at them after a power cut.
    closed = [f"t-0/00000000000000000000.{kind}>" for kind in ("log", "index", "timeindex")]
    for part in (*closed, "t-0/00000000000000000001.log>", "logs/t-0>"):
        if part not in synced:
            raise Failed(f"not synced: {part}\n{synced}")


def slow_sync(place):
    """A sync that takes long holds no lock: others append meanwhile."""
    # On a busy machine the others may take longer than the sync: then it proves nothing, and a longer one is tried.
    for seconds in (3, 12, 48):
        if quicker_than_a_sync(place / f"slow-{seconds}", seconds):
            return
    raise Failed("the slow one was not slow")


def quicker_than_a_sync(place, seconds):
    store = Store(place)
    store.expect(0, "topic", "create", "-q", "t")
    store.expect(0, "produce", "-q", "t", input=b"first\n")
    slow = subprocess.Popen(
        ["strace", "-f", "-q", "-o", os.devnull, "-e", f"inject=fdatasync,fsync:delay_enter={seconds}000000",
         store.binary, "produce", "t"],
        stdin=subprocess.PIPE, env=store.environment(),
    )
    slow.stdin.write(b"slow\n")
    slow.stdin.close()
    deadline = time.monotonic() + DEADLINE
    while len(store.records("t").get(0, [])) < 2:
        if time.monotonic() > deadline:
            raise Failed("the slow one never appended")
        time.sleep(0.005)
    for _ in range(5):
        # A lock that is held for the whole sync is waited for too long in any case.
        patience = f"{DEADLINE}s"
        store.expect(0, "produce", "-q", "t", "--acks", "1", "--timeout", patience, input=b"quick\n")
    was_slow = slow.poll() is None
    if slow.wait(timeout=DEADLINE) != 0:
        raise Failed("the slow one failed")
    return was_slow


def trim_syncs_first(place):
    """What a trim's new start relies on is synced before the start is written: else the log could end below it."""
    store = Store(place / "trim")
    store.expect(0, "topic", "create", "-q", "t")
    store.expect(0, "produce", "-q", "t", "--acks", "1", input=b"x\n" * 10)
    trace = place / "trim.trace"
    under = ("strace", "-f", "-y", "-q", "-o", trace, "-e", "trace=fsync,fdatasync,rename,renameat,renameat2")
    ended = store.run("topic", "trim", "-q", "t", "--before", "5", under=under)
    if ended.code != 0:
        raise Failed(ended.told())
    calls = trace.read_text().splitlines()
    synced = [at for at, text in enumerate(calls) if "sync(" in text and ".log>" in text]
    written = [at for at, text in enumerate(calls) if "rename" in text and "log-start-offset-checkpoint" in text]
    if not written or not synced or synced[0] > written[0]:
        raise Failed("not synced before:\n" + "\n".join(calls))


def planted(place):
    """The judge on a planted fault: a record that was acknowledged is cut off behind the program's back."""
    run = Run(SCENARIOS[1], place)
    ended, _ = run.under_strace()
    log = run.store.path / "logs/t-0/00000000000000000000.log"
    data = log.read_bytes()
    log.write_bytes(data[: len(data) // 2])
    try:
        run.judge(ended, False)
    except Failed:
        return
    raise Failed("a lost record was not found")


def untraceable():
    """Why calls can't be traced here, if so."""
    if not shutil.which("strace"):
        return "needs strace"
    command = ["strace", "-f", "-o", os.devnull, "-e", "inject=chmod:error=EIO", "true"]
    done = subprocess.run(command, capture_output=True, text=True)
    return f"strace can't trace here: {done.stderr.strip()}" if done.returncode else None


def main():
    report = Report("syscalls")
    why = untraceable()
    if why:
        report.left_out("every system call", why)
        report.end()
    with tempfile.TemporaryDirectory(prefix="kafdir-syscalls-") as place:
        place = Path(place)
        report.check("the judge finds a planted fault", planted, place)
        report.check("an ack covers the prefix", covered_prefix, place)
        report.check("a slow sync holds no lock", slow_sync, place)
        report.check("a trim syncs first", trim_syncs_first, place)
        for scenario in SCENARIOS:
            for effect in SPARED:
                name = f"{scenario.name}: {effect.partition('=')[2]}"
                report.check(name, scenario_check, scenario, place, effect)
    report.end()


if __name__ == "__main__":
    main()
