"""What is read off processes and the machine."""

import contextlib
import os
import pathlib
import platform
import re
import statistics
import time

MEGABYTE = 1 << 20


def processor_seconds(pid):
    """What a process has used of processors since its start, all threads, to the nanosecond."""
    return time.clock_gettime((~pid << 3) | 2)  # clock_getcpuclockid(3)


def resident(pid, peak=False):
    """Resident memory in bytes, now or at its peak."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"{'VmHWM' if peak else 'VmRSS'}:\s+(\d+) kB", status)[1]) * 1024


def forget_peak(pid):
    """The peak is counted from now on (proc(5), clear_refs)."""
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")


class Processors:
    """Who runs where: what is measured has the last processor for itself, all else shares the others."""

    def __init__(self, pinned=True):
        self._all = os.sched_getaffinity(0)
        ordered = sorted(self._all)
        self.pinned = pinned and len(ordered) > 1
        self._measured = {ordered[-1]} if self.pinned else self._all
        self._others = set(ordered[:-1]) if self.pinned else self._all
        os.sched_setaffinity(0, self._others)

    @contextlib.contextmanager
    def measured(self):
        """Processes that are started inside are what is measured."""
        os.sched_setaffinity(0, self._measured)
        try:
            yield
        finally:
            os.sched_setaffinity(0, self._others)


def description():
    model = re.search(r"model name\s*:\s*(.+)", pathlib.Path("/proc/cpuinfo").read_text())
    release = re.search(r'PRETTY_NAME="([^"]+)"', pathlib.Path("/etc/os-release").read_text())
    return {
        "system": release[1] if release else platform.system(),
        "kernel": platform.release(),
        "processor": model[1] if model else platform.machine(),
        "processors": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "tcp_rmem": pathlib.Path("/proc/sys/net/ipv4/tcp_rmem").read_text().split(),
    }


def load():
    """The load average of the last minute: above 3 or so, believe only ratios."""
    return os.getloadavg()[0]


def percentile(values, percent):
    """The smallest value that so many percent of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * percent // 100) - 1))]


def median(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None
