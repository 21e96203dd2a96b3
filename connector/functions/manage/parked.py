"""What is parked: messages that wait for a person, who sends them again or discards them."""

import logging
from http import HTTPStatus
from typing import Final

import azure.functions as func

from connector.adapters.manage_api.parked import (
    Discarded,
    ParkedIds,
    ParkedList,
    SentOrKept,
    to_parked_list,
)
from connector.application.send_parked import discard_parked, find_event, send_parked
from connector.bootstrap import services
from connector.domain.caller import Caller
from connector.domain.role import Role
from connector.functions.manage.freshness import fresh, shown
from connector.functions.manage.guard import guarded
from connector.functions.manage.reading import read_body

logger = logging.getLogger(__name__)

bp = func.Blueprint()

MOST: Final = 500


@bp.function_name("manage_parked")
@bp.route("manage/parked", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.READER, answers=ParkedList)
async def list_parked(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:  # noqa: ARG001 - contract
    """Show what is parked, and what of it can be sent again."""
    known = services()
    ours, read = known.ourselves.organisation, known.review.read
    found = [
        (one, find_event(one, organisation=ours, read=read))
        for one in await known.review.parked.list_parked(MOST + 1)
    ]

    return fresh(req, to_parked_list(found, shown=MOST))


@bp.function_name("manage_send_parked")
@bp.route("manage/parked/send", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.ADMIN, takes=ParkedIds, answers=SentOrKept, status=HTTPStatus.ACCEPTED)
async def send(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:
    """Send parked messages again; what nobody would understand stays."""
    known = services()
    resent = await send_parked(
        read_body(req, ParkedIds).ids,
        organisation=known.ourselves.organisation,
        parked=known.review.parked,
        queues=known.review.queues,
        read=known.review.read,
    )
    logger.info("%d parked messages sent again", resent.sent, extra={"by": caller.object_id})

    return shown(SentOrKept.of(resent), HTTPStatus.ACCEPTED)


@bp.function_name("manage_discard_parked")
@bp.route("manage/parked/discard", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.ADMIN, takes=ParkedIds, answers=Discarded)
async def discard(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:
    """Forget parked messages for good."""
    ids = read_body(req, ParkedIds).ids
    discarded = await discard_parked(ids, parked=services().review.parked)
    logger.warning("%d parked messages discarded", discarded, extra={"by": caller.object_id})

    return shown(Discarded(discarded=discarded))
