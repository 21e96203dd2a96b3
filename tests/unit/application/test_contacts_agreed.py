"""What the CRM says, and Spotler has not got, stays: also in rows that were never sent."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from connector.domain.contact import ColumnValue, Fingerprint, Record, RecordKey
from connector.domain.sync_state import Agreement, SyncStatus
from connector.domain.tally import Tally
from tests.builders import NOW, a_contact_key
from tests.spotler_people import LONG_AGO, FakeContactBook, a_spotler_contact
from tests.unit.application.people_world import BORN, World, a_row, excluded, of_row

ROW = a_contact_key(1)
PIET = {"changed": 1, "field:firstname": 1}


@pytest.fixture
def world() -> World:
    return World()


def in_dynamics(world: World, key: RecordKey, **columns: str | None) -> None:
    """Let somebody change a row of whom no event ever reaches us, before Spotler changes."""
    row = world.crm.rows[key]
    changed = {**row.columns, **columns}
    world.crm.put(replace(row, version=row.version + 1, columns=changed, modified_on=LONG_AGO))


def in_spotler(world: World, **properties: str) -> None:
    """Let somebody change the only person of Spotler's, later than anybody else did."""
    [person] = world.feed.people
    world.feed.people = [replace(person, properties={**person.properties, **properties})]


class Shouting(FakeContactBook):
    """Is the book of a CRM that puts every last name into capitals."""

    def _write(self, row: Record, columns: Mapping[str, ColumnValue]) -> None:
        loud = str(columns.get("lastname", row.value("lastname"))).upper()
        super()._write(row, {**columns, "lastname": loud})
        self.crm.put(replace(self.crm.rows[row.key], modified_on=LONG_AGO))


def new(world: World) -> RecordKey:
    world(a_spotler_contact(lastName="Oud"))

    return BORN


def by_address(world: World) -> RecordKey:
    world(
        a_spotler_contact(email="row-1@example.nl", lastName="Oud"), crm=(a_row(1, lastname="Oud"),)
    )

    return ROW


def without_external_id(world: World) -> RecordKey:
    key = by_address(world)
    world.feed.people = [replace(one, external_id=None) for one in world.feed.people]

    return key


def by_id(world: World) -> RecordKey:
    world(of_row(), crm=(a_row(),))

    return ROW


def written(world: World) -> RecordKey:
    world(of_row(lastName="Anders"), crm=(a_row(),))

    return ROW


PEOPLE = [new, by_address, without_external_id, by_id, written]


@pytest.mark.feature("F71")
@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize("people", PEOPLE)
async def test_edit_after_they_agreed_is_kept(
    world: World, people: Callable[[World], RecordKey], *, preview: bool
) -> None:
    """
    A row that agreed with Spotler and was edited since stays whole, though it was never sent.
    """
    key = people(world)
    await world.run()
    in_dynamics(world, key, lastname="Nieuw")
    in_spotler(world, firstName="Piet")

    assert await world.run(preview=preview) == excluded("newer_in_dynamics")
    assert world.row(key).columns["lastname"] == "Nieuw"


@pytest.mark.parametrize("people", PEOPLE)
async def test_other_edit_holds_up_nothing(
    world: World, people: Callable[[World], RecordKey]
) -> None:
    """
    A row that was touched where Spotler has nothing to say goes on taking what changes there.
    """
    key = people(world)
    await world.run()
    in_dynamics(world, key, annualincome="1")
    in_spotler(world, firstName="Piet")

    assert (await world.run()).details == PIET
    in_spotler(world, firstName="Klaas")
    world.crm.put(replace(world.row(key), modified_on=LONG_AGO))
    assert (await world.run()).details == PIET


async def test_edit_that_spotler_got_ends_it(world: World) -> None:
    """
    Once both say the same again, whoever made them, the next change in Spotler comes over.
    """
    key = new(world)
    await world.run()
    in_dynamics(world, key, lastname="Nieuw")
    assert await world.run() == excluded("newer_in_dynamics")
    in_spotler(world, lastName="Nieuw")
    assert (await world.run()).details == {"unchanged": 1}
    in_spotler(world, firstName="Piet")

    assert (await world.run()).details == PIET


async def test_difference_from_the_beginning_stays(world: World) -> None:
    """
    A row that was newer when it was first compared stays so until Spotler has got what it says.
    """
    world(of_row(lastName="Oud"), crm=(replace(a_row(), modified_on=NOW),))
    assert await world.run() == excluded("newer_in_dynamics")
    world.crm.put(replace(world.row(ROW), modified_on=LONG_AGO))
    in_spotler(world, firstName="Piet")

    assert await world.run() == excluded("newer_in_dynamics")
    assert world.records.rows[ROW].agreement == Agreement(0)
    writes = world.records.writes
    await world.run()
    assert world.records.writes == writes


async def test_value_that_spotler_lacks_is_kept(world: World) -> None:
    """
    What was filled in where Spotler said nothing is not written over when Spotler says something.
    """
    world(a_spotler_contact(firstName=None))
    await world.run()
    in_dynamics(world, BORN, firstname="Jan")
    assert (await world.run()).details == {"unchanged": 1}
    in_spotler(world, firstName="Piet")

    assert await world.run() == excluded("newer_in_dynamics")
    assert world.row(BORN).columns["firstname"] == "Jan"


async def test_what_logic_of_the_crm_made_is_kept(world: World) -> None:
    """
    A row that became something else while we wrote it says what Spotler has not got.
    """
    world(of_row(lastName="oud"), crm=(a_row(),))
    world.book = Shouting(world.crm)
    await world.run()
    in_spotler(world, firstName="Piet")

    assert await world.run() == excluded("newer_in_dynamics")


async def test_nothing_is_noted_twice(world: World) -> None:
    """
    Whoever agrees as before costs no write of our own.
    """
    new(world)
    await world.run()
    writes = world.records.writes

    assert (await world.run()).details == {"unchanged": 1}
    assert world.records.writes == writes


async def test_sent_row_is_judged_by_what_was_sent(world: World) -> None:
    """
    What was sent after both agreed is newer than that: to go back to it is an edit too.
    """
    key = new(world)
    await world.run()
    known = world.records.rows[key]
    world.records.write(
        replace(known, status=SyncStatus.IN_SYNC, fingerprint=Fingerprint("other"), version=9)
    )
    in_spotler(world, lastName="Sent")
    world.crm.put(replace(world.row(key), version=10))

    assert await world.run() == excluded("newer_in_dynamics")


async def test_what_was_refused_is_not_noted(world: World) -> None:
    """
    A new person whom the CRM refused has no row that could agree.
    """
    world(a_spotler_contact())
    world.book.refused = {BORN.id}

    assert await world.run() == Tally(failed=1, details={"reason:rejected": 1})
    assert world.records.rows[BORN].agreement is None
