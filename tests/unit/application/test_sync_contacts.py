"""The story of a batch: what ends in Spotler, in the states, on the queue and in the parking."""

import asyncio
import itertools
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from connector.application.sync_contacts import sync_contacts
from connector.application.try_again import TryAgain
from connector.domain.back_off import BackOff
from connector.domain.contact import ExternalId, MarketingContact, RecordKey, Rejection
from connector.domain.decision import OnDelete
from connector.domain.errors import ConfigurationError, RateLimitedError, TransientError
from connector.domain.event import Change, RecordChanged
from connector.domain.outcome import Outcome
from connector.domain.parking import LICENCE, park_event
from connector.domain.sync_state import SyncState, SyncStatus
from tests.builders import NOW, a_change, a_contact_key, a_lead_key, a_person, a_property
from tests.connections import FakeGate
from tests.fakes import FakeCrm, FakeMappings, FakeMarketing, FakeParking, FakeQueue, FakeRecords

QUALIFIED, OPEN = 1, 0


class World:
    """Is both systems and our own stores, with the use case between them."""

    def __init__(self, on_delete: OnDelete = OnDelete.WITHDRAW) -> None:
        self.crm = FakeCrm()
        self.marketing = FakeMarketing()
        self.records = FakeRecords()
        self.queue = FakeQueue()
        self.parking = FakeParking()
        self.gate = FakeGate()
        self.on_delete = on_delete
        self.attempts = 10

    async def sync(self, *events: RecordChanged) -> list[Outcome]:
        return await sync_contacts(
            events,
            licence=self.gate,
            crm=self.crm,
            marketing=self.marketing,
            records=self.records,
            mappings=FakeMappings(),
            try_again=TryAgain(self.queue, self.parking, BackOff(attempts=self.attempts), NOW),
            on_delete=self.on_delete,
        )

    async def settle(self) -> None:
        """Take what came back on the queue until nothing does."""
        for _ in range(10):
            if not (events := self.queue.take()):
                return

            await self.sync(*events)

        pytest.fail("the queue never came to rest")

    def state(self, key: RecordKey) -> SyncState:
        return self.records.rows[key]

    def types(self) -> dict[str, object]:
        """Return who is in Spotler: Type by external id."""
        return {id_: person["freeField1"] for id_, person in self.marketing.people.items()}


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
    world.marketing.meanwhile = lambda: _someone_else_writes(world, person.key)

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
    slow = _a_late_worker(world)
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
    A contact for which Spotler reports a failure of its own comes back later, alone.
    """
    person = a_person()
    world.crm.put(person)
    world.marketing.rejections[ExternalId(person.key.id)] = Rejection("ERROR", is_transient=True)

    outcomes = await world.sync(a_change(person.key))

    assert outcomes == [Outcome.RETRIED]
    assert world.parking.parked == {}


async def test_missing_field_waits_for_operator(world: World) -> None:
    """
    While a required field is missing in Spotler nothing is lost: events come back later.
    """
    person = a_person()
    world.crm.put(person)
    world.marketing.catalogue = (a_property("email"),)

    outcomes = await world.sync(a_change(person.key))

    assert outcomes == [Outcome.RETRIED]


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
    assert parked.event is not None
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
    A withdrawal that Spotler refuses for good fails alone and waits for a person.
    """
    gone, alive = a_contact_key(), a_person()
    world.crm.put(alive)
    world.marketing.refuses_to_end = True

    outcomes = await world.sync(a_change(gone, Change.DELETED), a_change(alive.key))

    assert outcomes == [Outcome.FAILED, Outcome.SENT]
    assert [parked.reason for parked in world.parking.parked.values()] == ["rejected"]


