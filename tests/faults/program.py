"""Running kafdir: which binary, in which environment, and what came of it."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]

# Nothing here takes long, even on a machine that is busy; what is not done by then hangs.
DEADLINE = 120


def binary():
    """$KAFDIR_BIN, else the release build, else the debug build."""
    chosen = os.environ.get("KAFDIR_BIN")
    if chosen:
        return Path(chosen).resolve()
    target = Path(os.environ.get("CARGO_TARGET_DIR", PROJECT / "target"))
    for profile in ("release", "debug"):
        path = target / profile / "kafdir"
        if path.exists():
            return path
    raise SystemExit("kafdir is not built: cargo build --release, or set KAFDIR_BIN")


@dataclass
class Ended:
    """How a run ended: the exit code (negative: the signal it died of) and what it wrote."""

    args: tuple
    code: int
    out: bytes
    err: str

    def told(self):
        return f"kafdir {' '.join(map(str, self.args))}: exit {self.code}, {self.err.strip()[:600]!r}"


def said(text):
    """What was said on standard error, but for the note of who waits long for a lock: on a busy machine anybody may."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("kafdir: waiting for the lock "))


class Failed(Exception):
    """A check that did not hold."""


class Store:
    """A directory, and calls of the program on it."""

    def __init__(self, path, boot="boot-0"):
        self.path = Path(path)
        self.boot = boot
        self.binary = binary()

    def environment(self):
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "HOME": "/nonexistent",
            "TZ": "UTC",
            "LC_ALL": "C.UTF-8",
            "KAFDIR": str(self.path),
            "KAFDIR_BOOT_ID": self.boot,
        }

    def run(self, *args, input=b"", under=()):
        """Runs to the end. `under` is a command that runs it, such as strace."""
        try:
            done = subprocess.run(
                [*under, self.binary, *args],
                input=input,
                capture_output=True,
                env=self.environment(),
                timeout=DEADLINE,
            )
        except subprocess.TimeoutExpired as hung:
            raise Failed(f"kafdir {' '.join(map(str, args))} hangs: {hung.stderr}") from None
        ended = Ended(args, done.returncode, done.stdout, done.stderr.decode(errors="replace"))
        if "panicked" in ended.err:
            raise Failed(f"a panic: {ended.told()}")
        return ended

    def start(self, *args, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        """Starts it beside us; its standard output is thrown away."""
        return subprocess.Popen(
            [self.binary, *args],
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            env=self.environment(),
        )

    def expect(self, code, *args, input=b""):
        """Runs and fails unless it exits with `code`."""
        ended = self.run(*args, input=input)
        if ended.code != code:
            raise Failed(f"expected exit {code} of {ended.told()} {ended.out[:300] if ended.code == 6 else ''}")
        return ended

    def records(self, topic, start=None):
        """What `consume` gives: per partition, a list of (offset, value)."""
        where = () if start is None else ("-o", str(start))
        ended = self.expect(0, "consume", "-q", topic, "-F", r"%p %o %s\n", *where)
        partitions = {}
        for line in ended.out.decode().splitlines():
            partition, offset, value = line.split(" ", 2)
            partitions.setdefault(int(partition), []).append((int(offset), value))
        return partitions

    def clean(self):
        """`check` must find nothing."""
        self.expect(0, "check")
