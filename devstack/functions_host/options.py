"""How a host is set up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class HostOptions:
    """Say which app to host, and how."""

    root: Path
    host: str = "127.0.0.1"
    port: int = 0
    settings: Path | None = None
    function_key: str | None = None
    master_key: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    auth: bool = True
    timers: bool = True
    timer_status: Path | None = None
