from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from connector.application.follow_renames import GROUPS_AT_ONCE, MOST_PAGES, FollowRenames
from connector.domain.back_off import BackOff
from connector.domain.contact import RecordId, RecordKey, Table
from connector.domain.converter import Converter
from connector.domain.errors import (
    ConfigurationError,
    ConnectorError,
    RateLimitedError,
    TransientError,
)
from connector.domain.event import RelatedChanged
from connector.domain.mapping import Mapping, Target
from connector.domain.outcome import Outcome
from connector.domain.parking import CONFIGURATION, park_event
from connector.domain.property import PropertyKind
from connector.domain.related import RelatedTable
from connector.domain.sync_state import SyncState
from tests.builders import (
    NOW,
    a_contact_key,
    a_lead_key,
    a_person,
    a_rename,
    an_id,
)
from tests.fakes import FakeCrm, FakeMappings, FakeParking, FakeQueue, FakeRecords, FakeRelated
from tests.review import FakeParkedRows

COMPANY = an_id(77)
LEAD_COMPANY = Mapping(
    Target.named("organisation"), "parentcustomerid", "parentaccountid", Converter.LOOKUP_NAME
)
AWAY = TransientError("the CRM must be able to answer")


class Office:
    """A world in which renames are followed; the clock moves one second at each look."""

    def __init__(self) -> None:
        self.crm = FakeCrm()
        self.related = FakeRelated(self.crm)
        self.records = FakeRecords()
        self.mappings = FakeMappings()
        self.queue = FakeQueue()
        self.parking = FakeParking()
        self.rows = FakeParkedRows(self.parking)
        self.run_seconds = 60.0
        self.seconds = 0.0

    def employ(
        self, *keys: RecordKey, column: str = "parentcustomerid", of: RecordId = COMPANY
    ) -> None:
        """Let people that were looked at before show a company."""
        for key in keys:
            person = a_person(key)
            self.crm.put(replace(person, columns={**person.columns, column: of}))
            self.records.write(SyncState(key))

    async def follow(self, *events: RelatedChanged, size: int = 1000) -> list[Outcome]:
        follow = FollowRenames(
            related=self.related,
            mappings=self.mappings,
            records=self.records,
            queue=self.queue,
            parking=self.parking,
            parked=self.rows,
            back_off=BackOff(attempts=3),
            now=NOW,
            clock=self._look,
            people_per_page=size,
            run_seconds=self.run_seconds,
        )

        return await follow.run(events)

    async def follow_to_the_end(self, event: RelatedChanged, *, size: int) -> int:
        """Follow all pages, and return how many messages that took."""
        waiting, count = [event], 0
        while waiting:
            assert await self.follow(*waiting, size=size) == [Outcome.FOLLOWED] * len(waiting)
            count += len(waiting)
            waiting, self.queue.related = self.queue.related, []

        return count

    def pointed(self) -> set[RecordKey]:
        return {event.key for event in self.queue.events}

    def _look(self) -> float:
        self.seconds += 1.0

        return self.seconds


@pytest.fixture
def office() -> Office:
    return Office()


def a_company_rename(*, attempt: int = 0) -> RelatedChanged:
    return a_rename(RelatedTable.ACCOUNT, COMPANY, attempt=attempt)


async def test_people_of_company_are_pointed_to(office: Office) -> None:
    """
    Everybody who shows the company gets an ordinary pointer, contacts and leads; others get none.
    """
    office.mappings.write(LEAD_COMPANY)
    office.employ(a_contact_key(1), a_contact_key(2))
    office.employ(a_lead_key(3), column="parentaccountid")
    office.crm.put(a_person(a_contact_key(4), parentcustomerid=an_id(78)))
    event = a_company_rename()

    assert await office.follow(event) == [Outcome.FOLLOWED]

    assert office.pointed() == {a_contact_key(1), a_contact_key(2), a_lead_key(3)}
    assert office.queue.events[0] == event.point_to(office.queue.events[0].key)
    assert office.queue.related == []


@pytest.mark.parametrize("table", [RelatedTable.SYSTEMUSER, RelatedTable.TEAM])
async def test_people_of_owner_are_pointed_to(office: Office, table: RelatedTable) -> None:
    """
    Who is owned by a user or a team that is renamed shows another owner.
    """
    office.employ(a_contact_key(1), a_lead_key(2), column="ownerid")

    await office.follow(a_rename(table, COMPANY))

    assert office.pointed() == {a_contact_key(1), a_lead_key(2)}


