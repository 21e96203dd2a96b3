"""A lead that becomes a contact while others write stays one person in Spotler."""

from collections.abc import Callable, Collection, Mapping

import pytest

from connector.domain.contact import (
    Column,
    ExternalId,
    Record,
    RecordId,
    RecordKey,
    Rejection,
    Table,
)
from connector.domain.event import Change
from connector.domain.outcome import Outcome
from connector.domain.sync_state import SyncState, SyncStatus
from tests.builders import a_change, a_contact_key, a_lead_key, a_person
from tests.fakes import FakeCrm, FakeRecords
from tests.unit.application.syncing_world import (
    OPEN,
    QUALIFIED,
    Stale,
    World,
    a_late_worker,
    lose_answer,
)


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.feature("F68")
async def test_late_lead_write_is_repaired(world: World) -> None:
    """
    A worker that still sends the open lead while the contact takes over does not win.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN))
    await world.sync(a_change(lead))
    slow = a_late_worker(world)
    slow.crm.put(a_person(lead, version=2, firstname="Oud", statecode=OPEN))
    world.crm.put(
        a_person(lead, version=3, statecode=QUALIFIED, parentcontactid=contact.id),
        a_person(contact, version=4, originatingleadid=lead.id),
    )
    await world.sync(a_change(contact), a_change(lead))

    outcomes = await slow.sync(a_change(lead))
    await world.settle()

    assert outcomes == [Outcome.RACED]
    assert world.types() == {lead.id: "Contact"}
    assert world.marketing.people[ExternalId(lead.id)]["firstName"] == "Jan"


@pytest.mark.feature("F68")
async def test_late_lead_write_leaves_no_value(world: World) -> None:
    """
    What a late worker fills for the lead goes again when the contact has it no more.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN))
    await world.sync(a_change(lead))
    slow = a_late_worker(world)
    slow.crm.put(a_person(lead, version=2, firstname="Oud", statecode=OPEN))
    world.crm.put(
        a_person(lead, version=3, statecode=QUALIFIED, parentcontactid=contact.id),
        a_person(contact, version=4, originatingleadid=lead.id, firstname=None),
    )
    await world.sync(a_change(contact), a_change(lead))

    await slow.sync(a_change(lead))
    await world.settle()

    assert world.marketing.people[ExternalId(lead.id)].get("firstName") is None


@pytest.mark.feature("F68")
async def test_newcomer_that_was_faster_keeps_its_id(world: World) -> None:
    """
    A claim that meets the contact's own first sync leaves it its id, and the lead's person ends.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN))
    await world.sync(a_change(lead))
    slow = a_late_worker(world)
    world.crm.put(a_person(contact))
    await world.sync(a_change(contact))
    world.crm.put(a_person(lead, version=3, statecode=QUALIFIED, parentcontactid=contact.id))
    slow.crm = world.crm

    await slow.sync(a_change(contact))
    await world.sync(a_change(lead))
    await world.settle()

    assert str(world.state(contact).external_id) == contact.id
    assert {*world.marketing.withdrawn} == {ExternalId(lead.id)}


@pytest.mark.feature("F68")
async def test_heir_deleted_at_once_is_withdrawn(world: World) -> None:
    """
    A contact that is deleted before its first answer came leaves nobody under its lead's id.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN))
    await world.sync(a_change(lead))
    world.crm.put(
        a_person(lead, version=2, statecode=QUALIFIED),
        a_person(contact, originatingleadid=lead.id),
    )
    world.marketing.meanwhile = lose_answer
    await world.sync(a_change(contact))
    del world.crm.rows[contact]

    await world.sync(a_change(contact, Change.DELETED))
    await world.settle()

    assert ExternalId(lead.id) in world.marketing.withdrawn


