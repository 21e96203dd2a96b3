"""The story of a batch: what ends in Spotler, in the states, on the queue and in the parking."""

from dataclasses import replace

import pytest

from connector.domain.contact import ExternalId, Rejection
from connector.domain.decision import OnDelete
from connector.domain.errors import TransientError
from connector.domain.event import Change, RecordChanged
from connector.domain.outcome import Outcome
from connector.domain.parking import LICENCE
from connector.domain.sync_state import SyncState, SyncStatus
from tests.builders import a_catalogue, a_change, a_contact_key, a_person, a_property
from tests.unit.application.syncing_world import (
    Remembering,
    World,
    a_late_worker,
    someone_else_writes,
)


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.feature("F66", "F67")
async def test_new_contact_is_sent(world: World) -> None:
    """
    A created contact stands in Spotler under its own id, with Type Contact.
    """
    person = a_person()
    world.crm.put(person)

    outcomes = await world.sync(a_change(person.key, Change.CREATED))

    assert outcomes == [Outcome.SENT]
    assert world.types() == {person.key.id: "Contact"}
    assert world.state(person.key).status is SyncStatus.IN_SYNC


async def test_record_gone_is_skipped(world: World) -> None:
    """
    A record deleted before its update event arrives is not an error.
    """
    [outcome] = await world.sync(a_change())

    assert outcome is Outcome.SKIPPED
    assert world.marketing.calls == []


async def test_burst_is_one_call(world: World) -> None:
    """
    A hundred hints on fifty people cost one query and one call, and each gets its outcome.
    """
    people = [a_person() for _ in range(50)]
    world.crm.put(*people)
    events = [a_change(person.key) for person in people * 2]

    outcomes = await world.sync(*events)

    assert outcomes == [Outcome.SENT] * 100
    assert len(world.marketing.calls) == 1
    assert world.crm.queries == [("contact", 50)]


async def test_unchanged_record_costs_no_call(world: World) -> None:
    """
    An event that changes nothing for Spotler is not sent, and its version is noted once.
    """
    person = a_person()
    world.crm.put(person)
    await world.sync(a_change(person.key))
    world.crm.put(replace(person, version=9))

    first = await world.sync(a_change(person.key))
    writes = world.records.writes
    second = await world.sync(a_change(person.key))

    assert first == second == [Outcome.SKIPPED]
    assert len(world.marketing.calls) == 1
    assert world.state(person.key).version == 9
    assert world.records.writes == writes


async def test_forced_event_never_skips(world: World) -> None:
    """
    A forced event is sent even when the fingerprint says that nothing changed.
    """
    person = a_person()
    world.crm.put(person)
    await world.sync(a_change(person.key))

    outcomes = await world.sync(a_change(person.key, forced=True))

    assert outcomes == [Outcome.SENT]
    assert len(world.marketing.calls) == 2


async def test_lost_race_comes_back_forced(world: World) -> None:
    """
    Whoever finds the state changed by another worker sends the pointer again, forced.
    """
    person = a_person()
    world.crm.put(person)
    world.marketing.meanwhile = lambda: someone_else_writes(world, person.key)

    outcomes = await world.sync(a_change(person.key))

    assert outcomes == [Outcome.RACED]
    [event] = world.queue.events
    assert (event.key, event.forced, event.attempt) == (person.key, True, 0)


async def test_late_older_write_is_repaired(world: World) -> None:
    """
    A worker that sends an older row after a newer one was synced ends with the newer one.
    """
    old = a_person(firstname="Jan", version=1)
    new = replace(old, version=2, columns={**old.columns, "firstname": "Piet"})
    world.crm.put(old)
    await world.sync(a_change(old.key))
    slow = a_late_worker(world)
    slow.crm.put(replace(old, version=2, columns={**old.columns, "firstname": "Kees"}))
    world.crm.put(replace(new, version=3))
    await world.sync(a_change(old.key))

    await slow.sync(a_change(old.key))
    await world.settle()

    assert world.marketing.people[ExternalId(old.key.id)]["firstName"] == "Piet"


@pytest.mark.feature("F112")
async def test_bad_record_spares_neighbours(world: World) -> None:
    """
    One record that Spotler refuses fails alone, with the reason, and waits in the parking.
    """
    good, bad = a_person(), a_person()
    world.crm.put(good, bad)
    world.marketing.rejections[ExternalId(bad.key.id)] = Rejection("PROPERTY_INVALID", "city")

    outcomes = await world.sync(a_change(good.key), a_change(bad.key))

    assert outcomes == [Outcome.SENT, Outcome.FAILED]
    assert world.state(bad.key).reason == "rejected:PROPERTY_INVALID:city"
    assert [parked.reason for parked in world.parking.parked.values()] == [
        "rejected:PROPERTY_INVALID:city"
    ]