@pytest.mark.parametrize("key_of", [a_contact_key, a_lead_key])
async def test_merged_rows_are_pointed_to(
    office: Office, key_of: Callable[[int], RecordKey]
) -> None:
    """
    Whoever went into a person is found by the lookup that names the one who is left.
    """
    office.employ(key_of(1), key_of(2), column="masterid")
    office.employ(key_of(3))
    office.crm.put(a_person(key_of(4), masterid=COMPANY))

    await office.follow(a_rename(RelatedTable(key_of(1).table), COMPANY))

    assert office.pointed() >= {key_of(1), key_of(2)}
    assert key_of(4) not in office.pointed()


async def test_stranger_is_not_pointed_to(office: Office) -> None:
    """
    Who was never looked at does not come to Spotler because the company has another name.
    """
    office.crm.put(a_person(a_contact_key(1), parentcustomerid=COMPANY))

    assert await office.follow(a_company_rename()) == [Outcome.FOLLOWED]

    assert office.queue.events == []


async def test_unmapped_lookup_costs_no_query(office: Office) -> None:
    """
    A table of people in which no such lookup is mapped is not asked.
    """
    await office.follow(a_company_rename())

    assert office.related.queries == [(Table.CONTACT, ("parentcustomerid",), 1)]


async def test_pages_follow_each_other(office: Office) -> None:
    """
    Many people are found page by page, each page a message, and each person once.
    """
    office.mappings.write(LEAD_COMPANY)
    contacts = [a_contact_key(number) for number in range(1, 26)]
    leads = [a_lead_key(number) for number in range(26, 40)]
    office.employ(*contacts)
    office.employ(*leads, column="parentaccountid")

    messages = await office.follow_to_the_end(a_company_rename(), size=10)

    assert messages == 4
    assert office.pointed() == {*contacts, *leads}
    assert len(office.queue.events) == 39


async def test_people_go_before_next_page(office: Office) -> None:
    """
    The next page is asked for when the pointers of this one are safe.
    """
    office.employ(*(a_contact_key(number) for number in (1, 2, 3)))
    office.queue.errors = [TransientError("service bus must take the event")] * 2

    with pytest.raises(TransientError):
        await office.follow(a_company_rename(), size=2)

    assert (office.queue.events, office.queue.related) == ([], [])


async def test_renames_of_one_row_collapse(office: Office) -> None:
    """
    Several renames of a row in a batch are one search, under ids that no queue has seen.
    """
    office.employ(a_contact_key(1))
    renames = [a_company_rename(attempt=attempt) for attempt in (2, 1, 1)]

    outcomes = await office.follow(*renames)

    assert outcomes == [Outcome.FOLLOWED] * 3
    [pointer] = office.queue.events
    assert pointer.message_id not in {one.point_to(a_contact_key(1)).message_id for one in renames}
    assert len(office.related.queries) == 1


async def test_redelivery_points_to_the_same(office: Office) -> None:
    """
    A message that comes twice sends the pointers that the queue has already, and no others.
    """
    office.employ(*(a_contact_key(number) for number in (1, 2, 3)))
    event = a_company_rename()

    for _ in range(2):
        await office.follow(event, size=2)

    assert len({one.message_id for one in office.queue.events}) == 2
    assert len({one.message_id for one in office.queue.related}) == 1


@pytest.mark.parametrize(
    "break_",
    [
        pytest.param(lambda office: office.related.errors.append(AWAY), id="Dataverse"),
        pytest.param(lambda office: office.records.errors.append(AWAY), id="tables"),
        pytest.param(
            lambda office: office.related.errors.append(ConfigurationError("a privilege")),
            id="privilege",
        ),
    ],
)
async def test_outage_comes_back_later(office: Office, break_: Callable[[Office], None]) -> None:
    """
    When a system is away a later copy counts the attempt, and then everybody is found.
    """
    office.employ(a_contact_key(1))
    break_(office)

    assert await office.follow(a_company_rename()) == [Outcome.RETRIED]

    [later] = office.queue.related
    assert (later.attempt, office.queue.events) == (1, [])
    assert office.queue.delays[0] is not None
    assert await office.follow(later) == [Outcome.FOLLOWED]
    assert office.pointed() == {a_contact_key(1)}


async def test_vendor_is_waited_for(office: Office) -> None:
    """
    A wait that Dataverse asks for is kept.
    """
    minute = timedelta(minutes=1)
    office.related.errors = [RateLimitedError("the CRM must have time", retry_after=minute)]

    await office.follow(a_company_rename())

    assert office.queue.delays == [minute]


def a_page_of_another(number: int) -> RelatedChanged:
    return a_rename().onwards(Table.CONTACT, f"contacts?{number}")


