"""Spotler's people come to the CRM: who is who, who wins, and that nobody is there twice."""

from dataclasses import replace

import pytest

from connector.domain.agreement import NEVER
from connector.domain.contact import ExternalId, Fingerprint, Table
from connector.domain.converters.unusable import Note
from connector.domain.decision import AddressUntoldError
from connector.domain.errors import ConfigurationError
from connector.domain.spotler_contact import SpotlerContact
from connector.domain.sync_state import Reason, SyncStatus
from connector.domain.tally import Tally
from tests.builders import NOW, a_contact_key, a_lead_key, a_person, an_id
from tests.spotler_people import (
    LONG_AGO,
    a_spotler_contact,
)
from tests.unit.application.people_world import BORN, SHOP, World, a_row, excluded, of_row


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.feature("F39", "F71")
async def test_unknown_person_is_created(world: World) -> None:
    """
    Who is nobody's row becomes a contact, with all that can go back, and keeps the external id.
    """
    world(a_spotler_contact(lastName="Jansen", postalCode="2719ek"))

    tally = await world.run()

    assert tally == Tally(in_sync=1, details={"created": 1})
    columns = world.row(BORN).columns
    assert columns["emailaddress1"] == "sp-1@example.nl"
    assert columns["address1_postalcode"] == "2719 EK"
    assert world.records.rows[BORN].external_id == SHOP


async def test_second_run_creates_nobody(world: World) -> None:
    """
    A person that was created is found again, by the same external id, whatever their address.
    """
    world(a_spotler_contact())
    await world.run()
    world.feed.people = [a_spotler_contact(email="other@example.nl", last_changed=LONG_AGO)]

    tally = await world.run()

    assert tally == excluded("newer_in_dynamics")
    assert len(world.crm.rows) == 1


@pytest.mark.feature("F71")
async def test_known_row_is_changed(world: World) -> None:
    """
    A person whose external id is the id of a contact changes that row, and only what differs.
    """
    world(of_row(firstName="Piet"), crm=(a_row(),))

    tally = await world.run()

    assert tally == Tally(in_sync=1, details={"changed": 1, "field:firstname": 1})
    assert world.row(a_contact_key(1)).columns["firstname"] == "Piet"
    assert world.crm.looked_for == []


async def test_equal_row_is_left(world: World) -> None:
    """
    A person without a difference costs no write.
    """
    world(of_row(), crm=(a_row(),))

    assert await world.run() == Tally(in_sync=1, details={"unchanged": 1})
    assert (world.book.updated, world.book.created) == ([], [])


async def test_newer_row_is_kept(world: World) -> None:
    """
    What changed later in the CRM is never overwritten, and counted.
    """
    world(of_row(firstName="Piet"), crm=(replace(a_row(), modified_on=NOW),))

    assert await world.run() == excluded("newer_in_dynamics")
    assert world.row(a_contact_key(1)).columns["firstname"] == "Jan"


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"lastname": "Nieuw"}, id="a name"),
        pytest.param({"emailaddress1": ""}, id="no address any more"),
    ],
)
async def test_unsent_row_is_kept(world: World, columns: dict[str, str], *, preview: bool) -> None:
    """
    What changed in the CRM after it was last sent stays, though Spotler changed later still.
    """
    row = a_row(1, **columns)
    world(of_row(firstName="Piet"), crm=(row,))
    world.knows(
        row.key,
        status=SyncStatus.IN_SYNC,
        fingerprint=Fingerprint("what was sent"),
        version=row.version - 1,
        external_id=ExternalId(row.key.id),
    )

    assert await world.run(preview=preview) == excluded("newer_in_dynamics")
    assert world.row(row.key) == row


async def test_address_finds_the_row(world: World) -> None:
    """
    Without a known id the address decides, without regard to case, and the two are one for good.
    """
    world(
        a_spotler_contact(email="Row-1@Example.nl", firstName="Piet"),
        crm=(a_row(),),
    )

    tally = await world.run()

    assert tally.details == {"changed": 1, "field:firstname": 1}
    assert world.records.rows[a_contact_key(1)].external_id == SHOP
    assert world.records.rows[BORN].successor == an_id(1)


async def test_address_of_other_letters_finds_the_row(world: World) -> None:
    """
    A domain of other letters than a to z is found as it is written in the CRM.
    """
    address = "jan@b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example"
    world(a_spotler_contact(email=address), crm=(a_row(emailaddress1=address),))

    assert (await world.run()).details == {"unchanged": 1}
    assert len(world.crm.rows) == 1