@pytest.mark.feature("F112")
@pytest.mark.parametrize("forced", [False, True])
async def test_who_opted_out_is_excluded(world: World, *, forced: bool) -> None:
    """
    Who left Spotler is excluded, whatever failed before; the next change is sent, whatever it says.
    """
    person = a_person()
    world.crm.put(person)
    world.marketing.rejections[ExternalId(person.key.id)] = Rejection("PROPERTY_INVALID")
    await world.sync(a_change(person.key))
    world.marketing.rejections[ExternalId(person.key.id)] = Rejection("CONTACT_OPTOUT")

    outcomes = await world.sync(replace(a_change(person.key), forced=forced))

    assert outcomes == [Outcome.EXCLUDED]
    state = world.state(person.key)
    assert (state.status, state.reason) == (SyncStatus.EXCLUDED, "rejected:CONTACT_OPTOUT")
    assert (state.fingerprint, world.parking.parked) == (None, {})
    world.marketing.rejections.clear()
    assert await world.sync(a_change(person.key)) == [Outcome.SENT]


async def test_shared_id_spares_neighbours(world: World) -> None:
    """
    Of two rows that have one external id, as a row that was restored may, one alone fails.
    """
    first, second, other = a_person(), a_person(), a_person()
    world.crm.put(first, second, other)
    world.records.write(SyncState(second.key, external_id=ExternalId(first.key.id)))

    outcomes = await world.sync(*(a_change(one.key) for one in (first, second, other)))

    assert sorted(outcomes) == [Outcome.FAILED, Outcome.SENT, Outcome.SENT]
    assert [one.reason for one in world.parking.parked.values()] == ["rejected:EXTERNAL_ID_TAKEN"]


async def test_success_releases_the_parked(world: World) -> None:
    """
    A record that is accepted after it failed is in sync, and nothing of it waits any more.
    """
    person = a_person()
    world.crm.put(person)
    world.marketing.rejections[ExternalId(person.key.id)] = Rejection("PROPERTY_INVALID")
    await world.sync(a_change(person.key))
    world.marketing.rejections.clear()

    outcomes = await world.sync(a_change(person.key))

    assert outcomes == [Outcome.SENT]
    assert world.parking.parked == {}
    assert world.state(person.key).status is SyncStatus.IN_SYNC


@pytest.mark.parametrize(
    ("email", "reason"),
    [
        pytest.param(None, "no_email", id="missing"),
        pytest.param("jan@", "invalid_email", id="unusable"),
    ],
)
@pytest.mark.feature("F112")
async def test_bad_email_excludes(world: World, email: str | None, reason: str) -> None:
    """
    A record without a usable e-mail address is excluded with the reason, and noted once.
    """
    person = a_person(email=email)
    world.crm.put(person)

    outcomes = await world.sync(a_change(person.key))
    writes = world.records.writes
    again = await world.sync(a_change(person.key))

    assert outcomes == again == [Outcome.EXCLUDED]
    assert (world.state(person.key).status, world.state(person.key).reason) == (
        SyncStatus.EXCLUDED,
        reason,
    )
    assert world.records.writes == writes


async def test_reverted_value_is_released(world: World) -> None:
    """
    A refused change that is undone is in sync again, and nothing of it waits any more.
    """
    person = a_person()
    world.crm.put(person)
    await world.sync(a_change(person.key))
    world.crm.put(replace(person, version=2, columns={**person.columns, "firstname": "?"}))
    world.marketing.rejections[ExternalId(person.key.id)] = Rejection("PROPERTY_INVALID")
    await world.sync(a_change(person.key))
    world.crm.put(replace(person, version=3))

    outcomes = await world.sync(a_change(person.key))

    assert outcomes == [Outcome.SKIPPED]
    assert world.state(person.key).status is SyncStatus.IN_SYNC
    assert world.parking.parked == {}


async def test_refused_withdrawal_is_parked(world: World) -> None:
    """
    A withdrawal that Spotler refuses for good fails alone and waits for a person, with its code.
    """
    gone, alive = a_contact_key(), a_person()
    world.crm.put(alive)
    world.marketing.refuses_to_end = True

    outcomes = await world.sync(a_change(gone, Change.DELETED), a_change(alive.key))

    assert outcomes == [Outcome.FAILED, Outcome.SENT]
    reasons = [parked.reason for parked in world.parking.parked.values()]
    assert reasons == [world.state(gone).reason] == ["rejected:CONTACT_OPTOUT"]


