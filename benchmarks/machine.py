"""What all was measured on."""

import os
import platform
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Machine:
    """Describes the machine that all parts share, we who measure among them."""

    cores: int
    system: str
    python: str
    load: float

    @property
    def sentence(self) -> str:
        """Return what a reader must know before the figures."""
        return (
            f"{self.cores} cores, {self.system}, Python {self.python}; "
            f"all parts and the benchmark itself share them; "
            f"load before it began: {self.load:.2f}"
        )


def this_machine() -> Machine:
    """Return the machine that we run on; its load tells whether somebody else was at work."""
    return Machine(
        cores=os.process_cpu_count() or 1,
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        load=os.getloadavg()[0],
    )