async def test_linked_person_may_change_address(world: World) -> None:
    """
    Who was found by address once is found by external id from then on.
    """
    world(a_spotler_contact(email="row-1@example.nl", firstName=None), crm=(a_row(),))
    await world.run()
    world.feed.people = [a_spotler_contact(email="new@example.nl", firstName=None)]

    tally = await world.run()

    assert tally.details == {"changed": 1, "field:emailaddress1": 1}
    assert len(world.crm.rows) == 1


async def test_person_without_external_id_is_matched(world: World) -> None:
    """
    A person who never got an external id may have a row by address, and is not linked to it.
    """
    world(
        a_spotler_contact(external_id=None, email="row-1@example.nl", firstName="Piet"),
        crm=(a_row(),),
    )

    assert (await world.run()).details == {"changed": 1, "field:firstname": 1}
    [state] = world.records.rows.values()
    assert (state.key, state.external_id, state.status) == (a_contact_key(1), None, None)


async def test_respelt_id_is_kept(world: World) -> None:
    """
    An external id that is a row's id in capitals is that row, and stays as it is spelt.
    """
    external_id = an_id(1).upper()
    world(a_spotler_contact(external_id=external_id, email="row-1@example.nl"), crm=(a_row(),))

    assert (await world.run()).in_sync == 1
    assert world.records.rows[a_contact_key(1)].external_id == external_id


@pytest.mark.parametrize(
    ("person", "why"),
    [
        pytest.param(a_spotler_contact(temporary=True), "temporary", id="temporary"),
        pytest.param(
            a_spotler_contact(external_id=None, email=None), "no_identity", id="nothing to know by"
        ),
        pytest.param(a_spotler_contact(email=None), "no_email", id="no address"),
        pytest.param(a_spotler_contact(email="jan@"), "invalid_email", id="no usable address"),
        pytest.param(
            a_spotler_contact(external_id=None), "no_external_id", id="nobody's and without an id"
        ),
        pytest.param(
            a_spotler_contact(external_id=".."), "no_external_id", id="an id that is another path"
        ),
        pytest.param(a_spotler_contact(email="row-1@example.nl"), "several_match", id="several"),
        pytest.param(
            a_spotler_contact(email="row-3@example.nl"), "linked_to_another", id="another's row"
        ),
        pytest.param(a_spotler_contact(external_id=an_id(11)), "is_lead", id="an open lead"),
        pytest.param(a_spotler_contact(external_id=an_id(4)), "deleted", id="deleted"),
        pytest.param(a_spotler_contact(external_id=an_id(5)), "deleted", id="gone"),
        pytest.param(
            a_spotler_contact(external_id=an_id(6)), "deleted", id="gone, and tried again"
        ),
        pytest.param(
            a_spotler_contact(external_id=an_id(12)), "deleted", id="an heir that is gone"
        ),
    ],
)
@pytest.mark.parametrize("preview", [False, True])
async def test_left_out(world: World, person: SpotlerContact, why: str, *, preview: bool) -> None:
    """
    Who cannot be told, is somebody's already, a lead, or was deleted, is left out with the reason.
    """
    world(person, crm=(a_row(1), a_row(2, emailaddress1="ROW-1@example.nl"), a_row(3)))
    world.crm.put(a_person(a_lead_key(11), statecode=0))
    world.knows(a_contact_key(3), external_id=an_id(3), status=SyncStatus.IN_SYNC)
    world.knows(a_contact_key(4), status=SyncStatus.EXCLUDED, reason=Reason.DELETED)
    world.knows(a_contact_key(5), status=SyncStatus.IN_SYNC)
    world.knows(a_contact_key(6), status=SyncStatus.FAILING, reason=Reason.RETRIED, version=1)
    world.knows(a_lead_key(12), successor=an_id(4), reason=Reason.HANDED_OVER)

    assert await world.run(preview=preview) == excluded(why)
    assert (world.book.updated, world.book.created) == ([], [])


