"""Where a run writes its logs: in a folder of its own, so that runs never mix."""

import contextlib
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

KEPT = 5
"""How many runs are kept, the new one included."""

LATEST = "latest"


def fresh_folder(parent: Path) -> Path:
    """Make the folder of a new run, lead `latest` to it, and remove the oldest beyond a few."""
    parent.mkdir(parents=True, exist_ok=True)
    folder = parent / f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}-{os.getpid()}"
    folder.mkdir()
    _lead_latest_to(folder)
    for old in _runs(parent)[:-KEPT]:
        if not _is_in_use(old):
            shutil.rmtree(old, ignore_errors=True)

    return folder


def _runs(parent: Path) -> list[Path]:
    return sorted(one for one in parent.glob("*-*-*-*") if one.is_dir())


def _lead_latest_to(folder: Path) -> None:
    # A link is replaced at once by renaming another over it; two runs may do so together.
    link = folder.with_name(f".{folder.name}")
    link.symlink_to(folder.name)
    link.replace(folder.with_name(LATEST))


def _is_in_use(folder: Path) -> bool:
    """Tell whether the process that made a folder still runs."""
    with contextlib.suppress(ProcessLookupError, ValueError):
        os.kill(int(folder.name.rpartition("-")[2]), 0)
        return True

    return False