@pytest.mark.parametrize(
    ("policy", "withdrawn", "anonymised"),
    [
        pytest.param(OnDelete.WITHDRAW, 1, 0, id="withdraw"),
        pytest.param(OnDelete.ANONYMISE, 0, 1, id="anonymise"),
        pytest.param(OnDelete.KEEP, 0, 0, id="keep"),
    ],
)
async def test_deleted_record_ends(policy: OnDelete, withdrawn: int, anonymised: int) -> None:
    """
    A deleted row ends its Spotler contact as the setting says, once.
    """
    world = World(policy)
    person = a_person()
    world.crm.put(person)
    await world.sync(a_change(person.key))
    del world.crm.rows[person.key]

    first = await world.sync(a_change(person.key, Change.DELETED))
    second = await world.sync(a_change(person.key, Change.DELETED))

    assert (first, second) == ([Outcome.WITHDRAWN], [Outcome.SKIPPED])
    assert (len(world.marketing.withdrawn), len(world.marketing.anonymised)) == (
        withdrawn,
        anonymised,
    )
    assert world.state(person.key).reason == "deleted"


async def test_unseen_row_is_left_alone(world: World) -> None:
    """
    A forced change of a row that we cannot see, and know nothing of, withdraws nothing.
    """
    outcomes = await world.sync(a_change(forced=True))

    assert outcomes == [Outcome.SKIPPED]
    assert world.marketing.withdrawn == []


async def test_false_delete_is_a_change(world: World) -> None:
    """
    A delete event whose row is still there withdraws nothing: the row is synced.
    """
    person = a_person()
    world.crm.put(person)

    outcomes = await world.sync(a_change(person.key, Change.DELETED))

    assert outcomes == [Outcome.SENT]
    assert world.marketing.withdrawn == []


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


EVENTS = list(itertools.permutations(["lead", "contact", "lead again"]))


@pytest.mark.feature("F68")
@pytest.mark.parametrize("order", EVENTS, ids="-".join)
@pytest.mark.parametrize("lead_was_synced", [True, False], ids=["known", "unknown"])
@pytest.mark.parametrize("names_lead", [True, False], ids=["made", "re-used"])
async def test_qualified_lead_stays_one(
    world: World, order: tuple[str, ...], lead_was_synced: bool, names_lead: bool
) -> None:
    """
    A qualified lead and its contact are one Spotler contact in every order of arrival.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN))
    if lead_was_synced:
        await world.sync(a_change(lead))
    origin = {"originatingleadid": lead.id} if names_lead else {}
    world.crm.put(
        a_person(lead, version=2, statecode=QUALIFIED, parentcontactid=contact.id),
        a_person(contact, version=3, **origin),
    )
    events = {"lead": lead, "contact": contact, "lead again": lead}

    for name in order:
        await world.sync(a_change(events[name]))
    await world.settle()

    assert world.types() == {lead.id: "Contact"}
    assert world.state(lead).successor == contact.id
    assert str(world.state(contact).external_id) == lead.id


@pytest.mark.feature("F68")
@pytest.mark.parametrize("lead_first", [True, False])
async def test_known_contact_keeps_its_id(world: World, lead_first: bool) -> None:
    """
    A contact that Spotler knew before keeps its id, and the lead's own Spotler contact ends.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN), a_person(contact))
    await world.sync(a_change(lead), a_change(contact))
    world.crm.put(
        a_person(lead, version=2, statecode=QUALIFIED, parentcontactid=contact.id),
        a_person(contact, version=3),
    )

    for key in (lead, contact) if lead_first else (contact, lead):
        await world.sync(a_change(key))
    await world.settle()

    assert world.marketing.withdrawn == [ExternalId(lead.id)]
    assert str(world.state(contact).external_id) == contact.id
    assert world.state(lead).successor == contact.id


