"""Everything that a function may use, in one place."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connector.application.activity_keeping import ActivityKeeping
from connector.application.audit_ports import AuditTrail
from connector.application.check_connections import ConnectionChecker
from connector.application.connect import Connecting
from connector.application.follow_renames import FollowRenames
from connector.application.held_events import release_held, retry_configured
from connector.application.job_keeping import JobKeeping
from connector.application.job_ports import PageWork
from connector.application.licence_keeping import LicenceKeeping
from connector.application.licence_ports import HeldEvents
from connector.application.mapping_keeping import MappingKeeping
from connector.application.ports import (
    Counter,
    CrmGateway,
    EventQueue,
    MappingStore,
    MarketingGateway,
    ParkingStore,
    RawQueue,
    RecordStore,
    RelatedReader,
)
from connector.application.preview_page import PagePreview
from connector.application.receive_webhook import Ourselves
from connector.application.set_aside import SetAside
from connector.application.sync_page import PageSync
from connector.application.try_again import TryAgain
from connector.application.work_by_kind import WorkByKind
from connector.bootstrap.review import Review
from connector.bootstrap.to_dataverse import ToDataverse
from connector.domain.back_off import BackOff
from connector.domain.contact import OrganisationId
from connector.domain.job import JobKind
from connector.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    """Is everything that a function may use."""

    settings: Settings
    ourselves: Ourselves
    webhook_secrets: tuple[bytes, ...]
    crm: CrmGateway
    related: RelatedReader
    marketing: MarketingGateway
    records: RecordStore
    mappings: MappingStore
    mapping_keeping: MappingKeeping
    parking: ParkingStore
    held: HeldEvents
    queue: EventQueue
    webhook_queue: EventQueue
    connections: ConnectionChecker
    activity: ActivityKeeping
    activity_of: Callable[[OrganisationId], ActivityKeeping]
    counter: Counter
    trail: AuditTrail
    jobs: JobKeeping
    raw_queues: Mapping[str, RawQueue]
    review: Review
    to_dataverse: ToDataverse
    connecting: Connecting
    licence: LicenceKeeping
    closing: Sequence[Callable[[], Awaitable[None]]] = ()

    def back_off(self) -> BackOff:
        """Return how long to wait before something is tried again."""
        return BackOff(
            first=timedelta(seconds=self.settings.retry_first_seconds),
            longest=timedelta(seconds=self.settings.retry_longest_seconds),
            attempts=self.settings.retry_attempts,
        )

    def try_again(self) -> TryAgain:
        """Return where events go that cannot be finished now."""
        return TryAgain(self.queue, self.parking, self.back_off(), datetime.now(UTC))

    def set_aside(self, queue: str) -> SetAside:
        """Return where messages of a queue go that nobody understands."""
        return SetAside(self.parking, self.raw_queues[queue], self.back_off(), datetime.now(UTC))

    def follow_renames(self) -> FollowRenames:
        """Return what lets people follow a row whose name they show."""
        return FollowRenames(
            related=self.related,
            mappings=self.mappings,
            records=self.records,
            queue=self.queue,
            parking=self.parking,
            parked=self.review.parked,
            back_off=self.back_off(),
            now=datetime.now(UTC),
        )

    def page_work(self) -> PageWork:
        """Return what does the pages of every job."""
        to_spotler = PageSync(
            self.crm,
            self.marketing,
            self.records,
            self.mappings,
            self.try_again(),
            self.settings.on_delete,
        )

        preview = PagePreview(self.crm, self.marketing, self.records, self.mappings)
        from_dataverse = (JobKind.CONTACTS_TO_SPOTLER, JobKind.LEADS_TO_SPOTLER)
        from_spotler = self.to_dataverse.work(
            ourselves=self.ourselves,
            crm=self.crm,
            marketing=self.marketing,
            records=self.records,
            mappings=self.mappings,
        )

        return WorkByKind(
            syncs={**dict.fromkeys(from_dataverse, to_spotler), **from_spotler},
            previews={**dict.fromkeys(from_dataverse, preview), **from_spotler},
        )

    async def allows_initial_sync(self) -> bool:
        """Tell whether the licence allows existing data to be synchronised; it is read anew."""
        return (await self.licence.read()).allows_initial_sync

    async def release_held(self, *, most: int) -> int:
        """Send what waits for a licence again, if it allows that now; return how many."""
        released = await release_held(
            licence=self.licence, held=self.held, queue=self.queue, most=most
        )
        if released:
            self.counter.add("connector.licence.released", released)

        return released

    async def retry_configured(self, *, most: int, all_at_once: bool = False) -> int:
        """Send what waits for an operator again where it is due, or at once; return how many."""
        tried = await retry_configured(
            held=self.held,
            queue=self.queue,
            now=datetime.now(UTC),
            most=most,
            all_at_once=all_at_once,
        )
        if tried:
            self.counter.add("connector.configuration.retried", tried)

        return tried

    async def close(self) -> None:
        """Finish what is under way and close every connection, whichever of them fails."""
        async with AsyncExitStack() as stack:
            for close in reversed(self.closing):
                stack.push_async_callback(close)
