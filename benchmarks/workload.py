"""Who had the processors since it was made: every part of a stack, and we ourselves."""

import os

from benchmarks.figures import Figure
from benchmarks.processes import processor_seconds_of
from devstack.stack import Stack


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
        ordered = sorted(used, key=lambda name: used[name], reverse=True)

        return [Figure(name, used[name], "s") for name in ordered]

    def _seconds(self) -> dict[str, float]:
        return {name: processor_seconds_of(pid) for name, pid in self._pids.items()}
