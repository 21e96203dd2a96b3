"""How a stack is to be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from devstack.stack.activation import FULL, DemonstrationLicence
from devstack.stack.process import ROOT, Launch, spawn


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOptions:
    """Describe a stack; the defaults are those of `make run`.

    With `activate` the connector is connected to Spotler before anything else happens, under the
    given licence; without, it is as on its first day. `people` are contacts; `troubled` adds two of
    them who do not go through, for reasons that can be seen.
    """

    hosts: int = 1
    people: int = 0
    leads: int = 0
    troubled: bool = False
    front_door: bool = False
    lock_seconds: float | None = None
    table_access_log: bool = False
    activate: bool = True
    licence: DemonstrationLicence = FULL
    settings: Mapping[str, str] = field(default_factory=dict)
    spotler: Sequence[str] = ()
    dataverse: Sequence[str] = ()
    app: Path = ROOT
    logs: Path | None = None
    ports: Mapping[str, int] = field(default_factory=dict)
    launch: Launch = spawn

    @property
    def tells_host(self) -> bool:
        """Tell whether the licence is entered in a running host, and not written beforehand."""
        return self.licence.can_be_entered and self.hosts > 0
