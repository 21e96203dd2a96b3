"""What a process used, as Linux tells it: memory and processor time.

https://man7.org/linux/man-pages/man5/proc.5.html
"""

import os
from dataclasses import dataclass
from pathlib import Path

_KIB_PER_MIB = 1024
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Memory:
    """Is resident memory in MB: now, and at its highest so far."""

    now: float
    peak: float


def memory_of(pid: int) -> Memory:
    """Return the memory of a process."""
    return parse_memory(Path(f"/proc/{pid}/status").read_text())


def processor_seconds_of(pid: int) -> float:
    """Return how long a process had a processor."""
    return parse_processor_ticks(Path(f"/proc/{pid}/stat").read_text()) / _TICKS


def processor_seconds_of_all() -> float:
    """Return how long the processors of the machine were busy, whoever had them."""
    return parse_busy_ticks(Path("/proc/stat").read_text()) / _TICKS


def parse_memory(status: str) -> Memory:
    """Read VmRSS and VmHWM from what /proc/PID/status says."""
    lines = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)

    return Memory(*(int(lines[name].split()[0]) / _KIB_PER_MIB for name in ("VmRSS", "VmHWM")))


def parse_processor_ticks(stat: str) -> int:
    """Read the time in user and kernel mode from /proc/PID/stat; a name may hold spaces."""
    fields = stat.rpartition(")")[2].split()

    return int(fields[11]) + int(fields[12])


def parse_busy_ticks(stat: str) -> int:
    """Read the time of all processors from /proc/stat, but for what they were idle."""
    fields = stat.partition("\n")[0].split()
    user, nice, system, _idle, _iowait, irq, softirq = map(int, fields[1:8])

    return user + nice + system + irq + softirq
