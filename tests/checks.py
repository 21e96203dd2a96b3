"""The checks of the systems for tests: the ports in memory, and values that are complete."""

import asyncio
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from connector.application.check_ports import StoredStatus
from connector.domain.activity import Activity
from connector.domain.check_history import History
from connector.domain.contact import Table
from connector.domain.default_mappings import DEFAULT_MAPPINGS
from connector.domain.errors import TransientError
from connector.domain.event import CHANGES, JOBS
from connector.domain.queue_load import Number, QueueLoad
from connector.domain.step_filter import watched_columns
from connector.domain.webhook_step import RegisteredStep, RegisteredWebhook
from tests.fakes import Failing

ADDRESS = "https://connector.example/api/webhooks/dataverse"


def all_steps() -> Iterator[RegisteredStep]:
    """Yield the steps of who registered everything, with filters that fit."""
    watched = watched_columns(DEFAULT_MAPPINGS)
    for table in Table:
        yield RegisteredStep(message="Create", table=table)
        yield RegisteredStep(message="Update", table=table, columns=watched[table])
        yield RegisteredStep(message="Delete", table=table)
        yield RegisteredStep(message="Restore", table=table)
        yield RegisteredStep(message="Merge", table=table)
    for related, column in (("account", "name"), ("team", "name"), ("systemuser", "fullname")):
        yield RegisteredStep(message="Update", table=related, columns=frozenset({column}))


class FakeWebhooks(Failing):
    """Is the `WebhookReader` on one webhook with every step."""

    def __init__(self) -> None:
        super().__init__()
        self.webhooks: list[RegisteredWebhook] = [RegisteredWebhook(ADDRESS, tuple(all_steps()))]

    async def list_webhooks(self) -> Sequence[RegisteredWebhook]:
        self.fail_if_told()
        return self.webhooks

    def change(self, message: str, table: str, **fields: object) -> None:
        """Let the step for a message of a table be otherwise."""
        [webhook] = self.webhooks
        steps = [
            replace(one, **fields) if (one.message, one.table) == (message, table) else one  # type: ignore[arg-type] # named by the test
            for one in webhook.steps
        ]
        self.webhooks = [replace(webhook, steps=tuple(steps))]


class FakeQueueWatch(Failing):
    """Is the `QueueWatch` on numbers that a test puts."""

    def __init__(self) -> None:
        super().__init__()
        self.loads = [a_load(CHANGES), a_load(JOBS)]
        self.counted = 0
        self.oldest: datetime | None = None

    async def check(self) -> None:
        self.fail_if_told()

    async def find_oldest(self, queue: str) -> datetime | None:
        assert queue == CHANGES

        return self.oldest

    async def count(self) -> Sequence[QueueLoad]:
        self.fail_if_told()
        self.counted += 1
        return self.loads


def a_load(queue: str = CHANGES, waiting: int = 0, scheduled: int = 0, dead: int = 0) -> QueueLoad:
    return QueueLoad(
        queue=queue, waiting=Number(waiting), scheduled=Number(scheduled), dead=Number(dead)
    )


class FakeStatus(Failing):
    """Is the `StatusStore` in memory, with real races; `rivals` write just before a save."""

    def __init__(self) -> None:
        super().__init__()
        self.stored = StoredStatus()
        self.writes = 0
        self.wrote: asyncio.Queue[None] = asyncio.Queue()
        self.rivals: list[Callable[[], None]] = []
        self.refusals: list[TransientError] = []
        self._etags = itertools.count(1)

    async def read(self) -> StoredStatus:
        self.fail_if_told()
        return self.stored

    async def save_history(self, history: History, etag: str | None) -> bool:
        self._meet_rival()
        if etag != self.stored.history_etag:
            return False

        self.put_history(history)
        self.writes += 1
        self.wrote.put_nowait(None)
        return True

    async def save_activity(self, activity: Activity, etag: str | None) -> bool:
        self._meet_rival()
        if etag != self.stored.activity_etag:
            return False

        self.put_activity(activity)
        self.writes += 1
        self.wrote.put_nowait(None)
        return True

    def put_history(self, history: History) -> None:
        self.stored = replace(self.stored, history=history, history_etag=self._etag())

    def put_activity(self, activity: Activity) -> None:
        self.stored = replace(self.stored, activity=activity, activity_etag=self._etag())

    def _etag(self) -> str:
        return f"etag-{next(self._etags)}"

    def _meet_rival(self) -> None:
        if self.refusals:
            raise self.refusals.pop(0)
        if self.rivals:
            self.rivals.pop(0)()
