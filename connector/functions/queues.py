"""The workers behind the queues."""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, List  # noqa: UP035 - the worker library takes no list[...]

import azure.functions as func

from connector.adapters.envelope import parse_change, parse_step
from connector.adapters.messages import find_told, read_attempt
from connector.application.run_job import run_job
from connector.application.sync_contacts import sync_contacts
from connector.bootstrap import Services, services
from connector.domain.activity import Activity
from connector.domain.contact import OrganisationId
from connector.domain.errors import InvalidEventError, MisconfiguredError, System
from connector.domain.event import (
    CHANGES,
    JOBS,
    ChangeEvent,
    Event,
    RecordChanged,
    RelatedChanged,
)
from connector.domain.met import Met
from connector.domain.outcome import Outcome
from connector.domain.parking import StrangeMessage
from connector.functions.putting_back import is_redelivered, put_back

logger = logging.getLogger(__name__)

bp = func.Blueprint()

type Strange = tuple[func.ServiceBusMessage, str]
"""Is a message that nobody understands, and why."""

GONE_OVER: Final = frozenset({Outcome.SENT, Outcome.WITHDRAWN})
"""What became of a change that Spotler was told of."""


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

    began = _now()
    known.activity.note(Activity(taken_at=began))
    events, strange = _sort(messages, known, began)
    if people := [event for event in events if isinstance(event, RecordChanged)]:
        known.activity.note(_to_activity(people, await _sync(people, known), began, _now()))

    if related := [event for event in events if isinstance(event, RelatedChanged)]:
        known.activity.note(_to_activity(related, await _follow(related, known), began, _now()))
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

    began = _now()
    with known.activity.watch() as answered:
        outcome = await run_job(
            replace(step, forced=step.forced or is_redelivered(message)),
            jobs=known.jobs,
            page=known.page_work(),
            back_off=known.back_off(),
            licence_allows=await known.allows_initial_sync(),
        )

    # What keeps a page is told by its job; what sends somebody works for changes too.
    if System.SPOTLER_INTAKE in answered:
        met = Met(outcomes=[], answered=answered)
        known.activity.note(Activity(worked=met.to_moments(began)))

    logger.info("page %s", outcome, extra={"job": step.job, "page": step.page})
    known.counter.add("connector.jobs.steps", outcome=outcome)


async def _sync(events: Sequence[RecordChanged], known: Services) -> Met:
    try_again = known.try_again()
    with known.activity.watch() as answered:
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

    met = Met(outcomes=outcomes, causes=try_again.causes, answered=answered)
    worked = {**known.activity.noted.worked, **met.to_moments(try_again.now)}
    refuses_all = known.activity.refused.note(
        try_again.refused, worked.get(System.SPOTLER_INTAKE), try_again.now
    )

    return replace(met, refuses_all=refuses_all)


def _to_activity(
    events: Iterable[ChangeEvent], met: Met, began: datetime, now: datetime
) -> Activity:
    """Return when the last change of a batch came in, when one went over, and what it met.

    Only what the CRM told came in, and when it did, however often we sent it since. What worked did
    so after the batch began, which may be before another batch failed.
    """
    came = (event.told_at for event in events if event.told_at is not None)
    is_sent = any(outcome in GONE_OVER for outcome in met.outcomes)

    return Activity(
        received_at=max(came, default=None),
        sent_at=now if is_sent else None,
        taken_at=now,
        failures=met.to_failures(now),
        worked=met.to_moments(began),
    )


def _now() -> datetime:
    return datetime.now(UTC)


async def _follow(events: Sequence[RelatedChanged], known: Services) -> Met:
    follow = known.follow_renames()
    with known.activity.watch() as answered:
        outcomes = await follow.run(events)

    for event, outcome in zip(events, outcomes, strict=True):
        logger.info(
            "name of %s %s",
            event.key.table,
            outcome,
            extra={"related": event.key.id, "correlation": event.correlation},
        )
    for outcome, count in Counter(outcomes).items():
        known.counter.add("connector.sync.related", count, outcome=outcome)

    return Met(outcomes=outcomes, causes=follow.causes, answered=answered)


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
    messages: Iterable[func.ServiceBusMessage], known: Services, now: datetime
) -> tuple[list[ChangeEvent], list[Strange]]:
    """Return the events of a batch, and the messages that hold none for us with the reason."""
    events: list[ChangeEvent] = []
    strange: list[Strange] = []
    for message in messages:
        try:
            events.append(_read(message, known.ourselves.organisation, now))
        except InvalidEventError as exc:
            strange.append((message, str(exc)))

    return events, strange


def _read(message: func.ServiceBusMessage, ours: OrganisationId, now: datetime) -> ChangeEvent:
    """Return the event of a message; one about a person is forced when it was delivered before."""
    event = parse_change(message.get_body())
    _check_ours(event, ours)
    told_at = find_told(message.application_properties, now)
    if isinstance(event, RelatedChanged):
        return replace(event, told_at=told_at)

    return replace(event, forced=event.forced or is_redelivered(message), told_at=told_at)


def _check_ours(event: Event, ours: OrganisationId) -> None:
    if event.organisation != ours:
        raise InvalidEventError("a message must be of our organisation")
