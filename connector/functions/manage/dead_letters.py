"""What the queues gave up: looked at by ids, and sent again."""

import asyncio
import logging
from http import HTTPStatus
from typing import Final

import azure.functions as func

from connector.adapters.manage_api.dead_letters import DeadLetterList, SendDeadLetters
from connector.adapters.manage_api.parked import SentOrKept
from connector.application.send_dead_letters import send_dead_letters
from connector.bootstrap import services
from connector.domain.caller import Caller
from connector.domain.role import Role
from connector.functions.manage.freshness import fresh, shown
from connector.functions.manage.guard import guarded
from connector.functions.manage.problems import RefusedError
from connector.functions.manage.reading import read_body

logger = logging.getLogger(__name__)

bp = func.Blueprint()

MOST: Final = 100


@bp.function_name("manage_dead_letters")
@bp.route("manage/dead-letters", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.READER, answers=DeadLetterList)
async def list_dead_letters(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:  # noqa: ARG001 - contract
    """Show what each queue gave up."""
    review = services().review
    boxes = await asyncio.gather(*(review.dead.list_dead(name, MOST) for name in review.queues))

    return fresh(req, DeadLetterList.of(boxes))


@bp.function_name("manage_send_dead_letters")
@bp.route("manage/dead-letters/send", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.ADMIN, takes=SendDeadLetters, answers=SentOrKept, status=HTTPStatus.ACCEPTED)
async def send(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:
    """Send dead letters again; what nobody would understand stays."""
    known = services()
    wanted = read_body(req, SendDeadLetters)
    if wanted.queue not in known.review.queues:
        raise RefusedError(HTTPStatus.NOT_FOUND, "unknown_queue", "the queue must be one of ours")

    resent = await send_dead_letters(
        wanted.queue,
        wanted.sequence_numbers,
        organisation=known.ourselves.organisation,
        box=known.review.dead,
        queues=known.review.queues,
        read=known.review.read,
    )
    logger.info("%d dead letters sent again", resent.sent, extra={"by": caller.object_id})

    return shown(SentOrKept.of(resent), HTTPStatus.ACCEPTED)
