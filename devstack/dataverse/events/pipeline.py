"""Delivers what happened to whoever registered for it, without holding up the write.

Order and number are not promised, as on the platform: jobs run side by side, and the options
shuffle, delay and double them.
"""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import aiohttp
from aiohttp import web

from devstack.dataverse.events.context import ContextBuilder, Occasion
from devstack.dataverse.events.delivery import Answer, address_of, event_headers, new_session, post
from devstack.dataverse.events.history import Delivery, History
from devstack.dataverse.events.jobs import record_job
from devstack.dataverse.events.operation import Operation
from devstack.dataverse.events.options import EventOptions
from devstack.dataverse.events.organisation import Organisation
from devstack.dataverse.events.packing import Parcel, pack
from devstack.dataverse.events.queue import WorkQueue
from devstack.dataverse.events.registration import ASYNCHRONOUS, Step, steps_for
from devstack.dataverse.store import Store

_WORTH_A_RETRY = frozenset({502, 503, 504})
_ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Job:
    """An event on its way."""

    occasion: Occasion
    accepted_at: float
    attempt: int = 1
    is_duplicate: bool = False


class EventPipeline:
    """Listen to the store's operations and post them to the registered webhooks."""

    def __init__(
        self,
        store: Store,
        options: EventOptions | None = None,
        *,
        organisation: Organisation | None = None,
    ) -> None:
        """Read registrations from, and write system jobs to, `store`."""
        self.store = store
        self.organisation = organisation or Organisation()
        self.history = History()
        self.queue = WorkQueue(self._deliver, parallel=1)
        self.options = options or EventOptions()
        self._session: aiohttp.ClientSession

    @property
    def options(self) -> EventOptions:
        """The switches; setting them counts from the next event on and resets the dice."""
        return self._options

    @options.setter
    def options(self, options: EventOptions) -> None:
        self._options = options
        self._dice = random.Random(options.seed)
        self._builder = ContextBuilder(self.store, self.organisation, options)
        self.queue.parallel = options.parallel

    def be_organisation(self, id_: str) -> None:
        """Let the events tell another id of the organisation, from the next one on."""
        self.organisation = replace(self.organisation, id=id_)
        self._builder = ContextBuilder(self.store, self.organisation, self._options)

    async def start(self) -> None:
        """Open the client that posts the events."""
        self._session = new_session()

    async def stop(self) -> None:
        """Drop what is waiting, break off what is running, and close the client."""
        await self.queue.close()
        await self._session.close()

    def on_operations(self, operations: Sequence[Operation]) -> None:
        """Make a job for every step that an operation wakes."""
        for operation in operations:
            for step in steps_for(self.store, operation):
                self._accept(operation, step)

    async def wait_idle(self, timeout: float = 10.0) -> bool:  # noqa: ASYNC109 -- it is the answer
        """Wait until every event is delivered or given up, and tell whether that came in time."""
        return await self.queue.wait_idle(timeout)

    def _accept(self, operation: Operation, step: Step) -> None:
        if step.mode != ASYNCHRONOUS:
            raise web.HTTPNotImplemented(
                text=f"step {step.name!r} is synchronous; only asynchronous steps are simulated"
            )

        occasion = Occasion(operation, step, self.store.guids.next(), operation.occurred_at)
        job = Job(occasion, accepted_at=time.perf_counter())
        self.history.accepted += 1
        self._enqueue(job)

        if self._dice.random() < self._options.duplicates:
            self.history.duplicated += 1
            self._enqueue(replace(job, is_duplicate=True))

    def _enqueue(self, job: Job) -> None:
        options = self._options
        if options.shuffle > 0:
            self.queue.hold(job, window=options.shuffle + options.delay, dice=self._dice)
        else:
            self.queue.add(job, delay=options.delay)

    async def _deliver(self, job: Job) -> None:
        operation, step = job.occasion.operation, job.occasion.step
        parcel = pack(self._builder.build(job.occasion), self._options)
        answer = await post(
            self._session,
            address_of(step.endpoint),
            parcel.body,
            headers=event_headers(operation, self.organisation.host, parcel),
            timeout=self._options.timeout,
        )
        self.history.recent.append(_told(job, parcel, answer))

        if answer.status in _WORTH_A_RETRY and job.attempt < _ATTEMPTS:
            self._retry(job)
        else:
            self._end(job, answer)

    def _retry(self, job: Job) -> None:
        self.history.retried += 1
        self.history.retrying += 1
        occasion = job.occasion
        if not self._options.retry_same_operation:
            occasion = replace(occasion, operation_id=self.store.guids.next())

        again = replace(job, occasion=occasion, attempt=job.attempt + 1)
        self.queue.add(again, delay=self._options.retry_delay)

    def _end(self, job: Job, answer: Answer) -> None:
        if job.attempt > 1:
            self.history.retrying -= 1
        if answer.is_success:
            self.history.delivered += 1
        else:
            self.history.failed += 1

        record_job(self.store, job.occasion, answer, retries=job.attempt - 1)


def _told(job: Job, parcel: Parcel, answer: Answer) -> Delivery:
    operation = job.occasion.operation

    return Delivery(
        operation_id=job.occasion.operation_id,
        step_id=job.occasion.step.id,
        message=operation.message,
        table=operation.table,
        row_id=operation.row_id,
        attempt=job.attempt,
        is_duplicate=job.is_duplicate,
        status=answer.status,
        error=answer.error,
        size=len(parcel.body),
        size_exceeded=parcel.size_exceeded,
        seconds=answer.seconds,
        since_write=time.perf_counter() - job.accepted_at,
    )
