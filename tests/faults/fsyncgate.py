#!/usr/bin/env python3
"""A sync that really fails: ext4 on a loop device whose backing file finds no room any more.

The kernel reports the error once and marks the pages clean, so that every later sync succeeds over a hole. So one
failure is final: not acknowledged, refused by every process from then on, mended only by `check --repair`, which keeps
what was acknowledged before."""

import os
import tempfile
from pathlib import Path

import disk
from ledger import Ledger
from program import Failed, Store
from report import Report


def gate(report, place):
    with disk.tmpfs(place / "backing", "size=48m") as backing:
        options = ("-O", "^has_journal", "-E", "nodiscard,lazy_itable_init=0", "-b", "4096", "-I", "256")
        with disk.loop("ext4", backing / "image", place / "mounted", 40, options) as device:
            device.mount()
            return through_the_gate(report, backing, device)


def through_the_gate(report, backing, device):
    store = Store(device.mountpoint / "store")
    ledger = Ledger()
    store.expect(0, "topic", "create", "-q", "t")
    store.expect(0, "produce", "-q", "t", input=ledger.attempt("before", 1000))
    ledger.acknowledge("before", 1000)
    os.sync()
    filler = fill(backing)

    failed = None
    for number in range(40):
        name = f"during{number}"
        ended = store.run("produce", "-q", "t", input=ledger.attempt(name, 4000))
        if ended.code == 0:
            ledger.acknowledge(name, 4000)
            continue
        failed = ended
        break
    if failed is None:
        raise Failed("no sync failed: the backing was not full")
    if failed.code not in (1, 6) or "sync" not in failed.err:
        raise Failed(f"not told of the sync: {failed.told()}")

    # A sync would succeed now, over a hole. Nobody is to be fooled by it.
    for attempt in range(3):
        refused = store.run("produce", "-q", "t", input=ledger.attempt(f"refused{attempt}", 1))
        if refused.code != 6:
            raise Failed(f"appended after a failed sync: {refused.told()}")
    if store.run("check").code != 6:
        raise Failed("check does not tell of it")

    filler.unlink()
    # What the page cache still shows may be read, but what is on the disk decides: as after a new mount.
    repaired = store.run("check", "--repair")
    if repaired.code != 0:
        raise Failed(repaired.told())
    store.expect(0, "produce", "-q", "t", input=ledger.attempt("after", 10))
    ledger.acknowledge("after", 10)
    device.unmount()
    device.mount()
    records = store.records("t")
    found = ledger.faults(records)
    if found:
        raise Failed("; ".join(found))
    store.clean()
    return f"{len(ledger.acknowledged)} acknowledged records kept"


def fill(backing):
    path = backing / "filler"
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    return path


def main():
    report = Report("fsyncgate")
    with tempfile.TemporaryDirectory(prefix="kafdir-gate-") as place:
        why = disk.missing("ext4")
        if why:
            report.left_out("a sync that fails", why)
        else:
            report.check("a sync that fails is final", gate, report, Path(place))
    report.end()


if __name__ == "__main__":
    main()
