"""One record in both systems, for somebody who wonders what became of it."""

import re
from http import HTTPStatus
from typing import Final

import azure.functions as func

from connector.adapters.manage_api.record_lookup import RecordLookup
from connector.application.look_up_record import look_up_record
from connector.bootstrap import services
from connector.domain.caller import Caller
from connector.domain.contact import RecordId, RecordKey, Table
from connector.domain.role import Role
from connector.functions.manage.freshness import shown
from connector.functions.manage.guard import guarded
from connector.functions.manage.problems import RefusedError

bp = func.Blueprint()

_GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


@bp.function_name("manage_record")
@bp.route("manage/records/{table}/{id}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.READER, answers=RecordLookup, audit=True)
async def look_up(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:  # noqa: ARG001 - contract
    """Show what is known of a record, what would be sent of it, and what Spotler holds."""
    known = services()
    found = await look_up_record(
        _key(req),
        organisation=known.ourselves.organisation,
        crm=known.crm,
        marketing=known.marketing,
        records=known.records,
        mappings=known.mappings,
    )

    return shown(RecordLookup.of(found, known.settings.dataverse_url))


def _key(req: func.HttpRequest) -> RecordKey:
    table, id_ = (str(req.route_params.get(name, "")) for name in ("table", "id"))
    if table not in {*Table}:
        raise RefusedError(
            HTTPStatus.NOT_FOUND, "unknown_table", "the table must be contact or lead"
        )
    if not _GUID.fullmatch(id_):
        raise RefusedError(HTTPStatus.BAD_REQUEST, "invalid_id", "the id must be a GUID")

    return RecordKey(Table(table), RecordId(id_.lower()))