@pytest.mark.parametrize(
    ("state", "is_made"),
    [
        pytest.param({"version": 1, "reason": "gave_up"}, False, id="gave up"),
        pytest.param({"version": 1, "reason": "no_email"}, False, id="without an address"),
        pytest.param({"version": 1, "reason": "rejected:INVALID"}, False, id="refused"),
        pytest.param({"reason": "not_in_dynamics"}, False, id="missing"),
        pytest.param({"agreement": NEVER}, False, id="came from Spotler"),
        pytest.param({}, True, id="linked, and never made"),
        pytest.param({"reason": "retried"}, True, id="tried again, and never seen"),
    ],
)
async def test_deleted_row_is_not_made_again(
    world: World, state: dict[str, object], *, is_made: bool
) -> None:
    """
    A row that was there and is gone was deleted, whatever became of it; one never made is made.
    """
    world(a_spotler_contact(external_id=SHOP))
    world.knows(BORN, external_id=SHOP, account=world.marketing.known_as, **state)

    tally = await world.run()

    assert (world.book.created == [BORN.id]) is is_made
    assert (tally == excluded("deleted")) is not is_made


@pytest.mark.parametrize("is_known", [False, True])
async def test_qualified_lead_is_its_contact(world: World, *, is_known: bool) -> None:
    """
    Who carries the id of a lead that was qualified is the contact that it became.
    """
    lead = a_lead_key(11)
    world(a_spotler_contact(external_id=lead.id, email="x@example.nl"), crm=(a_row(),))
    if is_known:
        world.knows(lead, successor=an_id(1), reason=Reason.HANDED_OVER)
    else:
        world.crm.put(a_person(lead, statecode=1, parentcontactid=an_id(1)))

    assert (await world.run()).details["changed"] == 1
    assert world.row(a_contact_key(1)).columns["emailaddress1"] == "x@example.nl"


async def test_lost_sign_is_no_obstacle(world: World) -> None:
    """
    Whose row is nowhere, and of whom no row was ever there, is made in a row of their own.
    """
    world(a_spotler_contact())
    world.knows(BORN, external_id=SHOP, successor=an_id(9))

    assert (await world.run()).details == {"created": 1}
    world.feed.people = [a_spotler_contact()]
    assert (await world.run()).details == {"unchanged": 1}


async def test_two_people_are_not_one_row(world: World) -> None:
    """
    Of two who would be one row the one with the id is it, and of two newcomers the first.
    """
    world(
        a_spotler_contact("sp-2", "shop-2", email="row-1@example.nl"),
        of_row(),
        a_spotler_contact("sp-3", "shop-3", email="new@example.nl"),
        a_spotler_contact("sp-4", "shop-4", email="New@example.nl"),
        crm=(a_row(),),
    )

    tally = await world.run()

    assert tally == Tally(2, 2, 0, {"created": 1, "unchanged": 1, "reason:linked_to_another": 2})


async def test_leftover_is_not_the_row(world: World) -> None:
    """
    A Spotler contact under the id of a row that Spotler knows by another id is not that row.
    """
    world(of_row(firstName="Piet"), crm=(a_row(),))
    world.knows(a_contact_key(1), external_id=an_id(11), status=SyncStatus.IN_SYNC)

    assert await world.run() == excluded("linked_to_another")


async def test_secured_address_brings_nobody(world: World) -> None:
    """
    Where our user may not read addresses nobody can be recognised, and nobody is made twice.
    """
    world(a_spotler_contact())
    world.crm.secured = {(Table.CONTACT, "emailaddress1")}

    with pytest.raises(ConfigurationError, match="e-mail address"):
        await world.run()

    assert world.crm.rows == {}


async def test_secured_column_is_not_written_over(world: World) -> None:
    """
    What our user may not read looks empty, and is left as it is; the rest is written.
    """
    world(of_row(firstName="Piet", lastName="Vos"), crm=(a_row(),))
    world.crm.secured = {(Table.CONTACT, "firstname")}

    await world.run()

    columns = world.row(a_contact_key(1)).columns
    assert (columns["firstname"], columns["lastname"]) == ("Jan", "Vos")


@pytest.mark.feature("F39")
@pytest.mark.parametrize("preview", [True, False], ids=["preview", "sync"])
async def test_untold_address_makes_nobody(world: World, preview: bool) -> None:
    """
    Where a contact has the address but does not show it, nobody is made a second time.
    """
    hidden = replace(a_row(), unknown={"emailaddress1": Note.MASKED})
    world(a_spotler_contact(email="row-1@example.nl"), crm=(hidden,))

    with pytest.raises(AddressUntoldError):
        await world.run(preview=preview)

    assert [*world.crm.rows] == [hidden.key]
