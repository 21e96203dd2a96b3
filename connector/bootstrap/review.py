"""What looks at records that did not go through, and sends them again."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from connector.adapters.dead_letters import ServiceBusDeadLetters
from connector.adapters.envelope import read_message
from connector.adapters.tables.parked_rows import TableParkedRows
from connector.adapters.tables.record_lists import TableRecordLists
from connector.adapters.tables.service import TableService
from connector.application.check_ports import QueueWatch
from connector.application.count_queues import QueueCounter
from connector.application.count_records import RecordCounter, RowCounter, RowTotals
from connector.application.review_ports import (
    DeadLetterBox,
    FreshQueue,
    ParkedRows,
    ReadMessage,
    RecordLists,
)
from connector.bootstrap.queues import Queues
from connector.domain.contact import Account, OrganisationId


@dataclass(frozen=True, slots=True)
class Review:
    """Is all that a person needs who looks at what did not go through."""

    lists: RecordLists
    counter: RecordCounter
    parked: ParkedRows
    queues: Mapping[str, FreshQueue]
    read: ReadMessage
    dead: DeadLetterBox
    loads: QueueCounter


def make_review(
    organisation: OrganisationId,
    tables: TableService,
    queues: Queues,
    watch: QueueWatch,
    crm: RowTotals,
    account: Callable[[], Awaitable[Account]],
) -> Review:
    """Wire it for one organisation."""
    lists = TableRecordLists(tables, organisation)

    return Review(
        lists=lists,
        counter=RecordCounter(
            lists,
            RowCounter(crm, clock=time.monotonic),
            account=account,
            now=lambda: datetime.now(UTC),
            clock=time.monotonic,
        ),
        parked=TableParkedRows(tables, organisation),
        queues=queues.by_name(),
        read=read_message,
        dead=ServiceBusDeadLetters(queues.open, read_message),
        loads=QueueCounter(watch, time.monotonic),
    )