@pytest.mark.feature("F68")
async def test_contact_without_address_inherits_later(world: World) -> None:
    """
    A contact that never was in Spotler carries on its lead's id, also when its address comes late.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN), a_person(contact, email=None))
    await world.sync(a_change(lead), a_change(contact))
    world.crm.put(a_person(lead, version=2, statecode=QUALIFIED, parentcontactid=contact.id))
    await world.sync(a_change(lead))
    world.crm.put(a_person(contact, version=3))

    await world.sync(a_change(contact))

    assert world.types() == {lead.id: "Contact"}
    assert world.marketing.withdrawn == []


@pytest.mark.feature("F68")
@pytest.mark.parametrize("policy", OnDelete)
async def test_merging_withdraws_under_every_policy(policy: OnDelete) -> None:
    """
    What a lead leaves behind is withdrawn under every policy, once its contact is in Spotler.
    """
    world = World(policy)
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN), a_person(contact))
    await world.sync(a_change(lead), a_change(contact))
    world.crm.put(a_person(lead, version=2, statecode=QUALIFIED, parentcontactid=contact.id))
    recovered, world.marketing = world.marketing, Refusing()

    outcomes = await world.sync(a_change(lead))
    ended_early = [*world.marketing.withdrawn]
    world.marketing = recovered
    await world.settle()

    assert (outcomes, ended_early) == ([Outcome.RETRIED], [])
    assert world.marketing.withdrawn == [ExternalId(lead.id)]
    assert world.marketing.anonymised == []


@pytest.mark.feature("F68")
async def test_lead_without_contact_stays(world: World) -> None:
    """
    A lead that was qualified without making a contact stays a lead.
    """
    lead = a_lead_key()
    world.crm.put(a_person(lead, statecode=QUALIFIED))

    await world.sync(a_change(lead))

    assert world.types() == {lead.id: "Lead"}


async def test_same_email_is_no_qualification(world: World) -> None:
    """
    A contact made by hand with a lead's e-mail address is another person to us.
    """
    lead, contact = a_person(a_lead_key(), statecode=OPEN), a_person()
    world.crm.put(lead, contact)

    await world.sync(a_change(lead.key), a_change(contact.key))

    assert world.types() == {lead.key.id: "Lead", contact.key.id: "Contact"}


@pytest.mark.feature("F68")
async def test_deleted_lead_spares_its_contact(world: World) -> None:
    """
    Deleting a lead after it was qualified takes nothing from the contact that took over.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(contact, originatingleadid=lead.id))

    await world.sync(a_change(contact), a_change(lead, Change.DELETED))
    await world.sync(a_change(lead, Change.DELETED, forced=True))
    await world.settle()

    assert world.marketing.withdrawn == []
    assert world.types() == {lead.id: "Contact"}


