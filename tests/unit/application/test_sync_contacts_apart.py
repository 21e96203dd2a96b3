"""A batch while one of the two tables cannot be read: what does not need it goes on."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from connector.domain.connection import OtherOrganisationError
from connector.domain.contact import ExternalId, Record, RecordId, RecordKey, Table
from connector.domain.errors import (
    ConfigurationError,
    ConnectorError,
    RateLimitedError,
    TransientError,
    reading,
)
from connector.domain.event import Change
from connector.domain.outcome import Outcome
from connector.domain.sync_state import Reason, SyncStatus
from tests.builders import a_change, a_contact_key, a_lead_key, a_person
from tests.unit.application.syncing_world import OPEN, QUALIFIED, HalfCrm, World

LEAD, CONTACT = a_lead_key(11), a_contact_key(1)
OTHER_LEAD, OTHER_CONTACT = a_lead_key(12), a_contact_key(2)
REFUSED = ConfigurationError("the application user must have the privilege prvReadLead")

TABLES = pytest.mark.parametrize(
    ("away", "there"), [(LEAD, OTHER_CONTACT), (CONTACT, OTHER_LEAD)], ids=["leads", "contacts"]
)
"""Which row is of the table that cannot be read, and which is of the other one."""


@pytest.fixture
def crm() -> HalfCrm:
    return HalfCrm()


@pytest.fixture
def world(crm: HalfCrm) -> World:
    world = World()
    world.crm = crm
    world.marketing.may_merge = True

    return world


def someone(key: RecordKey, *, version: int = 1, **columns: object) -> Record:
    """Return a person of whom nobody else has the address."""
    plain = {"email": f"{key.id[:8]}@example.nl", "statecode": OPEN} | columns

    return a_person(key, version=version, **plain)  # type: ignore[arg-type] # each is a value


async def begin(world: World, *people: Record) -> None:
    world.crm.put(*people)
    await world.sync(*(a_change(one.key) for one in people))


@TABLES
@pytest.mark.parametrize(
    "cause", [REFUSED, TransientError("the CRM must answer in time")], ids=["refused", "late"]
)
async def test_others_go_on_at_once(
    world: World, crm: HalfCrm, away: RecordKey, there: RecordKey, cause: ConnectorError
) -> None:
    """
    Whoever changed in the table that can be read goes over; the others come back with the cause.
    """
    await begin(world, someone(away), someone(there))
    world.crm.put(someone(away, version=2, firstname="Piet"))
    world.crm.put(someone(there, version=2, lastname="B"))
    crm.away = away.table, cause

    outcomes = await world.sync(a_change(away), a_change(there))
    names = world.marketing.people[ExternalId(there.id)]["lastName"]
    crm.away = None
    waiting = [event.key for event in world.queue.events]
    await world.settle()

    assert outcomes == [Outcome.RETRIED, Outcome.SENT]
    assert (names, waiting) == ("B", [away])
    assert world.marketing.people[ExternalId(away.id)]["firstName"] == "Piet"


@TABLES
async def test_known_row_that_is_deleted_is_withdrawn(
    world: World, crm: HalfCrm, away: RecordKey, there: RecordKey
) -> None:
    """
    Of a row that we saw ourselves nobody has to tell whose id it is.
    """
    await begin(world, someone(away), someone(there))
    del world.crm.rows[there]
    crm.away = away.table, REFUSED

    outcomes = await world.sync(a_change(away), a_change(there, Change.DELETED))

    assert outcomes == [Outcome.RETRIED, Outcome.WITHDRAWN]
    assert world.marketing.withdrawn == [ExternalId(there.id)]
    assert world.state(there).reason == Reason.DELETED


@TABLES
async def test_strange_row_that_is_deleted_waits(
    world: World, crm: HalfCrm, away: RecordKey, there: RecordKey
) -> None:
    """
    The id of a row that we never saw may be somebody's of the other table: that is looked up first.
    """
    stays = someone(RecordKey(there.table, a_contact_key(3).id))
    await begin(world, stays)
    crm.away = away.table, REFUSED

    outcomes = await world.sync(a_change(there, Change.DELETED), a_change(stays.key))
    crm.away = None
    await world.settle()

    assert outcomes == [Outcome.RETRIED, Outcome.SKIPPED]
    assert world.marketing.withdrawn == [ExternalId(there.id)]


async def test_new_contact_waits_alone(world: World, crm: HalfCrm) -> None:
    """
    A new contact has to know which lead they were; one that is known already goes over.
    """
    known, new = someone(CONTACT), someone(OTHER_CONTACT, originatingleadid=LEAD.id)
    await begin(world, someone(LEAD), known)
    world.crm.put(someone(LEAD, version=2, statecode=QUALIFIED, parentcontactid=new.key.id), new)
    world.crm.put(replace(known, version=2, columns={**known.columns, "firstname": "Piet"}))
    crm.away = Table.LEAD, REFUSED

    outcomes = await world.sync(a_change(new.key), a_change(known.key))
    crm.away = None
    await world.settle()

    assert outcomes == [Outcome.RETRIED, Outcome.SENT]
    assert world.types() == {LEAD.id: "Contact", CONTACT.id: "Contact"}


async def test_qualified_lead_waits_alone(world: World, crm: HalfCrm) -> None:
    """
    A lead whose contact cannot be read waits; one that is open goes over.
    """
    await begin(world, someone(LEAD), someone(OTHER_LEAD))
    world.crm.put(
        someone(CONTACT, originatingleadid=LEAD.id),
        someone(LEAD, version=2, statecode=QUALIFIED, parentcontactid=CONTACT.id),
        someone(OTHER_LEAD, version=2, firstname="Piet"),
    )
    crm.away = Table.CONTACT, REFUSED

    outcomes = await world.sync(a_change(LEAD), a_change(OTHER_LEAD))
    crm.away = None
    await world.settle()

    assert outcomes == [Outcome.RETRIED, Outcome.SENT]
    assert world.types() == {LEAD.id: "Contact", OTHER_LEAD.id: "Lead"}


async def test_heir_that_is_deleted_is_withdrawn(world: World, crm: HalfCrm) -> None:
    """
    A contact that carries on the id of its lead ends under that id, also unread.
    """
    await _hand_over(world)
    del world.crm.rows[CONTACT]
    crm.away = Table.LEAD, REFUSED

    outcomes = await world.sync(a_change(OTHER_LEAD), a_change(CONTACT, Change.DELETED))

    assert outcomes == [Outcome.RETRIED, Outcome.WITHDRAWN]
    assert ExternalId(LEAD.id) in world.marketing.withdrawn


async def test_gone_rows_wait_for_nobody_alive(world: World, crm: HalfCrm) -> None:
    """
    Who is deleted or merged ends at once beside a contact that leaves a place of its own behind.

    That one is alive, and waits for the other table: somebody of it may have the place.
    """
    await _hand_over(world)
    gone, merged, master = [someone(a_contact_key(number)) for number in (20, 21, 22)]
    await begin(world, gone, merged, master)
    world.marketing.people[ExternalId(CONTACT.id)] = {"email": "form@example.nl"}
    world.crm.put(someone(merged.key, version=2, masterid=master.key.id))
    del world.crm.rows[gone.key]
    crm.away = Table.LEAD, REFUSED

    outcomes = await world.sync(
        a_change(CONTACT, forced=True), a_change(merged.key), a_change(gone.key, Change.DELETED)
    )

    assert outcomes == [Outcome.RETRIED, Outcome.MERGED, Outcome.WITHDRAWN]
    assert {*world.marketing.withdrawn} == {ExternalId(one.key.id) for one in (merged, gone)}


async def test_deleted_row_waits_for_who_shares_it_for_a_moment(world: World, crm: HalfCrm) -> None:
    """
    A table that merely does not answer now is waited for before somebody's permissions end.
    """
    await begin(world, someone(CONTACT))
    del world.crm.rows[CONTACT]
    crm.away = Table.LEAD, TransientError("the CRM must answer in time")

    outcomes = await world.sync(a_change(CONTACT, Change.DELETED))
    withdrawn = [*world.marketing.withdrawn]
    crm.away = None
    await world.settle()

    assert (outcomes, withdrawn) == ([Outcome.RETRIED], [])
    assert world.marketing.withdrawn == [ExternalId(CONTACT.id)]


@TABLES
async def test_refused_table_that_nothing_waits_for_is_told(
    world: World, crm: HalfCrm, away: RecordKey, there: RecordKey
) -> None:
    """
    Who is deleted ends at once, and that the other table may not be read is told all the same.
    """
    await begin(world, someone(there))
    del world.crm.rows[there]
    crm.away = away.table, REFUSED

    outcomes = await world.sync(a_change(there, Change.DELETED))

    assert outcomes == [Outcome.WITHDRAWN]
    assert world.causes == [REFUSED]


async def test_merged_row_tells_of_a_refused_table(world: World, crm: HalfCrm) -> None:
    """
    A merge is settled at once, and that nobody of the other table was looked at is told.
    """
    merged, master = someone(CONTACT), someone(OTHER_CONTACT)
    await begin(world, merged, master)
    world.marketing.people[ExternalId(CONTACT.id)]["email"] = "shared@example.nl"
    world.crm.put(someone(CONTACT, version=2, masterid=OTHER_CONTACT.id))
    crm.away = Table.LEAD, REFUSED

    outcomes = await world.sync(a_change(CONTACT))

    assert outcomes == [Outcome.MERGED]
    assert REFUSED in world.causes


@pytest.mark.parametrize(
    ("cause", "is_told"),
    [(REFUSED, True), (TransientError("the CRM must answer in time"), False)],
    ids=["refused", "late"],
)
async def test_contact_that_is_gone_meanwhile_tells_of_refused_leads(
    world: World, crm: HalfCrm, cause: ConnectorError, *, is_told: bool
) -> None:
    """
    Where nothing waits for a table in the end, it is told if an operator must open it.
    """
    world.crm.put(someone(CONTACT))

    async def vanish(contacts: Collection[RecordId]) -> Mapping[RecordId, RecordId]:
        if contacts:
            del world.crm.rows[CONTACT]
            with reading(Table.LEAD):
                raise cause

        return {}

    crm.find_originating_leads = vanish  # type: ignore[method-assign]

    await world.sync(a_change(CONTACT))

    assert (cause in world.causes) == is_told


async def test_heir_that_is_back_waits(world: World, crm: HalfCrm) -> None:
    """
    A contact that is restored, and had the id of its lead, waits: that may be a lead again.
    """
    await _hand_over(world)
    contact = world.crm.rows.pop(CONTACT)
    await world.sync(a_change(CONTACT, Change.DELETED))
    await world.settle()
    known = someone(OTHER_CONTACT)
    await begin(world, known)
    world.crm.put(someone(LEAD, version=3), contact)
    crm.away = Table.LEAD, REFUSED

    outcomes = await world.sync(a_change(CONTACT), a_change(known.key))
    crm.away = None
    await world.settle()

    assert outcomes == [Outcome.RETRIED, Outcome.SKIPPED]


@pytest.mark.parametrize(
    "cause",
    [
        RateLimitedError("the CRM must have time", retry_after=timedelta(seconds=9)),
        OtherOrganisationError(),
    ],
    ids=["limit", "other organisation"],
)
async def test_what_is_of_both_tables_costs_no_second_look(
    world: World, crm: HalfCrm, cause: ConnectorError
) -> None:
    """
    A limit is of the whole system, and so is whose it is: nothing more is asked then.
    """
    await begin(world, someone(LEAD), someone(CONTACT))
    crm.queries.clear()
    crm.away = Table.LEAD, cause

    outcomes = await world.sync(a_change(LEAD), a_change(CONTACT))

    assert outcomes == [Outcome.RETRIED] * 2
    assert (crm.queries, crm.vain) == ([], 1)


async def test_row_that_goes_meanwhile_waits_for_nobody(world: World, crm: HalfCrm) -> None:
    """
    A new contact that is gone when it is looked at without the leads needs them no more.
    """
    world.crm.put(someone(CONTACT))

    async def vanish(contacts: Collection[RecordId]) -> Mapping[RecordId, RecordId]:
        if contacts:
            del world.crm.rows[CONTACT]
            with reading(Table.LEAD):
                raise REFUSED

        return {}

    crm.find_originating_leads = vanish  # type: ignore[method-assign]

    assert await world.sync(a_change(CONTACT)) == [Outcome.SKIPPED]
    assert world.queue.events == []


async def test_nothing_left_costs_no_second_look(world: World, crm: HalfCrm) -> None:
    """
    Where all of a batch needs the table it comes back as it is.
    """
    world.crm.put(someone(LEAD))
    crm.away = Table.LEAD, REFUSED

    outcomes = await world.sync(a_change(LEAD))

    assert outcomes == [Outcome.RETRIED]
    assert (crm.queries, crm.vain) == ([], 1)


async def test_both_tables_away_wait_once(world: World, crm: HalfCrm) -> None:
    """
    When the other table fails too everything comes back, each once.
    """
    world.crm.put(someone(LEAD), someone(CONTACT))
    crm.away = Table.LEAD, REFUSED
    crm.errors = [TransientError("the CRM must answer")]

    outcomes = await world.sync(a_change(LEAD), a_change(CONTACT))

    assert outcomes == [Outcome.RETRIED] * 2
    assert sorted(event.key for event in world.queue.events) == sorted([CONTACT, LEAD])


async def test_what_waits_to_the_end_is_parked(world: World, crm: HalfCrm) -> None:
    """
    What waited in vain for its table is parked for an operator, and its neighbour is sent.
    """
    await begin(world, someone(LEAD), someone(CONTACT))
    world.crm.put(someone(CONTACT, version=2, firstname="Piet"))
    crm.away = Table.LEAD, REFUSED

    outcomes = await world.sync(a_change(LEAD, attempt=9), a_change(CONTACT))

    assert outcomes == [Outcome.PARKED, Outcome.SENT]
    assert (world.state(LEAD).status, world.state(LEAD).reason) == (SyncStatus.FAILING, "gave_up")
    assert world.parking.parked.keys() == {f"lead-{LEAD.id}"}


async def _hand_over(world: World) -> None:
    await begin(world, someone(LEAD))
    world.crm.put(
        someone(CONTACT, originatingleadid=LEAD.id),
        someone(LEAD, version=2, statecode=QUALIFIED, parentcontactid=CONTACT.id),
    )
    await world.sync(a_change(LEAD), a_change(CONTACT))


@pytest.mark.feature("F66")
@TABLES
async def test_merged_row_is_retired_without_the_other_table(
    world: World, crm: HalfCrm, away: RecordKey, there: RecordKey
) -> None:
    """
    Who is merged waits for nothing that the CRM refuses to tell: nobody who is gone is mailed.
    """
    master = someone(RecordKey(there.table, a_contact_key(3).id))
    await begin(world, someone(there), master)
    world.crm.put(someone(there, version=2, masterid=master.key.id))
    crm.away = away.table, REFUSED

    outcomes = await world.sync(a_change(there))

    assert outcomes == [Outcome.MERGED]
    assert world.marketing.withdrawn == [ExternalId(there.id)]
    assert world.state(there).reason == Reason.MERGED


@pytest.mark.feature("F66")
@TABLES
async def test_merged_row_waits_for_a_table_that_is_late(
    world: World, crm: HalfCrm, away: RecordKey, there: RecordKey
) -> None:
    """
    While the other table merely does not answer a merged row waits, and is not told as over.
    """
    master = someone(RecordKey(there.table, a_contact_key(3).id))
    await begin(world, someone(there), master)
    world.crm.put(someone(there, version=2, masterid=master.key.id))
    crm.away = away.table, TransientError("the CRM must answer in time")

    told = []
    for attempt in (0, 1):
        assert await world.sync(a_change(there, attempt=attempt)) == [Outcome.RETRIED]
        told.append((world.state(there).status, world.state(there).reason))
    withdrawn = [*world.marketing.withdrawn]
    crm.away = None
    await world.settle()

    assert told == [(SyncStatus.IN_SYNC, None), (SyncStatus.FAILING, Reason.RETRIED)]
    assert (withdrawn, world.marketing.withdrawn) == ([], [ExternalId(there.id)])
    assert world.state(there).reason == Reason.MERGED
