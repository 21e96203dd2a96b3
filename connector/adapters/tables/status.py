"""The table `settings`: since when each check is so, and when a change last came and went."""

import json
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

TABLE: Final = "settings"
CHECKS: Final = "checks"
ACTIVITY: Final = "activity"


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
        checks = {
            name: {"outcome": one.outcome, "code": one.code, "since": one.since.isoformat()}
            for name, one in history.items()
        }

        return await self._save(CHECKS, {"checks": json.dumps(checks)}, etag)

    async def save_activity(self, activity: Activity, etag: str | None) -> bool:
        """Write when a change last came and went, if the row is as it was read; False else."""
        moments = {
            "received_at": activity.received_at,
            "sent_at": activity.sent_at,
            "refused_at": activity.refused_at,
        }

        return await self._save(
            ACTIVITY, {name: one.isoformat() for name, one in moments.items() if one}, etag
        )

    async def _save(self, row: str, columns: dict[str, str], etag: str | None) -> bool:
        entity = TableEntity(PartitionKey=self._organisation, RowKey=row, **columns)
        async with self._service.open(TABLE) as table:
            return await write_unchanged(table, entity, etag) is not None


def _to_history(row: StoredRow) -> History:
    """Return what can be read of a row; what cannot begins anew."""
    try:
        checks: dict[str, dict[str, Any]] = json.loads(row["checks"])
        return {
            CheckName(name): Standing(
                outcome=CheckOutcome(one["outcome"]),
                code=one["code"],
                since=datetime.fromisoformat(one["since"]),
            )
            for name, one in checks.items()
        }
    except (AttributeError, KeyError, TypeError, ValueError):
        return {}


def _to_activity(row: StoredRow) -> Activity:
    return Activity(
        _to_moment(row.get("received_at")),
        _to_moment(row.get("sent_at")),
        _to_moment(row.get("refused_at")),
    )


def _to_moment(written: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(written))
    except ValueError:
        return None

    return moment if moment.tzinfo else None
