"""Who did what by the manage routes: for administrators, the newest first."""

from typing import Final

import azure.functions as func

from connector.adapters.manage_api.audit import AuditList, AuditQuery
from connector.bootstrap import services
from connector.domain.caller import Caller
from connector.domain.role import Role
from connector.functions.manage.freshness import fresh
from connector.functions.manage.guard import guarded
from connector.functions.manage.reading import read_query

bp = func.Blueprint()

PAGE: Final = 50


@bp.function_name("manage_audit")
@bp.route("manage/audit", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.ADMIN, answers=AuditList, query=AuditQuery)
async def list_entries(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:  # noqa: ARG001 - contract
    """Show who did what: changes, looks at people, and what was refused."""
    known = services()
    query = read_query(req, AuditQuery)
    wanted = query.to_filter(known.settings.time_zone)

    return fresh(
        req, AuditList.of(await known.trail.list_page(wanted, size=PAGE, after=query.cursor))
    )
