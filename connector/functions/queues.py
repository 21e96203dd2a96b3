"""The workers behind the queues."""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import List  # noqa: UP035 - the worker library takes no list[...]

import azure.functions as func

from connector.adapters.envelope import parse_change, parse_step
from connector.adapters.messages import read_attempt
from connector.application.run_job import run_job
from connector.application.sync_contacts import sync_contacts
from connector.bootstrap import Services, services
from connector.domain.contact import OrganisationId
from connector.domain.errors import InvalidEventError, MisconfiguredError
from connector.domain.event import (
    CHANGES,
    JOBS,
    ChangeEvent,
    Event,
    RecordChanged,
    RelatedChanged,
)
from connector.domain.parking import StrangeMessage
from connector.functions.putting_back import is_redelivered, put_back

logger = logging.getLogger(__name__)

bp = func.Blueprint()

type Strange = tuple[func.ServiceBusMessage, str]
"""Is a message that nobody understands, and why."""


@bp.function_name("sync_changes")
@bp.service_bus_queue_trigger(
    arg_name="messages",
    queue_name=CHANGES,
    connection="ServiceBusConnection",
    cardinality=func.Cardinality.MANY,
    # As text an empty body would be left out of the batch, and the library would fail on it.
    data_type=func.DataType.BINARY,
)
async def sync_changes(messages: List[func.ServiceBusMessage]) -> None:  # noqa: UP006 - as above
    """Sync a batch of changed people, then find who shows a row that was renamed.

    What is no event comes last and harms no neighbour.
    """
    try:
        known = services()
    except MisconfiguredError:
        await put_back(messages, CHANGES)
        return

    events, strange = _sort(messages, known)
    people = [event for event in events if isinstance(event, RecordChanged)]
    if people:
        await _sync(people, known)

    await _follow([event for event in events if isinstance(event, RelatedChanged)], known)
    await _set_aside(strange, CHANGES, known)


@bp.function_name("run_jobs")
@bp.service_bus_queue_trigger(
    arg_name="message",
    queue_name=JOBS,
    connection="ServiceBusConnection",
    cardinality=func.Cardinality.ONE,
    data_type=func.DataType.BINARY,
)
async def run_jobs(message: func.ServiceBusMessage) -> None:
    """Do one page of a job."""
    try:
        known = services()
    except MisconfiguredError:
        await put_back([message], JOBS)
        return

    try:
        step = parse_step(message.get_body())
        _check_ours(step, known.ourselves.organisation)
    except InvalidEventError as exc:
        await _set_aside([(message, str(exc))], JOBS, known)
        return

    outcome = await run_job(
        replace(step, forced=step.forced or is_redelivered(message)),
        jobs=known.jobs,
        page=known.page_work(),
        back_off=known.back_off(),
        licence_allows=await known.allows_initial_sync(),
    )

    logger.info("page %s", outcome, extra={"job": step.job, "page": step.page})
    known.counter.add("connector.jobs.steps", outcome=outcome)


async def _sync(events: Sequence[RecordChanged], known: Services) -> None:
    outcomes = await sync_contacts(
        events,
        licence=known.licence,
        crm=known.crm,
        marketing=known.marketing,
        records=known.records,
        mappings=known.mappings,
        try_again=known.try_again(),
        on_delete=known.settings.on_delete,
    )

    for event, outcome in zip(events, outcomes, strict=True):
        logger.info(
            "%s %s",
            event.key.table,
            outcome,
            extra={"record": event.key.id, "correlation": event.correlation},
        )
    for outcome, count in Counter(outcomes).items():
        known.counter.add("connector.sync.records", count, kind="change", outcome=outcome)


async def _follow(events: Sequence[RelatedChanged], known: Services) -> None:
    outcomes = await known.follow_renames().run(events)

    for event, outcome in zip(events, outcomes, strict=True):
        logger.info(
            "name of %s %s",
            event.key.table,
            outcome,
            extra={"related": event.key.id, "correlation": event.correlation},
        )
    for outcome, count in Counter(outcomes).items():
        known.counter.add("connector.sync.related", count, outcome=outcome)


async def _set_aside(strange: Sequence[Strange], queue: str, known: Services) -> None:
    """Keep what nobody understands, and say what became of it by its message id alone."""
    messages = [
        StrangeMessage(
            message.get_body(), reason, read_attempt(message.application_properties), queue
        )
        for message, reason in strange
    ]
    outcomes = await known.set_aside(queue).run(messages)

    for (message, reason), outcome in zip(strange, outcomes, strict=True):
        extra = {"queue_message": message.message_id}
        logger.warning("message %s: %s", outcome, reason, extra=extra)


def _sort(
    messages: Iterable[func.ServiceBusMessage], known: Services
) -> tuple[list[ChangeEvent], list[Strange]]:
    """Return the events of a batch, and the messages that hold none for us with the reason."""
    events: list[ChangeEvent] = []
    strange: list[Strange] = []
    for message in messages:
        try:
            events.append(_read(message, known.ourselves.organisation))
        except InvalidEventError as exc:
            strange.append((message, str(exc)))

    return events, strange


def _read(message: func.ServiceBusMessage, ours: OrganisationId) -> ChangeEvent:
    """Return the event of a message; one about a person is forced when it was delivered before."""
    event = parse_change(message.get_body())
    _check_ours(event, ours)
    if isinstance(event, RelatedChanged):
        return event

    return replace(event, forced=event.forced or is_redelivered(message))


def _check_ours(event: Event, ours: OrganisationId) -> None:
    if event.organisation != ours:
        raise InvalidEventError("a message must be of our organisation")
