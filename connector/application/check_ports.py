"""What looking at the systems around us needs of the world."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from connector.domain.activity import Activity
from connector.domain.check_history import History
from connector.domain.queue_load import QueueLoad
from connector.domain.webhook_step import RegisteredWebhook


class WebhookReader(Protocol):
    """Reads how the CRM tells us of changes; raises as `CrmGateway` does."""

    async def list_webhooks(self) -> Sequence[RegisteredWebhook]:
        """Return the webhooks that may be ours, with their steps.

        Raises `StepsHiddenError`, which names the privilege, where our user may not look.
        """


class QueueWatch(Protocol):
    """Looks into the queues, and takes nothing.

    Every call raises `TransientError` when Service Bus does not answer in time.
    """

    async def check(self) -> None:
        """Look whether every queue may be looked into."""

    async def find_oldest(self, queue: str) -> datetime | None:
        """Return since when the oldest message that is due lies on a queue, in work or not."""

    async def count(self) -> Sequence[QueueLoad]:
        """Count what lies on every queue, as far as it can be counted at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStatus:
    """What is kept of how things go; without an etag there is no row yet."""

    history: History = field(default_factory=dict)
    history_etag: str | None = None
    activity: Activity = field(default_factory=Activity)
    activity_etag: str | None = None


class StatusStore(Protocol):
    """Keeps how things go for all processes; every write is conditional."""

    async def read(self) -> StoredStatus:
        """Return all that is kept."""

    async def save_history(self, history: History, etag: str | None) -> bool:
        """Write since when each check is so, if the row is as it was read; False else."""

    async def save_activity(self, activity: Activity, etag: str | None) -> bool:
        """Write when a change last came and went, if the row is as it was read; False else."""
