"""What a program of this directory prints: its seed, a line per check, and how it ended."""

import argparse
import os
import random
import signal
import sys
import time
import traceback


class Report:
    def __init__(self, name):
        parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
        parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
        parser.add_argument("--rounds", type=int, help="rounds of each check, where there are rounds")
        parser.add_argument("--only", default="", help="only checks whose name contains this")
        self.options = parser.parse_args()
        # Whoever ends us gets back what we mounted.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        self.name = name
        self.random = random.Random(self.options.seed)
        self.failures = 0
        self.started = time.monotonic()
        print(f"{name}: seed {self.options.seed}", flush=True)

    def rounds(self, default):
        return self.options.rounds or default

    def wanted(self, check):
        return self.options.only in check

    def check(self, name, function, *args):
        """Runs one check; it says itself what it did, and raises if something does not hold."""
        if not self.wanted(name):
            return
        started = time.monotonic()
        try:
            said = function(*args)
        except Exception as fault:  # Whatever it is, the other checks are still worth running.
            self.failures += 1
            print(f"FAILED  {name}: {fault}", flush=True)
            if os.environ.get("KAFDIR_FAULTS_TRACE"):
                traceback.print_exc()
        else:
            said = f": {said}" if said else ""
            print(f"ok      {name}{said} ({time.monotonic() - started:.1f} s)", flush=True)

    def left_out(self, name, why):
        print(f"left out {name}: {why}", flush=True)

    def end(self):
        spent = time.monotonic() - self.started
        verdict = f"{self.failures} failed" if self.failures else "all well"
        print(f"{self.name}: {verdict} in {spent:.0f} s, seed {self.options.seed}", flush=True)
        sys.exit(1 if self.failures else 0)
