"""A batch when something fails: nothing is lost, nothing is double, and few calls are made."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connector.application.held_events import retry_configured
from connector.domain.contact import ExternalId, Rejection
from connector.domain.errors import ConfigurationError, RateLimitedError, TransientError
from connector.domain.event import Change, RecordChanged
from connector.domain.outcome import Outcome
from connector.domain.parking import CONFIGURATION, park_event
from connector.domain.sync_state import SyncStatus
from tests.builders import NOW, a_change, a_contact_key, a_lead_key, a_person, a_property
from tests.unit.application.syncing_world import (
    QUALIFIED,
    Poisoned,
    Refusing,
    Slowly,
    Watched,
    World,
    lose_answer,
)


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(TransientError("spotler answered 500"), id="down"),
        pytest.param(ConfigurationError("spotler must know us"), id="misconfigured"),
    ],
)
async def test_vendor_down_waits(world: World, error: TransientError) -> None:
    """
    When Spotler is not there the whole batch comes back later, forced and one attempt older.
    """
    person = a_person()
    world.crm.put(person)
    await world.sync()
    world.marketing.errors = [error]

    outcomes = await world.sync(a_change(person.key))

    assert outcomes == [Outcome.RETRIED]
    [event], [delay] = world.queue.events, world.queue.delays
    assert (event.forced, event.attempt) == (True, 1)
    assert delay is not None
    assert timedelta(seconds=1) <= delay <= timedelta(seconds=2)


async def test_retry_after_is_kept(world: World) -> None:
    """
    Nothing comes back before the vendor allows it.
    """
    person = a_person()
    world.crm.put(person)
    world.crm.errors = [RateLimitedError("slow down", retry_after=timedelta(seconds=77))]

    await world.sync(a_change(person.key))

    assert world.queue.delays == [timedelta(seconds=77)]


async def test_last_attempt_is_parked(world: World) -> None:
    """
    What failed in its last attempt is parked with the reason, and counts as never sent.
    """
    person = a_person()
    world.crm.put(person)
    await world.sync(a_change(person.key))
    world.crm.put(replace(person, version=2, columns={**person.columns, "firstname": "Piet"}))
    world.marketing = Refusing()

    outcomes = await world.sync(a_change(person.key, attempt=9))

    assert outcomes == [Outcome.PARKED]
    assert [parked.reason for parked in world.parking.parked.values()] == ["TransientError"]
    state = world.state(person.key)
    assert (state.status, state.reason, state.fingerprint) == (
        SyncStatus.FAILING,
        "gave_up",
        None,
    )


async def test_item_error_comes_back(world: World) -> None:
    """
    A contact for which Spotler reports a failure of its own comes back later, alone, and is noted.
    """
    person = a_person()
    world.crm.put(person)
    world.marketing.rejections[ExternalId(person.key.id)] = Rejection("ERROR", is_transient=True)

    outcomes = await world.sync(a_change(person.key))

    assert outcomes == [Outcome.RETRIED]
    assert world.parking.parked == {}
    state = world.state(person.key)
    assert (state.status, state.reason) == (SyncStatus.FAILING, "retried")
    assert state.external_id == ExternalId(person.key.id)

    await world.sync(replace(world.queue.events.pop(), attempt=1))

    assert world.state(person.key) == state  # noted once, however often it is tried
    world.marketing.rejections.clear()
    await world.sync(world.queue.events.pop())
    assert world.state(person.key).status is SyncStatus.IN_SYNC


async def test_missing_field_waits_for_operator(world: World) -> None:
    """
    While a required field is missing in Spotler events wait for it, and deletions are carried out.
    """
    person, deleted = a_person(), a_person(email="piet@example.nl")
    world.crm.put(person, deleted)
    await world.sync(a_change(deleted.key))
    del world.crm.rows[deleted.key]
    fields, world.marketing.catalogue = world.marketing.catalogue, (a_property("email"),)

    outcomes = await world.sync(a_change(person.key), a_change(deleted.key, Change.DELETED))
    parked = {one.event.key: one.reason for one in world.parking.parked.values() if one.event}
    world.marketing.catalogue = fields
    await retry_configured(
        held=world.parking, queue=world.queue, now=NOW + timedelta(minutes=1), most=10
    )
    await world.settle()

    assert outcomes == [Outcome.HELD, Outcome.WITHDRAWN]
    assert parked == {person.key: "configuration"}
    assert world.state(person.key).status is SyncStatus.IN_SYNC
    assert world.parking.parked == {}


async def test_nothing_raised_means_nothing_lost(world: World) -> None:
    """
    When not even the queue takes the events, the error leaves the messages to Service Bus.
    """
    world.crm.errors = [TransientError("dataverse answered 503")]
    world.queue.errors = [TransientError("service bus must take the event")]

    with pytest.raises(TransientError):
        await world.sync(a_change())


async def test_batch_that_breaks_the_crm_scatters(world: World) -> None:
    """
    A batch that the CRM never answers comes back in ever smaller groups, each at its own time.
    """
    people = [a_person() for _ in range(20)]
    world.crm.put(*people)
    world.crm.errors = [TransientError("dataverse answered 500")]

    await world.sync(*(a_change(one.key, attempt=8) for one in people))

    assert len(world.queue.events) == 20
    assert len(set(world.queue.delays)) == 4


async def test_parked_deletion_stays_one(world: World) -> None:
    """
    A deletion that was parked is not forgotten when an older change of the row is parked too.
    """
    key = a_contact_key()
    for change in (Change.DELETED, Change.UPDATED):
        world.crm.errors = [TransientError("dataverse answered 503")]
        await world.sync(a_change(key, change, attempt=9))

    [parked] = world.parking.parked.values()
    assert isinstance(parked.event, RecordChanged)
    await world.sync(parked.event)

    assert (parked.attempts, parked.event.attempt) == (9, 0)
    assert world.marketing.withdrawn == [ExternalId(key.id)]
    assert world.parking.parked == {}


async def test_batch_given_up_is_released_later(world: World) -> None:
    """
    What was parked because the CRM never answered leaves the parking once it succeeds.
    """
    person = a_person()
    world.crm.put(person)
    world.crm.errors = [TransientError("dataverse answered 503")]
    parked = await world.sync(a_change(person.key, attempt=9))

    outcomes = await world.sync(a_change(person.key))

    assert (parked, outcomes) == ([Outcome.PARKED], [Outcome.SENT])
    assert world.parking.parked == {}


async def test_failed_withdrawal_comes_back(world: World) -> None:
    """
    A withdrawal that Spotler could not take is tried again, still as a deletion.
    """
    key = a_contact_key()
    recovered, world.marketing = world.marketing, Refusing()

    outcomes = await world.sync(a_change(key, Change.DELETED))
    world.marketing = recovered
    await world.settle()

    assert outcomes == [Outcome.RETRIED]
    assert world.marketing.withdrawn == [ExternalId(key.id)]


@pytest.mark.parametrize("poisoned", [1, 3])
async def test_poison_ends_up_alone(world: World, poisoned: int) -> None:
    """
    A record on which Spotler breaks holds up its neighbours a few attempts, and not for ever.
    """
    people = [a_person() for _ in range(40)]
    world.crm.put(*people)
    world.marketing = Poisoned({ExternalId(one.key.id) for one in people[:poisoned]})
    await world.sync(*(a_change(one.key) for one in people))

    for _ in range(40):
        await world.sync(*world.queue.take())

    assert len(world.marketing.people) == 40 - poisoned
    assert len(world.parking.parked) == poisoned


async def test_company_grows_again(world: World) -> None:
    """
    After an outage, portions grow as they succeed: a hundred people cost a few calls.
    """
    people = [a_person() for _ in range(100)]
    world.crm.put(*people)

    outcomes = await world.sync(*(a_change(one.key, attempt=8) for one in people))

    assert outcomes == [Outcome.SENT] * 100
    assert [len(call) for call in world.marketing.calls] == [1, 2, 4, 8, 16, 32, 37]


async def test_late_batch_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A batch that takes too long leaves the rest for later, before its locks end.
    """
    people = [a_person() for _ in range(5)]
    world.crm.put(*people)
    monkeypatch.setattr("connector.application.carry_out.LONGEST_SECONDS", -1)

    outcomes = await world.sync(*(a_change(one.key) for one in people))

    assert outcomes == [Outcome.RETRIED] * 5
    assert world.marketing.calls == []