async def test_outage_stops_the_batch(office: Office) -> None:
    """
    After a page that met an outage the rest goes back untried, and no attempt is counted.
    """
    renames = [a_page_of_another(number) for number in range(GROUPS_AT_ONCE + 2)]
    office.related.errors = [AWAY]

    outcomes = await office.follow(*renames)

    assert outcomes[0] is Outcome.RETRIED
    assert outcomes[1:GROUPS_AT_ONCE] == [Outcome.FOLLOWED] * (GROUPS_AT_ONCE - 1)
    assert outcomes[GROUPS_AT_ONCE:] == [Outcome.RETRIED] * 2
    assert sorted(one.attempt for one in office.queue.related) == [0, 0, 1]
    assert None not in office.queue.delays


async def test_long_batch_goes_back(office: Office) -> None:
    """
    What a function has no time for goes back on the queue at once, as the page that it is.
    """
    office.run_seconds = 1.5
    renames = [a_page_of_another(number) for number in range(GROUPS_AT_ONCE * 2 + 1)]

    outcomes = await office.follow(*renames)

    assert outcomes.count(Outcome.FOLLOWED) == GROUPS_AT_ONCE
    assert len(office.queue.related) == GROUPS_AT_ONCE + 1
    assert {*office.queue.delays} == {None}
    sent = {(one.key, one.cursor) for one in office.queue.related}
    assert sent == {(one.key, one.cursor) for one in renames[GROUPS_AT_ONCE:]}


async def test_rows_are_looked_for_together(office: Office) -> None:
    """
    A hundred companies cost one query, and each person has the pointer of the own company.
    """
    renames = [a_rename() for _ in range(100)]
    for number, rename in enumerate(renames[:3], start=1):
        office.employ(a_contact_key(number), of=rename.key.id)

    assert await office.follow(*renames) == [Outcome.FOLLOWED] * 100

    assert office.related.queries == [(Table.CONTACT, ("parentcustomerid",), 100)]
    assert office.queue.events == [
        rename.point_to(a_contact_key(number)) for number, rename in enumerate(renames[:3], start=1)
    ]


async def test_many_lookups_take_fewer_rows(office: Office) -> None:
    """
    A query stays short however many lookups are mapped.
    """
    targets = [Target.labelled(f"Veld {number}", PropertyKind.PROFILE) for number in range(3)]
    office.mappings.write(
        *(
            Mapping(target, f"new_{number}id", None, Converter.LOOKUP_NAME)
            for number, target in enumerate(targets)
        )
    )

    await office.follow(*(a_rename() for _ in range(120)))

    assert [rows for _, _, rows in office.related.queries] == [50, 50, 20]


async def test_large_companies_go_on_alone(office: Office) -> None:
    """
    Rows that have more people together than a page holds are looked for one by one.
    """
    office.mappings.write(LEAD_COMPANY)
    large, small = a_rename(), a_rename()
    contacts = [a_contact_key(number) for number in range(1, 26)]
    office.employ(*contacts, of=large.key.id)
    office.employ(a_contact_key(26), of=small.key.id)
    office.employ(a_lead_key(27), column="parentaccountid", of=small.key.id)

    outcomes = await office.follow(large, small, size=10)

    assert outcomes == [Outcome.FOLLOWED] * 2
    assert office.pointed() == {a_lead_key(27)}
    alone, office.queue.related = office.queue.related, []
    assert [(one.key, one.among, one.cursor) for one in alone] == [
        (large.key, Table.CONTACT, None),
        (small.key, Table.CONTACT, None),
    ]
    for one in alone:
        await office.follow_to_the_end(one, size=10)
    assert office.pointed() == {*contacts, a_contact_key(26), a_lead_key(27)}
    assert len(office.queue.events) == 27


async def test_both_rows_of_a_person_point(office: Office) -> None:
    """
    Who shows two of the rows gets a pointer of each: the queue may have had one of them before.
    """
    one, two = a_rename(RelatedTable.TEAM), a_rename(RelatedTable.TEAM)
    key = a_contact_key(1)
    office.employ(key, of=one.key.id)
    person = office.crm.rows[key]
    office.crm.put(replace(person, columns={**person.columns, "ownerid": two.key.id}))

    await office.follow(one, two)

    pointers = {event.message_id for event in office.queue.events}
    assert pointers == {rename.point_to(key).message_id for rename in (one, two)}


async def test_group_comes_back_together(office: Office) -> None:
    """
    What failed together comes back together, so that it is one query again; who is spent is parked.
    """
    fresh = [a_rename(attempt=attempt) for attempt in (0, 1)]
    office.related.errors = [AWAY]

    outcomes = await office.follow(*fresh, a_company_rename(attempt=2))

    assert outcomes == [Outcome.RETRIED, Outcome.RETRIED, Outcome.PARKED]
    assert [one.attempt for one in office.queue.related] == [1, 2]
    assert len({*office.queue.delays}) == 1
    assert [*office.parking.parked] == [f"related-account-{COMPANY}"]