@pytest.mark.feature("F68")
async def test_late_lead_write_is_repaired(world: World) -> None:
    """
    A worker that still sends the open lead while the contact takes over does not win.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN))
    await world.sync(a_change(lead))
    slow = _a_late_worker(world)
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
async def test_lead_qualified_twice_has_one_heir(world: World) -> None:
    """
    Of two contacts that name one lead, one carries on its id and the other has its own.
    """
    lead, first, second = a_lead_key(), a_contact_key(), a_contact_key()
    world.crm.put(
        a_person(first, originatingleadid=lead.id), a_person(second, originatingleadid=lead.id)
    )

    await world.sync(a_change(second), a_change(first))

    assert set(world.types()) == {lead.id, second.id}


@pytest.mark.feature("F68")
@pytest.mark.parametrize("seed", range(5))
async def test_many_leads_of_one_contact(world: World, seed: int) -> None:
    """
    However often and in whatever order six leads and their one contact come, one person is left.
    """
    leads, contact = [a_lead_key() for _ in range(6)], a_contact_key()
    world.crm.put(
        a_person(contact),
        *(a_person(lead, statecode=QUALIFIED, parentcontactid=contact.id) for lead in leads),
    )
    events = [a_change(key) for key in (*leads, contact)] * 2
    random.Random(seed).shuffle(events)

    for event in events:
        await world.sync(event)
    await world.settle()

    assert [*world.types().values()] == ["Contact"]


async def test_batch_of_orphans(world: World) -> None:
    """
    A hundred qualified leads whose contacts nobody can see stay who they are, in one call.
    """
    leads = [a_lead_key() for _ in range(100)]
    world.crm.put(
        *(a_person(one, statecode=QUALIFIED, parentcontactid=a_contact_key().id) for one in leads)
    )

    outcomes = await world.sync(*map(a_change, leads))

    assert outcomes == [Outcome.SENT] * 100
    assert [len(call) for call in world.marketing.calls] == [100]
    assert len(world.crm.queries) == 2


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
    world.marketing.meanwhile = _lose_answer
    await world.sync(a_change(contact))
    world.crm.put(a_person(lead, version=2, statecode=QUALIFIED, parentcontactid=contact.id))

    await world.sync(a_change(lead))
    await world.settle()

    assert str(world.state(contact).external_id) == lead.id
    assert world.marketing.withdrawn == [ExternalId(contact.id)]


@pytest.mark.feature("F68")
async def test_newcomer_that_was_faster_keeps_its_id(world: World) -> None:
    """
    A claim that meets the contact's own first sync leaves it its id, and the lead's person ends.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN))
    await world.sync(a_change(lead))
    slow = _a_late_worker(world)
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
    world.crm.put(a_person(contact, originatingleadid=lead.id))
    world.marketing.meanwhile = _lose_answer
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
    world.crm.put(a_person(lead, statecode=OPEN))
    await world.sync(a_change(lead))
    slow = _a_late_worker(world)
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
    assert len(world.marketing.calls) == 1


@pytest.mark.feature("F68")
async def test_failing_lead_is_withdrawn_when_merged(world: World) -> None:
    """
    A lead that was given up last may be in Spotler all the same, and ends when it is merged.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN), a_person(contact))
    await world.sync(a_change(lead), a_change(contact))
    world.marketing.rejections[ExternalId(lead.id)] = Rejection("PROPERTY_INVALID")
    await world.sync(a_change(lead, forced=True))
    world.crm.put(a_person(lead, version=2, statecode=QUALIFIED, parentcontactid=contact.id))

    await world.sync(a_change(lead))

    assert world.marketing.withdrawn == [ExternalId(lead.id)]
    assert world.parking.parked == {}


@pytest.mark.feature("F68")
@pytest.mark.parametrize(
    ("is_transient", "outcome"),
    [
        pytest.param(True, Outcome.RETRIED, id="failed for now"),
        pytest.param(False, Outcome.FAILED, id="refused"),
    ],
)
async def test_lead_waits_for_its_heir(world: World, is_transient: bool, outcome: Outcome) -> None:
    """
    While Spotler does not take the contact, its lead is not ended: until then it is all there is.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN), a_person(contact))
    await world.sync(a_change(lead), a_change(contact))
    world.crm.put(
        a_person(lead, version=2, statecode=QUALIFIED, parentcontactid=contact.id),
        a_person(contact, version=2, lastname="Pietersen"),
    )
    refused = Rejection("ERROR", is_transient=is_transient)
    world.marketing.rejections[ExternalId(contact.id)] = refused

    outcomes = await world.sync(a_change(lead), a_change(contact))

    assert outcomes == [Outcome.RETRIED, outcome]
    assert world.marketing.withdrawn == []
    world.marketing.rejections.clear()
    await world.settle()
    assert set(world.marketing.withdrawn) == {ExternalId(lead.id)}


