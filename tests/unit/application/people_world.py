"""The fakes among which people come from Spotler."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from connector.application.contacts_to_dataverse import ContactsToDataverse
from connector.domain.contact import ExternalId, PropertyValue, Record, RecordKey
from connector.domain.job import JobKind
from connector.domain.spotler_contact import SpotlerContact, born_row
from connector.domain.sync_state import SyncState
from connector.domain.tally import Tally
from tests.builders import NOW, ORGANISATION, a_contact_key, a_person, an_id
from tests.fakes import FakeCrm, FakeMappings, FakeMarketing, FakeRecords
from tests.jobs import a_job
from tests.spotler_people import (
    LONG_AGO,
    OUR_USER,
    FakeContactBook,
    FakeContactFeed,
    a_spotler_contact,
)

KIND = JobKind.CONTACTS_TO_DATAVERSE

SHOP = ExternalId("shop-1")

BORN = born_row(ORGANISATION, SHOP)


@dataclass(slots=True)
class World:
    """Is both systems and what we know of them."""

    feed: FakeContactFeed = field(default_factory=FakeContactFeed)
    crm: FakeCrm = field(default_factory=FakeCrm)
    records: FakeRecords = field(default_factory=FakeRecords)
    marketing: FakeMarketing = field(default_factory=FakeMarketing)
    mappings: FakeMappings = field(default_factory=FakeMappings)
    book: FakeContactBook = field(init=False)
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.book = FakeContactBook(self.crm)

    def __call__(self, *people: SpotlerContact, crm: tuple[Record, ...] = ()) -> "World":
        self.feed.people.extend(people)
        self.crm.put(*crm)

        return self

    def knows(self, key: RecordKey, **state: object) -> None:
        self.records.write(replace(SyncState(key), **state))  # type: ignore[arg-type] # named by the test

    def work(self) -> ContactsToDataverse:
        return ContactsToDataverse(
            self.feed,
            self.book,
            self.crm,
            self.marketing,
            self.records,
            self.mappings,
            ORGANISATION,
            OUR_USER,
            lambda: self.now,
        )

    async def run(
        self, *, preview: bool = False, step: Mapping[str, object] | None = None
    ) -> Tally:
        """Do all pages of a job, and return what it counted."""
        job = a_job(KIND, started_at=NOW, preview=preview)
        while True:
            asked = replace(job.step(ORGANISATION), **(step or {}))  # type: ignore[arg-type] # a step's own
            page, cursor = await self.work().run(job, asked)
            job = job.advanced(page, cursor, NOW)
            if cursor is None:
                return job.tally

    def row(self, key: RecordKey) -> Record:
        return self.crm.rows[key]


class RacedRecords(FakeRecords):
    """Is the `RecordStore` to which somebody else writes right after the first read."""

    async def list_states(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SyncState]:
        found = await super().list_states(keys)
        if not self.rows:
            self.write(SyncState(BORN))

        return found


def a_row(number: int = 1, **columns: str) -> Record:
    """Return a contact of the CRM that changed long ago."""
    person = a_person(a_contact_key(number), email=f"row-{number}@example.nl")

    return replace(person, columns={**person.columns, **columns}, modified_on=LONG_AGO)


def of_row(number: int = 1, **properties: PropertyValue) -> SpotlerContact:
    """Return the person of Spotler's who has a row's id."""
    plain: dict[str, PropertyValue] = {
        "email": f"row-{number}@example.nl",
        "lastName": "Jansen",
        **properties,
    }

    return a_spotler_contact(f"of-{number}", an_id(number), said=plain)


def excluded(why: str) -> Tally:
    return Tally(excluded=1, details={f"reason:{why}": 1})
