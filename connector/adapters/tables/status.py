"""The table `settings`: since when each check is so, and when a change last came and went."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from azure.data.tables import TableEntity

from connector.adapters.tables.conditional import write_unchanged
from connector.adapters.tables.rows import StoredRow, compare, read_page
from connector.adapters.tables.service import TableService
from connector.application.check_ports import StoredStatus
from connector.domain.activity import Activity
from connector.domain.check_history import History, Standing
from connector.domain.connection_check import CheckName, CheckOutcome
from connector.domain.contact import OrganisationId
from connector.domain.errors import System
from connector.domain.failure import Failure, FailureKind, Failures, Moments

TABLE: Final = "settings"
CHECKS: Final = "checks"
ACTIVITY: Final = "activity"
UNNAMED: Final = "-"
"""Stands for the part of what failed without anybody knowing which."""

MOMENTS: Final = (
    "received_at",
    "sent_at",
    "refused_at",
    "taken_at",
    "queued_at",
    "lost_at",
)


class TableStatusStore:
    """The `StatusStore` of one organisation: both rows are read in one request."""

    def __init__(self, service: TableService, organisation: OrganisationId) -> None:
        """Take the connection to the tables and the organisation whose rows they are."""
        self._service = service
        self._organisation = organisation

    async def read(self) -> StoredStatus:
        """Return all that is kept."""
        rows = " or ".join(compare("RowKey", "eq", row) for row in (CHECKS, ACTIVITY))
        where = f"{compare('PartitionKey', 'eq', self._organisation)} and ({rows})"
        async with self._service.open(TABLE) as table:
            page = await read_page(table, where)

        found = {row["RowKey"]: row for row in page.rows}
        checks, activity = found.get(CHECKS), found.get(ACTIVITY)

        return StoredStatus(
            history=_to_history(checks) if checks else {},
            history_etag=checks["odata.etag"] if checks else None,
            activity=_to_activity(activity) if activity else Activity(),
            activity_etag=activity["odata.etag"] if activity else None,
        )

    async def save_history(self, history: History, etag: str | None) -> bool:
        """Write since when each check is so, if the row is as it was read; False else."""
        checks = {name: _write_standing(one) for name, one in history.items()}

        return await self._save(CHECKS, {"checks": json.dumps(checks)}, etag)

    async def save_activity(self, activity: Activity, etag: str | None) -> bool:
        """Write when a change last came and went, if the row is as it was read; False else."""
        moments = {name: getattr(activity, name) for name in MOMENTS}
        columns = {name: one.isoformat() for name, one in moments.items() if one}
        if activity.unqueued is not None:
            columns["unqueued"] = json.dumps(_write(activity.unqueued))
        columns["failures"] = json.dumps([_write(one) for one in activity.failures.values()])
        columns["worked"] = json.dumps(_write_moments(activity.worked))
        columns["refused_with"] = json.dumps(_write_moments(activity.refused_with))

        return await self._save(ACTIVITY, columns, etag)

    async def _save(self, row: str, columns: dict[str, str], etag: str | None) -> bool:
        entity = TableEntity(PartitionKey=self._organisation, RowKey=row, **columns)
        async with self._service.open(TABLE) as table:
            return await write_unchanged(table, entity, etag) is not None


def _to_history(row: StoredRow) -> History:
    """Return what can be read of a row; what cannot begins anew."""
    try:
        checks: dict[str, dict[str, Any]] = json.loads(row["checks"])
        return {CheckName(name): _to_standing(one) for name, one in checks.items()}
    except (AttributeError, KeyError, TypeError, ValueError):
        return {}


def _to_standing(written: dict[str, Any]) -> Standing:
    before = written.get("before")

    return Standing(
        outcome=CheckOutcome(written["outcome"]),
        code=written["code"],
        since=datetime.fromisoformat(written["since"]),
        before=_to_standing(before) if before else None,
    )


def _write_standing(standing: Standing) -> dict[str, Any]:
    written = {
        "outcome": standing.outcome,
        "code": standing.code,
        "since": standing.since.isoformat(),
    }

    return written | ({"before": _write_standing(standing.before)} if standing.before else {})


def _to_activity(row: StoredRow) -> Activity:
    moments = {name: _to_moment(row.get(name)) for name in MOMENTS}

    return replace(
        Activity(),
        **moments,
        unqueued=_to_failure(_read(row.get("unqueued"))),
        failures=_to_failures(_read(row.get("failures"))),
        worked=_to_worked(_read(row.get("worked"))),
        refused_with=dict(_to_moments(_read(row.get("refused_with")))),
    )


def _read(written: object) -> object:
    try:
        return json.loads(str(written))
    except ValueError:
        return None


def _write_moments(moments: Mapping[str, datetime] | Moments) -> dict[str, str]:
    return {part or UNNAMED: at.isoformat() for part, at in moments.items()}


def _to_moments(known: object) -> Iterator[tuple[str, datetime]]:
    for name, written in known.items() if isinstance(known, dict) else ():
        if (at := _to_moment(written)) is not None:
            yield name, at


def _to_worked(known: object) -> Moments:
    """Return when each part worked; of one of tomorrow nothing is known."""
    parts = {UNNAMED: None, **{str(part): part for part in System}}

    return {parts[name]: at for name, at in _to_moments(known) if name in parts}


def _to_failures(known: object) -> Failures:
    found = map(_to_failure, known if isinstance(known, list) else ())

    return {failure.system: failure for failure in found if failure is not None}


def _write(failure: Failure) -> dict[str, str | None]:
    return {
        "since": failure.since.isoformat(),
        "at": failure.at.isoformat(),
        "system": failure.system,
        "kind": failure.kind,
    }


def _to_failure(known: Any) -> Failure | None:  # noqa: ANN401 - whatever somebody wrote
    """Return a failure that can be read; one that cannot is met again if it goes on."""
    try:
        since, at = _to_moment(known["since"]), _to_moment(known["at"])
        system = known["system"] and System(known["system"])
        kind = FailureKind(known["kind"])
    except (KeyError, TypeError, ValueError):
        return None

    return Failure(since=since, at=at, system=system, kind=kind) if since and at else None


def _to_moment(written: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(written))
    except ValueError:
        return None

    return moment if moment.tzinfo else None