async def test_spent_rename_is_parked(office: Office) -> None:
    """
    After the last attempt a rename is parked as the message it is, to begin at the first page.
    """
    event = replace(a_company_rename(attempt=2).onwards(Table.CONTACT, "contacts?x"), attempt=2)
    office.related.errors = [AWAY]

    assert await office.follow(event) == [Outcome.PARKED]

    [parked] = office.parking.parked.values()
    assert parked.id == f"related-account-{COMPANY}"
    assert (parked.reason, parked.attempts, parked.parked_at) == ("TransientError", 2, NOW)
    kept = parked.event
    assert isinstance(kept, RelatedChanged)
    assert (kept.key, kept.attempt, kept.page, kept.cursor) == (event.key, 0, 0, None)
    assert office.queue.related == []


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        pytest.param(
            a_company_rename().onwards(Table.CONTACT, "https://example.com/"),
            "InvalidEventError",
            id="foreign cursor",
        ),
        pytest.param(
            replace(a_company_rename(), among=Table.CONTACT, page=MOST_PAGES),
            "PermanentError",
            id="pages without end",
        ),
    ],
)
async def test_hopeless_rename_is_parked_at_once(
    office: Office, event: RelatedChanged, reason: str
) -> None:
    """
    What can never succeed is parked, and its neighbours are followed.
    """
    office.employ(a_contact_key(1))

    outcomes = await office.follow(event, a_company_rename())

    assert outcomes == [Outcome.PARKED, Outcome.FOLLOWED]
    assert [one.reason for one in office.parking.parked.values()] == [reason]
    assert office.pointed() == {a_contact_key(1)}


@pytest.mark.parametrize("cause", [AWAY, ConfigurationError("the tables' address must be right")])
async def test_unparkable_rename_waits(office: Office, cause: ConnectorError) -> None:
    """
    What cannot be parked now has one attempt left, later.
    """
    event = a_company_rename(attempt=2)
    office.related.errors, office.parking.errors = [AWAY], [cause]

    assert await office.follow(event) == [Outcome.RETRIED]

    [later] = office.queue.related
    assert (later.attempt, later.key) == (2, event.key)
    assert office.queue.delays[0] is not None


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        pytest.param(ConfigurationError("a privilege"), CONFIGURATION, id="configuration"),
        pytest.param(AWAY, "TransientError", id="outage"),
    ],
)
async def test_parked_rename_says_why(office: Office, cause: ConnectorError, reason: str) -> None:
    """
    What an operator must put right is parked under the reason by which it goes on by itself.
    """
    office.related.errors = [cause]

    await office.follow(a_company_rename(attempt=2))

    assert [one.reason for one in office.parking.parked.values()] == [reason]


async def test_followed_rename_leaves_the_parking(office: Office) -> None:
    """
    A rename that goes on after all takes its row along, and what it parked meanwhile stays.
    """
    for row in (COMPANY, an_id(78)):
        parked = park_event(a_rename(RelatedTable.ACCOUNT, row), CONFIGURATION, NOW)
        await office.parking.park(parked)

    assert await office.follow(a_company_rename()) == [Outcome.FOLLOWED]

    assert [*office.parking.parked] == [f"related-account-{an_id(78)}"]


async def test_page_that_goes_on_settles_nothing(office: Office) -> None:
    """
    The last page of one table proves nothing about a page of another that was parked.
    """
    await office.parking.park(park_event(a_company_rename(), CONFIGURATION, NOW))

    going_on = a_company_rename().onwards(Table.CONTACT, None)
    assert await office.follow(going_on) == [Outcome.FOLLOWED]

    assert [*office.parking.parked] == [f"related-account-{COMPANY}"]


async def test_failed_rename_stays_parked(office: Office) -> None:
    """
    As long as the search fails the row is there, with the first time that it was parked.
    """
    await office.parking.park(park_event(a_company_rename(), CONFIGURATION, NOW))
    office.related.errors = [ConfigurationError("a privilege")] * 2

    assert await office.follow(a_company_rename()) == [Outcome.RETRIED]
    assert await office.follow(a_company_rename(attempt=2)) == [Outcome.PARKED]

    [parked] = office.parking.parked.values()
    assert (parked.reason, parked.first_parked_at) == (CONFIGURATION, NOW)


async def test_refusing_queue_is_told(office: Office) -> None:
    """
    When neither Dataverse answers nor the queue takes a copy the batch comes back whole.
    """
    office.related.errors = [AWAY]
    office.queue.errors = [TransientError("service bus must take the event")]

    with pytest.raises(TransientError, match="service bus"):
        await office.follow(a_company_rename(), a_rename())


async def test_nothing_to_follow(office: Office) -> None:
    """
    A batch without renames asks nobody.
    """
    assert await office.follow() == []

    assert office.related.queries == []