@pytest.mark.feature("F68")
async def test_claim_lost_halfway_brings_its_lead(world: World) -> None:
    """
    When a contact is deleted between the two writes of a claim, the lead's person ends with it.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=QUALIFIED))
    await world.sync(a_change(lead))
    slow = a_late_worker(world)
    slow.crm.put(a_person(contact, originatingleadid=lead.id))
    await world.sync(a_change(contact, Change.DELETED))

    outcomes = await slow.sync(a_change(contact))
    await world.settle()

    assert outcomes == [Outcome.RACED]
    assert ExternalId(lead.id) in world.marketing.withdrawn


@pytest.mark.feature("F68")
async def test_deleted_lead_is_looked_at_again(world: World) -> None:
    """
    A lead whose claim broke off halfway leaves nobody in Spotler once it is deleted.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(contact))
    await world.sync(a_change(contact))
    world.records.write(SyncState(lead, status=SyncStatus.EXCLUDED, successor=contact.id))

    await world.sync(a_change(lead, Change.DELETED))

    assert world.marketing.withdrawn == [ExternalId(lead.id)]


@pytest.mark.feature("F68")
async def test_states_of_two_moments_are_no_clash(world: World) -> None:
    """
    A lead's state read just before its claim, and the contact's just after, send nobody twice.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN))
    await world.sync(a_change(lead))
    seen = world.state(lead)
    world.crm.put(
        a_person(lead, version=2, statecode=QUALIFIED),
        a_person(contact, originatingleadid=lead.id),
    )
    await world.sync(a_change(contact))
    slow = a_late_worker(world)
    slow.crm, slow.records = world.crm, (stale := Stale(world.records))
    stale.seen[lead] = seen

    outcomes = await slow.sync(a_change(lead, forced=True), a_change(contact, forced=True))
    await world.settle()

    assert outcomes == [Outcome.RACED, Outcome.RACED]
    assert world.types() == {lead.id: "Contact"}


class Moving(FakeCrm):
    """A CRM in which something happens just after the contacts were read for the first time."""

    def __init__(self, happens: Callable[[FakeCrm], None]) -> None:
        super().__init__()
        self._happens = [happens]

    async def list_records(
        self, table: Table, ids: Collection[RecordId], columns: Collection[Column]
    ) -> Mapping[RecordId, Record]:
        rows = await super().list_records(table, ids, columns)
        if rows and table is Table.CONTACT and self._happens:
            self._happens.pop()(self)

        return rows


@pytest.mark.feature("F66", "F68")
@pytest.mark.parametrize("case", ["deleted", "unnamed", "renamed", "there"])
async def test_lead_is_no_contacts_that_was_gone_before(case: str) -> None:
    """
    A contact that names an open lead takes nothing over when it is gone before that is qualified.
    """
    lead, contact = a_lead_key(), a_contact_key()

    def happens(crm: FakeCrm) -> None:
        if case == "deleted":
            del crm.rows[contact]
        if case == "unnamed":
            crm.put(a_person(contact, version=3, email="kees@example.nl"))
        if case == "renamed":
            crm.put(a_person(contact, version=3, originatingleadid=a_lead_key(71).id))
        crm.put(a_person(lead, version=4, statecode=QUALIFIED))

    world = World()
    world.crm = Moving(happens)
    world.crm.put(a_person(lead, statecode=OPEN))
    await world.sync(a_change(lead))
    world.crm.put(a_person(contact, version=2, email="kees@example.nl", originatingleadid=lead.id))

    await world.sync(a_change(contact))
    change = Change.DELETED if case == "deleted" else Change.UPDATED
    await world.sync(a_change(contact, change), a_change(lead))
    await world.settle()

    assert ExternalId(lead.id) not in world.marketing.withdrawn
    types = {
        "deleted": {lead.id: "Lead"},
        "unnamed": {lead.id: "Lead", contact.id: "Contact"},
        "renamed": {lead.id: "Lead", a_lead_key(71).id: "Contact"},
        "there": {lead.id: "Contact"},
    }
    assert world.types() == types[case]


@pytest.mark.feature("F66", "F68")
async def test_contact_is_sent_whose_lead_is_deleted_meanwhile() -> None:
    """
    A contact that lost the link to its lead by the deletion of that is sent, under its own id.
    """
    lead, contact = a_lead_key(), a_contact_key()

    def happens(crm: FakeCrm) -> None:
        """Clear the link of the contact, which has no event, once its lead was read."""
        crm.put(a_person(contact, version=4))

    world = World()
    world.crm = Moving(happens)
    world.crm.put(
        a_person(lead, statecode=QUALIFIED),
        a_person(contact, version=2, originatingleadid=lead.id),
    )

    await world.sync(a_change(contact))
    del world.crm.rows[lead]
    await world.sync(a_change(lead, Change.DELETED))
    await world.settle()

    assert world.types() == {contact.id: "Contact"}
    assert ExternalId(contact.id) not in world.marketing.withdrawn


@pytest.mark.feature("F66", "F68")
@pytest.mark.parametrize("was_sent", [False, True])
async def test_lead_whose_contact_is_deleted_is_who_names_it(*, was_sent: bool) -> None:
    """
    A lead whose contact was deleted before we heard of it is one with the contact that names it.
    """
    lead, contact, gone = a_lead_key(), a_contact_key(11), a_contact_key(12)
    world = World()

    def happens(crm: FakeCrm) -> None:
        """Qualify the lead into one that is deleted at once, which clears the link to it."""
        crm.put(a_person(lead, version=4, statecode=QUALIFIED))

    if was_sent:
        world.crm.put(a_person(contact))
        await world.sync(a_change(contact))
    before, world.crm = world.crm, Moving(happens)
    world.crm.rows = before.rows
    world.crm.put(a_person(lead, statecode=OPEN))
    await world.sync(a_change(lead))
    world.crm.put(a_person(contact, version=2, originatingleadid=lead.id))

    await world.sync(a_change(contact, forced=True))
    await world.sync(a_change(lead), a_change(gone), a_change(gone, Change.DELETED))
    await world.settle()

    ended = {*world.marketing.withdrawn} & world.marketing.people.keys()
    assert ended == ({ExternalId(lead.id)} if was_sent else set())
    assert world.records.rows[lead].successor == contact.id
    carried = contact if was_sent else lead
    assert world.records.rows[contact].external_id == ExternalId(carried.id)


@pytest.mark.feature("F66", "F68")
async def test_lead_is_who_it_was_told_to_be_first(world: World) -> None:
    """
    A lead that was handed over to a contact goes to no other that names it once that is deleted.
    """
    lead, contact, gone = a_lead_key(), a_contact_key(11), a_contact_key(12)
    world.crm.put(
        a_person(lead, statecode=QUALIFIED, parentcontactid=gone.id),
        a_person(gone, originatingleadid=lead.id),
    )
    await world.sync(a_change(lead), a_change(gone))
    del world.crm.rows[gone]
    world.crm.put(
        a_person(lead, version=2, statecode=QUALIFIED),
        a_person(contact, version=3, originatingleadid=lead.id),
    )

    await world.sync(a_change(contact), a_change(lead))
    await world.sync(a_change(gone, Change.DELETED), a_change(contact, forced=True))
    await world.settle()

    ended = {*world.marketing.withdrawn} & world.marketing.people.keys()
    assert ended == {ExternalId(lead.id)}
    assert world.records.rows[lead].successor == gone.id
    assert world.types() == {lead.id: "Contact", contact.id: "Contact"}


class Early(FakeRecords):
    """Shows no state at the first look: somebody writes it just after that."""

    def __init__(self, real: FakeRecords) -> None:
        super().__init__()
        self.rows = real.rows
        self._looks = 0

    async def list_states(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SyncState]:
        self._looks += 1

        return {} if self._looks == 1 else await super().list_states(keys)


@pytest.mark.feature("F68")
async def test_state_of_a_lead_is_not_read_after_its_row(world: World) -> None:
    """
    A lead whose state is written just after we looked is a race, and leaves nothing in the parking.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN))
    world.marketing.rejections[ExternalId(lead.id)] = Rejection("PROPERTY_INVALID")
    await world.sync(a_change(lead))
    assert world.parking.parked
    world.crm.put(
        a_person(lead, version=2, statecode=QUALIFIED, parentcontactid=contact.id),
        a_person(contact, version=3, originatingleadid=lead.id),
    )
    world.marketing.rejections.clear()
    world.records = Early(world.records)

    outcomes = await world.sync(a_change(lead))
    await world.settle()

    assert outcomes == [Outcome.RACED]
    assert world.parking.parked == {}
    assert world.types() == {lead.id: "Contact"}
