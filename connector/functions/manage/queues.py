"""What waits on the queues, in numbers."""

import azure.functions as func

from connector.adapters.manage_api.queues import QueueList
from connector.bootstrap import services
from connector.domain.caller import Caller
from connector.domain.role import Role
from connector.functions.manage.freshness import fresh
from connector.functions.manage.guard import guarded

bp = func.Blueprint()


@bp.function_name("manage_queues")
@bp.route("manage/queues", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.READER, answers=QueueList)
async def show_queues(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:  # noqa: ARG001 - contract
    """Show how much waits on each queue, is scheduled, and was given up."""
    return fresh(req, QueueList.of(await services().review.loads.get()))
