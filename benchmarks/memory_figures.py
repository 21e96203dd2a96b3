"""What memory the host needs, beside the same host with an app that does nothing."""

from benchmarks.figures import Figure, Group, Raw
from benchmarks.processes import Memory, memory_of
from benchmarks.raw.running import EMPTY_APP, running

MOST_MEGABYTES = 200


async def memory_group(at_start: Memory, at_end: Memory) -> Group:
    """Return the figures of a host that ran since its start."""
    async with running("devstack.functions_host", "--root", str(EMPTY_APP)) as host:
        empty = Raw("the host with an empty function", memory_of(host["pid"]).now)

    return Group(
        "Resident memory of the host",
        [
            Figure("at start", at_start.now, "MB", raw=empty),
            Figure("afterwards", at_end.now, "MB", raw=empty),
            Figure("at its peak", at_end.peak, "MB", below=MOST_MEGABYTES, raw=empty),
        ],
    )