async def test_outage_costs_few_calls(world: World) -> None:
    """
    While Spotler is down a batch asks it twice at most, however small its portions are.
    """
    people = [a_person() for _ in range(50)]
    world.crm.put(*people)
    world.attempts = 99
    world.marketing = Poisoned({ExternalId(one.key.id) for one in people})

    await world.sync(*(a_change(one.key, attempt=9) for one in people))

    assert len(world.marketing.calls) == 2
    assert len(world.queue.events) == 50


@pytest.mark.feature("F68")
async def test_unanswered_newcomer_is_not_double(world: World) -> None:
    """
    Who was sent without an answer, and inherits a lead's id before the retry, stays one person.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(contact))
    world.marketing.meanwhile = lose_answer
    await world.sync(a_change(contact))
    world.crm.put(a_person(lead, version=2, statecode=QUALIFIED, parentcontactid=contact.id))

    await world.sync(a_change(lead))
    await world.settle()

    assert str(world.state(contact).external_id) == lead.id
    assert world.marketing.withdrawn == [ExternalId(contact.id)]


@pytest.mark.parametrize("is_refused", [True, False], ids=["refused", "excluded"])
async def test_unknown_last_sending_is_forgotten(world: World, is_refused: bool) -> None:
    """
    Who cannot be sent after a sending without an answer has no fingerprint to skip by.
    """
    person = a_person()
    world.crm.put(person)
    await world.sync(a_change(person.key))
    world.crm.put(replace(person, version=2, columns={**person.columns, "firstname": "Piet"}))
    world.marketing.meanwhile = lose_answer
    await world.sync(a_change(person.key))
    if is_refused:
        world.marketing.rejections[ExternalId(person.key.id)] = Rejection("PROPERTY_INVALID")
    else:
        world.crm.put(a_person(person.key, version=3, email=None))
    await world.settle()
    world.marketing.rejections.clear()
    world.crm.put(replace(person, version=4))

    outcomes = await world.sync(a_change(person.key))

    assert outcomes == [Outcome.SENT]
    assert world.marketing.people[ExternalId(person.key.id)]["firstName"] == "Jan"


async def test_late_success_spares_the_parked(world: World) -> None:
    """
    A success releases before it is noted: what is parked after that stays parked.
    """
    person = a_person()
    world.crm.put(person)
    world.records = slow = Watched()
    world.marketing.rejections[ExternalId(person.key.id)] = Rejection("PROPERTY_INVALID")
    await world.sync(a_change(person.key))
    world.marketing.rejections.clear()
    refused = park_event(a_change(person.key), "rejected", NOW)
    slow.after_save = lambda: world.parking.parked.update({refused.id: refused})

    await world.sync(a_change(person.key))

    assert world.parking.parked == {refused.id: refused}


async def test_failed_end_waits_for_the_others(world: World) -> None:
    """
    When one withdrawal fails, those beside it are finished before the batch says what became of it.
    """
    first, second = a_contact_key(), a_contact_key()
    world.marketing = marketing = Slowly({ExternalId(first.id)})

    outcomes = await world.sync(a_change(first, Change.DELETED), a_change(second, Change.DELETED))

    assert outcomes == [Outcome.RETRIED, Outcome.RETRIED]
    assert marketing.withdrawn == [ExternalId(second.id)]


@pytest.mark.parametrize(
    "waited",
    [
        pytest.param({"attempt": 1}, id="retried"),
        pytest.param({"forced": True}, id="sent by hand"),
        pytest.param({"forced": True, "change": Change.DELETED}, id="deleted"),
    ],
)
async def test_what_waited_is_read_at_home(waited: dict[str, Any]) -> None:
    """
    What has waited is read only after the CRM was proven to be ours: it may be a copy by now.
    """
    world = World()
    person = a_person(lastname="Sandbox")
    world.crm.put(person)
    world.crm.is_ours = False
    event = replace(a_change(person.key), **waited)

    assert await world.sync(event) == [Outcome.RETRIED]

    assert (world.marketing.calls, world.marketing.withdrawn) == ([], [])
    assert world.crm.queries == []
    [again] = world.queue.take()
    assert (again.key, again.change) == (event.key, event.change)


async def test_what_waited_in_vain_is_parked_for_an_operator() -> None:
    """
    What fails to the end because the CRM is another organisation goes on by itself later.
    """
    world = World()
    world.crm.is_ours = False

    assert await world.sync(a_change(attempt=99)) == [Outcome.PARKED]

    [parked] = world.parking.parked.values()
    assert parked.reason == CONFIGURATION
