"""The workers behind the queues."""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, List  # noqa: UP035 - the worker library takes no list[...]

import azure.functions as func

from connector.adapters.envelope import parse_change, parse_step
from connector.adapters.messages import read_attempt
from connector.application.run_job import run_job
from connector.application.sync_contacts import sync_contacts
from connector.bootstrap import Services, services
from connector.domain.activity import Activity
from connector.domain.cause import gravest
from connector.domain.contact import OrganisationId
from connector.domain.errors import ConnectorError, InvalidEventError, MisconfiguredError
from connector.domain.event import (
    CHANGES,
    JOBS,
    ChangeEvent,
    Event,
    RecordChanged,
    RelatedChanged,
)
from connector.domain.failure import Failure
from connector.domain.outcome import Outcome
from connector.domain.parking import StrangeMessage
from connector.functions.putting_back import is_redelivered, put_back

logger = logging.getLogger(__name__)

bp = func.Blueprint()

type Strange = tuple[func.ServiceBusMessage, str]
"""Is a message that nobody understands, and why."""

type Arrival = tuple[func.ServiceBusMessage, ChangeEvent]
"""Is a message, and the event that it holds."""

type Done = tuple[Sequence[Outcome], Sequence[ConnectorError]]
"""What became of the changes of a batch, and what kept more than single people of it."""

GONE_OVER: Final = frozenset({Outcome.SENT, Outcome.WITHDRAWN})
"""What became of a change that Spotler was told of."""

READ: Final = GONE_OVER | {Outcome.SKIPPED, Outcome.EXCLUDED}
"""What becomes of a change whose row the CRM showed."""


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

    known.activity.note(Activity(taken_at=datetime.now(UTC)))
    arrivals, strange = _sort(messages, known)
    people = [event for _, event in arrivals if isinstance(event, RecordChanged)]
    if people:
        done = await _sync(people, known)
        known.activity.note(_to_activity(arrivals, done, datetime.now(UTC)))

    await _follow([event for _, event in arrivals if isinstance(event, RelatedChanged)], known)
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


async def _sync(events: Sequence[RecordChanged], known: Services) -> Done:
    try_again = known.try_again()
    outcomes = await sync_contacts(
        events,
        licence=known.licence,
        crm=known.crm,
        marketing=known.marketing,
        records=known.records,
        mappings=known.mappings,
        try_again=try_again,
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

    return outcomes, try_again.causes


def _to_activity(arrivals: Iterable[Arrival], done: Done, now: datetime) -> Activity:
    """Return when the last change of a batch came in, when one went over, or what kept all of them.

    What we sent again ourselves did not come in; a message without a time came now.
    """
    outcomes, causes = done
    came = (_enqueued(message) or now for message, event in arrivals if _is_news(message, event))
    is_sent = any(outcome in GONE_OVER for outcome in outcomes)

    return Activity(
        received_at=max(came, default=None),
        sent_at=now if is_sent else None,
        taken_at=now,
        read_at=now if is_sent or any(outcome in READ for outcome in outcomes) else None,
        failed=Failure.of(gravest(causes), now) if causes and not is_sent else None,
    )


def _enqueued(message: func.ServiceBusMessage) -> datetime | None:
    """Return when Service Bus took a message; the library may leave out that this is UTC."""
    moment = message.enqueued_time_utc

    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _is_news(message: func.ServiceBusMessage, event: ChangeEvent) -> bool:
    if not isinstance(event, RecordChanged):
        return False

    return not event.forced or (is_redelivered(message) and not event.attempt)


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
) -> tuple[list[Arrival], list[Strange]]:
    """Return the events of a batch, and the messages that hold none for us with the reason."""
    arrivals: list[Arrival] = []
    strange: list[Strange] = []
    for message in messages:
        try:
            arrivals.append((message, _read(message, known.ourselves.organisation)))
        except InvalidEventError as exc:
            strange.append((message, str(exc)))

    return arrivals, strange


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
