"""Who had the processors: every part of a stack, we ourselves, and who else is on the machine."""

import os

from benchmarks.figures import Figure
from benchmarks.processes import processor_seconds_of, processor_seconds_of_all
from devstack.stack import Stack

ALL = "all"
OTHERS = "others on this machine"
"""They make every duration longer; where they are busy the figures say little."""


class Workload:
    """Counts the processor time of each process of a stack."""

    def __init__(self, stack: Stack) -> None:
        """Begin to count."""
        hosts = {"the host, with the connector": stack.hosts[0].pid}
        parts = {name: part.pid for name, part in stack.parts.items()}
        self._pids = {**hosts, **parts, "the benchmark itself": os.getpid()}
        self._began = self._seconds()

    def figures(self) -> list[Figure]:
        """Return the processor seconds of each, the busiest first."""
        used = {name: now - self._began[name] for name, now in self._seconds().items()}
        busy = used.pop(ALL)
        used[OTHERS] = max(0.0, busy - sum(used.values()))
        ordered = sorted(used, key=lambda name: used[name], reverse=True)

        return [Figure(name, used[name], "s") for name in ordered]

    def _seconds(self) -> dict[str, float]:
        ours = {name: processor_seconds_of(pid) for name, pid in self._pids.items()}

        return {**ours, ALL: processor_seconds_of_all()}