@pytest.mark.feature("F68")
async def test_states_of_two_moments_are_no_clash(world: World) -> None:
    """
    A lead's state read just before its claim, and the contact's just after, send nobody twice.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN))
    await world.sync(a_change(lead))
    seen = world.state(lead)
    world.crm.put(a_person(contact, originatingleadid=lead.id))
    await world.sync(a_change(contact))
    slow = _a_late_worker(world)
    slow.crm, slow.records = world.crm, (stale := Stale(world.records))
    stale.seen[lead] = seen

    outcomes = await slow.sync(a_change(lead, forced=True), a_change(contact, forced=True))
    await world.settle()

    assert outcomes == [Outcome.RACED, Outcome.RACED]
    assert world.types() == {lead.id: "Contact"}


@pytest.mark.parametrize("is_refused", [True, False], ids=["refused", "excluded"])
async def test_unknown_last_sending_is_forgotten(world: World, is_refused: bool) -> None:
    """
    Who cannot be sent after a sending without an answer has no fingerprint to skip by.
    """
    person = a_person()
    world.crm.put(person)
    await world.sync(a_change(person.key))
    world.crm.put(replace(person, version=2, columns={**person.columns, "firstname": "Piet"}))
    world.marketing.meanwhile = _lose_answer
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


async def test_row_back_for_a_moment_is_withdrawn(world: World) -> None:
    """
    Who sends a row that was deleted, came back and was deleted again loses to the last deletion.
    """
    person = a_person()
    await world.sync(a_change(person.key, Change.DELETED))
    slow = _a_late_worker(world)
    slow.crm.put(person)
    await world.sync(a_change(person.key, Change.DELETED))

    outcomes = await slow.sync(a_change(person.key, Change.CREATED))
    await world.settle()

    assert outcomes == [Outcome.RACED]
    assert world.marketing.withdrawn == [ExternalId(person.key.id)] * 2
    assert world.state(person.key).reason == "deleted"


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


class Poisoned(FakeMarketing):
    """Breaks on every call that holds one of some people."""

    def __init__(self, poison: set[ExternalId]) -> None:
        super().__init__()
        self.poison = poison

    async def save_contacts(
        self, contacts: Sequence[MarketingContact]
    ) -> Mapping[ExternalId, Rejection]:
        if any(one.external_id in self.poison for one in contacts):
            self.calls.append([one.external_id for one in contacts])
            raise TransientError("spotler answered 500")

        return await super().save_contacts(contacts)


class Stale(FakeRecords):
    """Shows states as they once were, and writes to the real ones: a worker that is late."""

    def __init__(self, real: FakeRecords) -> None:
        super().__init__()
        self.seen = dict(real.rows)
        self.write = real.write  # type: ignore[method-assign]

    async def list_states(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SyncState]:
        return {key: self.seen[key] for key in keys if key in self.seen}


class Refusing(FakeMarketing):
    """Answers every write with an error."""

    async def save_contacts(self, _: object) -> Mapping[ExternalId, Rejection]:
        raise TransientError("spotler answered 500")

    async def withdraw_permissions(self, _: object) -> bool:
        raise TransientError("spotler answered 500")


class Watched(FakeRecords):
    """Lets something happen just after states were written."""

    def __init__(self) -> None:
        super().__init__()
        self.after_save: Callable[[], None] = lambda: None

    async def save(self, states: Sequence[SyncState]) -> Collection[RecordKey]:
        lost = await super().save(states)
        if states:
            self.after_save()

        return lost


class Slowly(FakeMarketing):
    """Fails at once to withdraw from some people, and takes a while for the others."""

    def __init__(self, failing: set[ExternalId]) -> None:
        super().__init__()
        self.failing = failing

    async def withdraw_permissions(self, external_id: ExternalId) -> bool:
        if external_id in self.failing:
            raise TransientError("spotler answered 500")

        for _ in range(9):
            await asyncio.sleep(0)

        return await super().withdraw_permissions(external_id)


def _a_late_worker(world: World) -> World:
    late = World()
    late.records, late.marketing, late.queue = Stale(world.records), world.marketing, world.queue

    return late


def _someone_else_writes(world: World, key: RecordKey) -> None:
    world.records.write(SyncState(key, status=SyncStatus.IN_SYNC))


def _lose_answer() -> None:
    raise TransientError("spotler must answer in time")


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
        if one.event is not None
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
