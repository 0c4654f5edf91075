"""Small file systems of one's own: on a loop device, on tmpfs. For root only."""

import fcntl
import functools
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

# include/uapi/linux/fs.h; the flags are those of fs/xfs/libxfs/xfs_fs.h, which ext4 took over.
FS_IOC_SHUTDOWN = 0x8004587D
LOG_FLUSH, NO_LOG_FLUSH = 1, 2


def call(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise OSError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout.strip()


@functools.cache
def missing(kind):
    """Why a file system of this kind can't be had here, if so: found out by making one."""
    if os.geteuid() != 0:
        return "needs root"
    if kind != "tmpfs" and not shutil.which(f"mkfs.{kind}"):
        return f"needs mkfs.{kind}"
    if kind != "tmpfs" and not os.path.exists("/dev/loop-control"):
        return "needs loop devices"
    try:
        with tempfile.TemporaryDirectory(prefix="kafdir-probe-") as place:
            place = Path(place)
            if kind == "tmpfs":
                with tmpfs(place / "mounted", "size=1m"):
                    return None
            # Nothing is written to the image's holes: 320 MB are the least that mkfs.xfs makes.
            with loop(kind, place / "image", place / "mounted", 320) as device:
                device.mount()
    except OSError as refused:
        return f"needs to mount one: {str(refused).splitlines()[0]}"
    return None


@contextmanager
def tmpfs(path, options):
    path.mkdir(parents=True, exist_ok=True)
    call("mount", "-t", "tmpfs", "-o", options, "none", path)
    try:
        yield path
    finally:
        unmount(path)


class Loop:
    """A file system in a file, on a loop device."""

    def __init__(self, kind, image, mountpoint, megabytes, options=()):
        self.kind = kind
        self.mountpoint = Path(mountpoint)
        self.mountpoint.mkdir(parents=True, exist_ok=True)
        with open(image, "wb") as file:
            file.truncate(megabytes << 20)
        quiet = ("-q",)
        call(f"mkfs.{kind}", *quiet, *options, image)
        self.device = call("losetup", "--find", "--show", image)

    def mount(self):
        call("mount", "-t", self.kind, self.device, self.mountpoint)

    def unmount(self):
        unmount(self.mountpoint)

    def cut_power(self, flags):
        """From here on nothing reaches the device. What is not in the journal, or (LOG_FLUSH) not written, is lost."""
        directory = os.open(self.mountpoint, os.O_RDONLY)
        try:
            fcntl.ioctl(directory, FS_IOC_SHUTDOWN, flags.to_bytes(4, "little"))
        finally:
            os.close(directory)

    def remove(self):
        if os.path.ismount(self.mountpoint):
            self.unmount()
        call("losetup", "--detach", self.device)


@contextmanager
def loop(*args, **options):
    made = Loop(*args, **options)
    try:
        yield made
    finally:
        made.remove()


def unmount(path):
    """A process that was killed a moment ago may hold on to it for another."""
    deadline = time.monotonic() + 20
    while True:
        try:
            return call("umount", path)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
