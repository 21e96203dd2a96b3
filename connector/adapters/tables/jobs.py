"""The table `jobs`: a row for each job that was ever started."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from azure.data.tables import TableEntity

from connector.adapters.tables.answers import find_entity, iter_entities
from connector.adapters.tables.conditional import write_unchanged
from connector.adapters.tables.service import TableService
from connector.domain.cause import Cause, CauseCode
from connector.domain.contact import Account, OrganisationId
from connector.domain.errors import ConfigurationError
from connector.domain.job import Job, JobKind, JobState, StopReason
from connector.domain.tally import Tally

TABLE: Final = "jobs"

_ID = re.compile(r"[a-z_]{1,60}(-preview)?-[0-9]{6,12}", re.ASCII)


class TableJobStore:
    """Is the `JobStore` of one organisation."""

    def __init__(self, service: TableService, organisation: OrganisationId) -> None:
        """Take the connection and the organisation that all rows belong to."""
        self._service = service
        self._organisation = organisation

    async def find(self, job: str) -> Job | None:
        """Return a job by its id, or None when there is none."""
        if not _ID.fullmatch(job):
            return None

        async with self._service.open(TABLE) as table:
            row = await find_entity(table, self._organisation, job)

        return _to_job(row) if row is not None else None

    async def list_jobs(self) -> Sequence[Job]:
        """Return all jobs, the newest first."""
        async with self._service.open(TABLE) as table:
            rows = iter_entities(
                table,
                "PartitionKey eq @organisation",
                parameters={"organisation": self._organisation},
            )
            jobs = [_to_job(row) async for row in rows]

        return sorted(jobs, key=lambda job: (job.started_at, job.id), reverse=True)

    async def save(self, job: Job) -> Job | None:
        """Write the row if it is still as it was read; None when the race is lost."""
        entity = _to_entity(self._organisation, job)
        async with self._service.open(TABLE) as table:
            etag = await write_unchanged(table, entity, job.etag)

        return replace(job, etag=etag) if etag else None


def _to_entity(organisation: OrganisationId, job: Job) -> TableEntity:
    columns = {
        "kind": job.kind,
        "number": job.number,
        "started_by": job.started_by,
        "started_at": job.started_at,
        "moved_at": job.moved_at,
        "state": job.state,
        "reason": job.reason,
        "finished_at": job.finished_at,
        "waits_until": job.waits_until,
        "cause": job.cause and job.cause.code,
        "cause_detail": job.cause and job.cause.detail,
        "worked_seconds": job.worked.total_seconds(),
        "pace": job.pace,
        "total": job.total,
        "in_sync": job.tally.in_sync,
        "excluded": job.tally.excluded,
        "failed": job.tally.failed,
        "cursor": job.cursor,
        "page": job.page,
        "resumed": job.resumed,
        "taken_by": job.taken_by,
        "preview": job.preview,
        "anew": job.anew or None,
        "account": job.account,
        "details": json.dumps(dict(job.tally.details)) if job.tally.details else None,
    }
    filled = {name: value for name, value in columns.items() if value is not None}

    return TableEntity(PartitionKey=organisation, RowKey=job.id, **filled)


def _to_job(row: TableEntity) -> Job:
    try:
        return Job(
            kind=JobKind(row["kind"]),
            number=row["number"],
            started_by=row["started_by"],
            started_at=row["started_at"],
            moved_at=row["moved_at"],
            state=JobState(row["state"]),
            reason=StopReason(row["reason"]) if "reason" in row else None,
            finished_at=row.get("finished_at"),
            waits_until=row.get("waits_until"),
            cause=_to_cause(row),
            worked=timedelta(seconds=row["worked_seconds"]),
            pace=row.get("pace"),
            total=row.get("total"),
            tally=Tally(
                row["in_sync"],
                row["excluded"],
                row["failed"],
                json.loads(row.get("details", "{}")),
            ),
            cursor=row.get("cursor"),
            page=row["page"],
            resumed=row["resumed"],
            taken_by=row.get("taken_by"),
            preview=row.get("preview", False),
            anew=row.get("anew", False),
            account=Account(row["account"]) if "account" in row else None,
            etag=row.metadata["etag"],
        )
    except (ValueError, KeyError, TypeError) as exc:
        raise ConfigurationError("a stored job must be complete: delete its row") from exc


def _to_cause(row: TableEntity) -> Cause | None:
    return Cause(CauseCode(row["cause"]), row.get("cause_detail")) if "cause" in row else None
