"""Keeps Spotler's mailings in our own table of Dataverse."""

import logging
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from itertools import batched
from typing import Final

from pydantic import JsonValue

from connector.adapters.dataverse.client import DataverseClient
from connector.adapters.dataverse.models import Row
from connector.adapters.dataverse.refusals import UnknownColumnError, UnknownTableError
from connector.adapters.dataverse.rows import to_id
from connector.adapters.dataverse.timing import Deadline
from connector.domain.contact import RecordId
from connector.domain.errors import ConfigurationError, PermanentError
from connector.domain.mailing import Mailing

logger = logging.getLogger(__name__)

SET: Final = "spot_mailings"
KEY: Final = "spot_mailingid"
IDS_PER_QUERY: Final = 100
ROWS_PER_WRITE: Final = 100

_TYPE: Final = "Microsoft.Dynamics.CRM.spot_mailing"
_MISSING: Final = (
    "our own table spot_mailing with all its columns must be in the CRM: "
    "provision the environment, then resume the job"
)
_LONGEST: Final = {"spot_name": 200, "spot_subject": 500, "spot_sender": 200}


class DataverseMailingBook:
    """Is the `MailingBook` on the table `spot_mailing`."""

    def __init__(self, client: DataverseClient, tag: str) -> None:
        """Take the client, and the mark on our own writes."""
        self._client = client
        self._tag = tag

    async def list_mailings(self, rows: Collection[RecordId]) -> Mapping[RecordId, Mailing]:
        """Return the mailings that are there, by the id of their row."""
        found: dict[RecordId, Mailing] = {}
        for some in batched(rows, IDS_PER_QUERY, strict=False):
            params = {
                "$select": ",".join(_to_columns(Mailing("", ""))),
                "$filter": " or ".join(f"{KEY} eq {row}" for row in some),
            }
            try:
                async for page in self._client.iter_pages(SET, params):
                    found |= {to_id(row, KEY): _to_mailing(row) for row in page.rows}
            except (UnknownTableError, UnknownColumnError) as error:
                raise ConfigurationError(_MISSING) from error

        return found

    async def save(self, mailings: Mapping[RecordId, Mailing]) -> Collection[RecordId]:
        """Write mailings, each in its row; return the rows that the CRM refused.

        Raises `TransientError` when that takes too long: what was written is there next time.

        https://learn.microsoft.com/power-apps/developer/data-platform/bulk-operations
        """
        refused: list[RecordId] = []
        deadline = Deadline()
        for some in batched(mailings.items(), ROWS_PER_WRITE, strict=False):
            targets: list[JsonValue] = [
                {"@odata.type": _TYPE, KEY: row, **_to_columns(one)} for row, one in some
            ]
            try:
                await self._client.post(
                    f"{SET}/Microsoft.Dynamics.CRM.UpsertMultiple", {"Targets": targets}
                )
            except (UnknownTableError, UnknownColumnError) as error:
                raise ConfigurationError(_MISSING) from error
            except (PermanentError, ConfigurationError):
                # All or nothing, or not offered for this table: one by one shows who is at fault.
                for row, one in some:
                    deadline.check()
                    refused += [] if await self._put(row, one) else [row]

        return refused

    async def _put(self, row: RecordId, mailing: Mailing) -> bool:
        try:
            await self._client.put_row(f"{SET}({row})", _to_columns(mailing), tag=self._tag)
        except PermanentError as exc:
            logger.warning("the CRM refused a mailing: %s", exc, extra={"record": row})
            return False

        return True


def _to_columns(mailing: Mailing) -> dict[str, JsonValue]:
    """Return what a row holds of a mailing; texts are cut to what a column takes."""
    texts = {
        "spot_name": mailing.name,
        "spot_subject": mailing.subject,
        "spot_sender": mailing.sender,
    }
    cut = {name: text and text[: _LONGEST[name]] for name, text in texts.items()}

    return {
        **cut,
        "spot_externalid": mailing.key,
        "spot_type": mailing.type,
        "spot_sentcount": mailing.sent,
        "spot_scheduledon": _to_text(mailing.scheduled_on),
        "spot_archivelink": mailing.archive_link,
    }


def _to_mailing(row: Row) -> Mailing:
    scheduled_on = row.get("spot_scheduledon")

    return Mailing(
        key=str(row.get("spot_externalid") or ""),
        name=str(row.get("spot_name") or ""),
        type=str(row.get("spot_type") or ""),
        scheduled_on=datetime.fromisoformat(str(scheduled_on)) if scheduled_on else None,
        sent=int(row.get("spot_sentcount") or 0),
        archive_link=_find_text(row, "spot_archivelink"),
        subject=_find_text(row, "spot_subject"),
        sender=_find_text(row, "spot_sender"),
    )


def _find_text(row: Row, name: str) -> str | None:
    value = row.get(name)

    return None if value is None else str(value)


def _to_text(moment: datetime | None) -> str | None:
    return (
        moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        if moment
        else None
    )
