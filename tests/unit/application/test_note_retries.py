"""Whom a system keeps waiting for long is not shown as in sync, and no longer than that."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import pytest

from connector.domain.contact import ExternalId, RecordKey
from connector.domain.errors import ConfigurationError, ConnectorError, System, TransientError
from connector.domain.event import Change
from connector.domain.outcome import Outcome
from connector.domain.sync_state import Reason, SyncState, SyncStatus
from tests.builders import a_change, a_contact_key, a_person
from tests.fakes import FakeRecords
from tests.unit.application.syncing_world import Refusing, World

CONTACT = a_contact_key(1)
DOWN = TransientError("dataverse answered 503")
RETRIED = (SyncStatus.FAILING, Reason.RETRIED)


class Unnoting(FakeRecords):
    """Cannot write down that a record is tried again."""

    async def save(self, states: Sequence[SyncState]) -> Collection[RecordKey]:
        if any(one.reason == Reason.RETRIED for one in states):
            raise TransientError("table storage must be reachable")

        return await super().save(states)


@pytest.fixture
async def world() -> World:
    """Return a world in which somebody is in sync, and was edited since."""
    world = World()
    world.crm.put(a_person(CONTACT))
    await world.sync(a_change(CONTACT))
    world.crm.put(a_person(CONTACT, version=2, firstname="Piet"))

    return world


def standing(world: World, key: RecordKey = CONTACT) -> tuple[SyncStatus | None, str | None]:
    state = world.state(key)

    return state.status, state.reason


@pytest.mark.parametrize(
    "cause",
    [DOWN, ConfigurationError("the application user must have the privilege prvReadContact")],
    ids=["down", "refused"],
)
async def test_batch_that_keeps_failing_is_told(world: World, cause: ConnectorError) -> None:
    """
    The first failure may be a hiccup; the second is noted, once, until the record goes over.
    """
    told = []
    for attempt in range(4):
        world.crm.errors = [cause]
        await world.sync(a_change(CONTACT, attempt=attempt, forced=attempt > 0))
        told.append((standing(world), world.records.writes))
    written = told[1][1]
    world.queue.take()

    outcomes = await world.sync(a_change(CONTACT, attempt=4, forced=True))

    assert told[0] == ((SyncStatus.IN_SYNC, None), written - 1)
    assert told[1:] == [(RETRIED, written)] * 3
    assert (outcomes, standing(world)) == ([Outcome.SENT], (SyncStatus.IN_SYNC, None))


@pytest.mark.parametrize(
    ("change", "outcome", "end"),
    [
        (Change.UPDATED, Outcome.SENT, (SyncStatus.IN_SYNC, None)),
        (Change.DELETED, Outcome.WITHDRAWN, (SyncStatus.EXCLUDED, Reason.DELETED)),
    ],
    ids=["sent", "withdrawn"],
)
async def test_what_spotler_keeps_failing_is_told(
    world: World, change: Change, outcome: Outcome, end: tuple[SyncStatus, str | None]
) -> None:
    """
    Neither an edit nor a deletion that Spotler does not take for long leaves a record in sync.
    """
    if change is Change.DELETED:
        del world.crm.rows[CONTACT]
    recovered, world.marketing = world.marketing, Refusing()
    told = []
    for attempt in range(3):
        await world.sync(a_change(CONTACT, change, attempt=attempt, forced=attempt > 0))
        told.append((standing(world), world.records.writes))
    world.marketing = recovered

    outcomes = await world.sync(a_change(CONTACT, change, attempt=3, forced=True))

    assert told[0][0] == (SyncStatus.IN_SYNC, None)
    assert [one for one, _ in told[1:]] == [RETRIED] * 2
    assert told[1][1] == told[2][1]
    assert (outcomes, standing(world)) == ([outcome], end)


async def test_newcomer_that_was_seen_is_told() -> None:
    """
    Who was read for the first time, and cannot be sent for long, is told with the id to be.
    """
    world = World()
    world.crm.put(a_person(CONTACT))
    world.marketing = Refusing()

    await world.sync(a_change(CONTACT, attempt=1, forced=True))

    assert standing(world) == RETRIED
    assert world.state(CONTACT).external_id == ExternalId(CONTACT.id)


async def test_newcomer_that_nobody_saw_is_no_record() -> None:
    """
    Of whom nothing was ever read nothing is noted: there may be nobody.
    """
    world = World()
    world.crm.errors = [DOWN]

    await world.sync(a_change(CONTACT, attempt=1, forced=True))

    assert world.records.rows == {}


@pytest.mark.parametrize("reason", [Reason.NO_EMAIL, Reason.DELETED, Reason.MERGED])
async def test_other_reasons_are_kept(world: World, reason: Reason) -> None:
    """
    Whoever is excluded does not count as in sync, and the reason is not forgotten.
    """
    state = replace(world.state(CONTACT), status=SyncStatus.EXCLUDED, reason=reason)
    world.records.write(state)
    world.crm.errors = [DOWN]

    await world.sync(a_change(CONTACT, attempt=1, forced=True))

    assert standing(world) == (SyncStatus.EXCLUDED, reason)


async def test_merge_that_waits_is_not_over(world: World) -> None:
    """
    A merged row whose end waits is told as tried again; others still find their way by it.
    """
    master = a_person(email="other@example.nl")
    merged = a_person(CONTACT, version=3, masterid=master.key.id)
    world.crm.put(master, merged)
    await world.sync(a_change(master.key))
    people, world.marketing = world.marketing.people, Refusing()
    world.marketing.people = people

    outcomes = await world.sync(a_change(CONTACT, attempt=1, forced=True))

    assert outcomes == [Outcome.RETRIED]
    assert standing(world) == RETRIED
    assert world.state(CONTACT).successor == master.key.id


async def test_hidden_row_is_in_sync_again(world: World) -> None:
    """
    Who waited, and cannot be seen any more, stays in Spotler as they were, and waits no more.
    """
    world.crm.errors = [DOWN]
    await world.sync(a_change(CONTACT, attempt=1, forced=True))
    del world.crm.rows[CONTACT]
    world.crm.hidden.add(CONTACT)
    waited = standing(world)

    outcomes = await world.sync(a_change(CONTACT, attempt=2, forced=True))

    assert (waited, outcomes) == (RETRIED, [Outcome.SKIPPED])
    assert standing(world) == (SyncStatus.IN_SYNC, None)


async def test_whom_spotler_never_took_is_not_in_sync() -> None:
    """
    Who waited since they came, and cannot be seen any more, waits no more, and was never sent.
    """
    world = World()
    world.records.write(SyncState(CONTACT, status=SyncStatus.FAILING, reason=Reason.RETRIED))
    world.crm.hidden.add(CONTACT)

    await world.sync(a_change(CONTACT, attempt=2, forced=True))

    assert standing(world) == (None, None)


async def test_last_attempt_is_noted_once(world: World) -> None:
    """
    What is parked is told as given up, without a word of another attempt before.
    """
    writes = world.records.writes
    world.crm.errors = [DOWN]

    outcomes = await world.sync(a_change(CONTACT, attempt=9, forced=True))

    assert outcomes == [Outcome.PARKED]
    assert (standing(world)[1], world.records.writes) == (Reason.GAVE_UP, writes + 1)


@pytest.mark.parametrize("system", [System.TABLES, System.DATAVERSE])
async def test_tables_that_are_away_stop_nothing(world: World, system: System) -> None:
    """
    Where nothing can be noted everything comes back all the same, each once.
    """
    before = standing(world)
    away = TransientError("it must be reachable")
    away.system = system
    world.records, known = Unnoting(), world.records
    world.records.rows = known.rows
    world.crm.errors = [away]

    outcomes = await world.sync(a_change(CONTACT, attempt=1, forced=True))

    assert outcomes == [Outcome.RETRIED]
    assert [event.key for event in world.queue.events] == [CONTACT]
    assert standing(world) == before


async def test_note_that_fails_sends_nobody_again() -> None:
    """
    When the note itself cannot be written nothing is sent twice, and nothing is lost.
    """
    world = World()
    world.crm.put(a_person(CONTACT))
    world.records, world.marketing = Unnoting(), Refusing()

    outcomes = await world.sync(a_change(CONTACT, attempt=1, forced=True))

    assert outcomes == [Outcome.RETRIED]
    assert len(world.queue.events) == 1
