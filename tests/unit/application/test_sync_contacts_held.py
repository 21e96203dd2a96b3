"""Two hosts and a licence that ends between them: what one holds the other does not lose."""

import pytest

from connector.application.held_events import release_held
from connector.domain.contact import ExternalId, Record, Rejection
from connector.domain.event import Change, RecordChanged
from connector.domain.outcome import Outcome
from connector.domain.parking import LICENCE, park_event
from connector.domain.sync_state import Reason, SyncStatus
from tests.builders import NOW, a_change, a_person
from tests.unit.application.syncing_world import Watched, World


class TwoHosts(World):
    """Is a world in which another host parks what this one does not know of yet."""

    def __init__(self) -> None:
        super().__init__()
        self.person = a_person()
        self.crm.put(self.person)

    @property
    def external_id(self) -> ExternalId:
        return ExternalId(self.person.key.id)

    async def fail(self) -> None:
        """Let the person be refused once, so that they are failing and parked."""
        self.marketing.rejections[self.external_id] = Rejection("PROPERTY_INVALID")
        await self.sync(a_change(self.person.key))
        self.marketing.rejections.clear()

    def park(self, change: Change, reason: str = LICENCE) -> None:
        """Do as the other host does."""
        event = park_event(a_change(self.person.key, change), reason, NOW)
        self.parking.parked[event.id] = event.after(self.parking.parked.get(event.id))

    def delete(self, reason: str = LICENCE) -> None:
        """Delete the row in the CRM; the other host parks that."""
        self.crm.rows.pop(self.person.key)
        self.park(Change.DELETED, reason)

    async def renew(self) -> None:
        """Let everything go on that was held."""
        await release_held(licence=self.gate, held=self.parking, queue=self.queue, most=100)
        await self.settle()

    def parked(self) -> list[tuple[str, Change]]:
        """Return why what is parked."""
        return [
            (one.reason, one.event.change)
            for one in self.parking.parked.values()
            if isinstance(one.event, RecordChanged)
        ]


@pytest.fixture
def world() -> TwoHosts:
    return TwoHosts()


@pytest.mark.parametrize("was_failing", [True, False], ids=["failing", "forced"])
async def test_held_deletion_outlives_a_slow_success(world: TwoHosts, *, was_failing: bool) -> None:
    """
    A deletion that is held while another host still sends the person goes on after renewal.
    """
    if was_failing:
        await world.fail()
    world.marketing.meanwhile = world.delete

    outcomes = await world.sync(a_change(world.person.key, forced=not was_failing))

    assert outcomes == [Outcome.SENT]
    assert world.parked() == [(LICENCE, Change.DELETED)]
    await world.renew()
    assert world.marketing.withdrawn == [world.external_id]
    assert world.state(world.person.key).reason == Reason.DELETED
    assert world.parking.parked == {}


async def test_held_change_outlives_a_slow_success(world: TwoHosts) -> None:
    """
    A change that is held while an older one is being sent goes on after renewal.
    """
    await world.fail()

    def change() -> None:
        columns = {**world.person.columns, "firstname": "Piet"}
        world.crm.put(Record(world.person.key, 9, columns))
        world.park(Change.UPDATED)

    world.marketing.meanwhile = change
    await world.sync(a_change(world.person.key))
    await world.renew()

    assert world.marketing.people[world.external_id]["firstName"] == "Piet"
    assert world.parking.parked == {}


async def test_failure_of_another_keeps_what_is_held(world: TwoHosts) -> None:
    """
    What is held goes on after renewal also when a change of the same person fails after that.
    """
    world.marketing.rejections[world.external_id] = Rejection("PROPERTY_INVALID")
    world.marketing.meanwhile = world.delete

    outcomes = await world.sync(a_change(world.person.key))

    assert outcomes == [Outcome.FAILED]
    assert world.parked() == [(LICENCE, Change.DELETED)]
    await world.renew()
    assert world.state(world.person.key).reason == Reason.DELETED
    assert world.parking.parked == {}


async def test_parked_before_is_settled(world: TwoHosts) -> None:
    """
    What was held before the row was read is settled by a success: the row was newer.
    """
    await world.fail()
    world.park(Change.UPDATED)

    await world.sync(a_change(world.person.key))

    assert world.parking.parked == {}
    assert world.state(world.person.key).status is SyncStatus.IN_SYNC


async def test_nobody_is_in_sync_and_parked(world: TwoHosts) -> None:
    """
    A record counts as in sync only when what was parked of it is gone, not a moment before.
    """
    world.records = records = Watched()
    await world.fail()
    still_parked: list[int] = []
    records.after_save = lambda: still_parked.append(len(world.parking.parked))

    await world.sync(a_change(world.person.key))

    assert still_parked == [0]
    assert world.state(world.person.key).status is SyncStatus.IN_SYNC


async def test_deletion_that_fails_stays_one(world: TwoHosts) -> None:
    """
    A deletion that another host parks in the middle of a success stays parked as a deletion.

    The success loses its race, comes back forced, and leaves a row alone that is hidden from us.
    """
    await world.fail()
    world.crm.hidden.add(world.person.key)

    def delete() -> None:
        world.delete("rejected")
        world.records.write(world.state(world.person.key))

    world.marketing.meanwhile = delete
    outcomes = await world.sync(a_change(world.person.key))
    await world.settle()

    assert outcomes == [Outcome.RACED]
    assert world.parked() == [("rejected", Change.DELETED)]
    assert world.state(world.person.key).status is SyncStatus.FAILING


async def test_deletion_before_a_late_look_stays_one(world: TwoHosts) -> None:
    """
    A deletion that is parked is not settled by a change that does not see the row.
    """
    await world.fail()
    world.crm.hidden.add(world.person.key)
    world.delete("rejected")

    outcomes = await world.sync(a_change(world.person.key, forced=True))

    assert outcomes == [Outcome.SKIPPED]
    assert world.parked() == [("rejected", Change.DELETED)]


async def test_proven_deletion_settles_a_parked_one(world: TwoHosts) -> None:
    """
    A deletion that is parked is settled by a change of a row that the CRM says is deleted.
    """
    await world.fail()
    world.delete("rejected")

    outcomes = await world.sync(a_change(world.person.key, forced=True))

    assert outcomes == [Outcome.EXCLUDED]
    assert world.parked() == []