@pytest.mark.parametrize(
    ("policy", "outcome", "withdrawn", "anonymised"),
    [
        pytest.param(OnDelete.WITHDRAW, Outcome.WITHDRAWN, 1, 0, id="withdraw"),
        pytest.param(OnDelete.ANONYMISE, Outcome.WITHDRAWN, 0, 1, id="anonymise"),
        pytest.param(OnDelete.KEEP, Outcome.EXCLUDED, 0, 0, id="keep"),
    ],
)
async def test_deleted_record_ends(
    policy: OnDelete, outcome: Outcome, withdrawn: int, anonymised: int
) -> None:
    """
    A deleted row ends its Spotler contact as the setting says, once for each time it is told.

    The row may have been back in between, and the contact been given a permission.
    """
    world = World(policy)
    person = a_person()
    world.crm.put(person)
    await world.sync(a_change(person.key))
    del world.crm.rows[person.key]

    first = await world.sync(a_change(person.key, Change.DELETED))
    ended = (len(world.marketing.withdrawn), len(world.marketing.anonymised))
    looked_at = await world.sync(a_change(person.key))
    second = await world.sync(a_change(person.key, Change.DELETED))

    assert (first, looked_at, second) == ([outcome], [Outcome.SKIPPED], [outcome])
    assert ended == (withdrawn, anonymised)
    assert (len(world.marketing.withdrawn), len(world.marketing.anonymised)) == (
        2 * withdrawn,
        2 * anonymised,
    )
    assert world.state(person.key).reason == "deleted"


async def test_unseen_row_is_left_alone(world: World) -> None:
    """
    A forced change of a row that is hidden from us withdraws nothing.
    """
    key = a_contact_key()
    world.crm.hidden.add(key)

    outcomes = await world.sync(a_change(key, forced=True))

    assert outcomes == [Outcome.SKIPPED]
    assert world.marketing.withdrawn == []


async def test_row_that_is_proven_gone_is_withdrawn(world: World) -> None:
    """
    A forced change of a row that the CRM says is deleted is a deletion that nobody told of.
    """
    person = a_person()
    world.crm.put(person)
    await world.sync(a_change(person.key))
    del world.crm.rows[person.key]

    unforced = await world.sync(a_change(person.key))
    forced = await world.sync(a_change(person.key, forced=True))

    assert (unforced, forced) == ([Outcome.SKIPPED], [Outcome.WITHDRAWN])
    assert world.marketing.withdrawn == [ExternalId(person.key.id)]
    assert world.state(person.key).reason == "deleted"


async def test_false_delete_is_a_change(world: World) -> None:
    """
    A delete event whose row is still there withdraws nothing: the row is synced.
    """
    person = a_person()
    world.crm.put(person)

    outcomes = await world.sync(a_change(person.key, Change.DELETED))

    assert outcomes == [Outcome.SENT]
    assert world.marketing.withdrawn == []


async def test_deleted_then_back_is_sent(world: World) -> None:
    """
    A person whose row comes back after a deletion is sent again.
    """
    person = a_person()
    world.crm.put(person)
    await world.sync(a_change(person.key))
    del world.crm.rows[person.key]
    await world.sync(a_change(person.key, Change.DELETED))
    world.crm.put(person)

    outcomes = await world.sync(a_change(person.key, Change.CREATED))

    assert outcomes == [Outcome.SENT]


async def test_newest_permission_is_withdrawn(world: World) -> None:
    """
    Before somebody is ended the fields are read anew: a permission made just now ends as well.
    """
    world.marketing = marketing = Remembering()
    person = a_person()
    world.crm.put(person)
    await world.sync(a_change(person.key))
    marketing.catalogue = (*a_catalogue()[:-1], a_property("permissions", bits=(1, 2, 4)))
    del world.crm.rows[person.key]

    await world.sync(a_change(person.key, Change.DELETED))

    assert marketing.off == {1, 2, 4}


async def test_row_back_for_a_moment_is_withdrawn(world: World) -> None:
    """
    Who sends a row that was deleted, came back and was deleted again loses to the last deletion.
    """
    person = a_person()
    await world.sync(a_change(person.key, Change.DELETED))
    slow = a_late_worker(world)
    slow.crm.put(person)
    await world.sync(a_change(person.key, Change.DELETED))

    outcomes = await slow.sync(a_change(person.key, Change.CREATED))
    await world.settle()

    assert outcomes == [Outcome.RACED]
    assert world.marketing.withdrawn == [ExternalId(person.key.id)] * 3
    assert world.state(person.key).reason == "deleted"


async def test_no_licence_holds_everything() -> None:
    """
    Without a licence nothing is read or sent; each record is held once, a deletion as one.
    """
    world = World()
    world.gate.allows = False
    person, gone = a_person(), a_contact_key()
    world.crm.put(person)

    outcomes = await world.sync(
        a_change(person.key), a_change(gone, Change.DELETED), a_change(gone), a_change(person.key)
    )

    assert outcomes == [Outcome.HELD] * 4
    assert (world.crm.queries, world.marketing.calls, world.queue.events) == ([], [], [])
    held = [
        (one.event.key, one.event.change, one.reason)
        for one in world.parking.parked.values()
        if isinstance(one.event, RecordChanged)
    ]
    assert held == [(person.key, Change.UPDATED, LICENCE), (gone, Change.DELETED, LICENCE)]


async def test_unknown_licence_comes_back() -> None:
    """
    When nobody can tell what the licence allows, the events come back later.
    """
    world = World()
    world.gate.errors.append(TransientError("table storage must be reachable"))

    assert await world.sync(a_change()) == [Outcome.RETRIED]
    assert len(world.queue.events) == 1
