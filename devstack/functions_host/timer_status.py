"""When timers last ran, kept in a file so that a restarted host knows what it missed."""

import json
from datetime import datetime
from pathlib import Path

from devstack.functions_host.errors import HostError


class TimerStatus:
    """Remember the last run of every timer; without a file, for this process only."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._runs = _read(file) if file and file.exists() else {}

    def last_run(self, function: str) -> datetime | None:
        """Return when a timer last ran."""
        text = self._runs.get(function)

        return datetime.fromisoformat(text) if text else None

    def note(self, function: str, moment: datetime) -> None:
        """Remember that a timer ran."""
        self._runs[function] = moment.isoformat()
        if self._file:
            self._file.write_text(json.dumps(self._runs), encoding="utf-8")


def _read(file: Path) -> dict[str, str]:
    try:
        runs = json.loads(file.read_text(encoding="utf-8"))
        for text in runs.values():
            datetime.fromisoformat(text)
    except (ValueError, TypeError, AttributeError) as error:
        raise HostError(f"{file} does not hold the last runs of timers: {error}") from error

    return dict(runs)
