"""What one Spotler account was sent says nothing of another one."""

import pytest

from connector.domain.contact import Account, ExternalId
from connector.domain.event import Change
from connector.domain.missing import must_have_row
from connector.domain.outcome import Outcome
from connector.domain.sync_state import Reason, known_to
from tests.builders import a_change, a_contact_key, a_person
from tests.fakes import FakeMarketing
from tests.unit.application.syncing_world import World

JAN, EVA = a_contact_key(1), a_contact_key(2)
FIRST, SECOND = Account("account-1"), Account("account-2")


@pytest.fixture
async def world() -> World:
    """Return a world in which two contacts are in sync with the first account."""
    world = World()
    for key in (JAN, EVA):
        world.crm.put(a_person(key, email=f"{key.id}@example.nl"))
        await world.sync(a_change(key))

    return world


def connect(world: World, account: Account) -> FakeMarketing:
    """Let an administrator have saved the key of another account; return that one."""
    other = FakeMarketing()
    other.known_as = account
    world.marketing = other

    return other


async def test_another_account_is_sent_who_is_unchanged(world: World) -> None:
    """
    A contact that is in sync with one account is sent to another one, and known as of that one.
    """
    other = connect(world, SECOND)

    assert await world.sync(a_change(JAN)) == [Outcome.SENT]
    assert other.calls == [[ExternalId(JAN.id)]]
    assert world.state(JAN).account == SECOND
    assert await world.sync(a_change(JAN)) == [Outcome.SKIPPED]


async def test_another_account_is_emptied_of_nothing(world: World) -> None:
    """
    A value that was emptied in the CRM was never ours in another account, and stays there.
    """
    other = connect(world, SECOND)
    other.people[ExternalId(JAN.id)] = {"lastName": "Formulier"}
    world.crm.put(a_person(JAN, version=2, email=f"{JAN.id}@example.nl", lastname=None))

    await world.sync(a_change(JAN))

    assert other.people[ExternalId(JAN.id)]["lastName"] == "Formulier"


async def test_back_to_the_first_account(world: World) -> None:
    """
    Who was sent to another account meanwhile is sent to the first one again, and nobody else.
    """
    first = world.marketing
    connect(world, SECOND)
    await world.sync(a_change(JAN))
    world.marketing = first

    assert await world.sync(a_change(JAN), a_change(EVA)) == [Outcome.SENT, Outcome.SKIPPED]


async def test_deletion_ends_in_the_account_of_now(world: World) -> None:
    """
    Who is deleted is ended in the account that is connected, under the id of before.
    """
    other = connect(world, SECOND)
    del world.crm.rows[JAN]

    await world.sync(a_change(JAN, Change.DELETED))

    assert other.withdrawn == [ExternalId(JAN.id)]


async def test_end_in_one_account_is_none_in_another(world: World) -> None:
    """
    Who was deleted or merged while another account was connected ends in the first one too.

    That takes somebody who sends them again, or the next look at the merged row.
    """
    first = world.marketing
    connect(world, SECOND)
    world.crm.put(a_person(EVA, version=2, email=f"{EVA.id}@example.nl", masterid=JAN.id))
    del world.crm.rows[JAN]
    await world.sync(a_change(JAN, Change.DELETED), a_change(EVA))
    world.marketing = first

    await world.sync(a_change(JAN, Change.DELETED, forced=True), a_change(EVA))

    assert {*first.withdrawn} == {ExternalId(JAN.id), ExternalId(EVA.id)}
    assert world.state(JAN).reason == Reason.DELETED
    assert world.state(EVA).reason == Reason.MERGED


async def test_deleted_meanwhile_is_still_in_the_first_account(world: World) -> None:
    """
    Back at the account that had them, who was deleted meanwhile counts as one without a row.
    """
    first = world.marketing
    connect(world, SECOND)
    del world.crm.rows[JAN]
    await world.sync(a_change(JAN, Change.DELETED))
    known = world.state(JAN)

    back = known_to(first.known_as, known)
    assert (known.reason, known.left_in) == (Reason.DELETED, first.known_as)
    assert (must_have_row(back), back.left_in) == (True, None)
    assert not must_have_row(known_to(Account("account-3"), known))


async def test_deleted_in_both_accounts_is_done(world: World) -> None:
    """
    Who was ended in the account that had them is left in none.
    """
    first, second = world.marketing, connect(world, SECOND)
    del world.crm.rows[JAN]
    await world.sync(a_change(JAN, Change.DELETED))
    world.marketing = first
    await world.sync(a_change(JAN, Change.DELETED))

    assert first.withdrawn == second.withdrawn == [ExternalId(JAN.id)]
    assert (world.state(JAN).reason, world.state(JAN).left_in) == (Reason.DELETED, None)
    assert not must_have_row(known_to(SECOND, world.state(JAN)))


async def test_batch_goes_to_one_account(world: World) -> None:
    """
    What is left of a batch when another account is connected comes back, and goes to that one.
    """
    world.crm.put(a_person(JAN, version=2, email=f"{JAN.id}@example.nl", lastname="Vos"))
    world.crm.rows.pop(EVA)
    world.marketing.meanwhile = lambda: setattr(world.marketing, "known_as", SECOND)

    outcomes = await world.sync(a_change(JAN), a_change(EVA, Change.DELETED))

    assert outcomes == [Outcome.SENT, Outcome.RETRIED]
    assert world.state(JAN).account == FIRST
    assert world.marketing.withdrawn == []
    [event] = world.queue.take()
    assert (event.key, event.change) == (EVA, Change.DELETED)


async def test_last_host_to_know_looks_first(world: World) -> None:
    """
    A host that does not know of another account yet learns of it by what others sent to that one.
    """
    host = world.marketing
    other = connect(world, SECOND)
    await world.sync(a_change(JAN))
    world.marketing = host
    host.saved_elsewhere = SECOND
    world.crm.put(a_person(JAN, version=2, email=f"{JAN.id}@example.nl", lastname="Vos"))
    before = len(host.calls)

    assert await world.sync(a_change(JAN)) == [Outcome.RETRIED]

    assert (len(host.calls), len(other.calls)) == (before, 1)
    assert world.state(JAN).account == SECOND
    assert await host.account() == SECOND


async def test_account_of_before_is_looked_at_once(world: World) -> None:
    """
    A host that knows of the other account already goes on: the states are of the one before.
    """
    other = connect(world, SECOND)
    other.saved_elsewhere = SECOND

    assert await world.sync(a_change(JAN), a_change(EVA)) == [Outcome.SENT, Outcome.SENT]
    assert other.saved_elsewhere is None
