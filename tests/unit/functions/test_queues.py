import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from azure.functions.servicebus import ServiceBusMessage

from connector.adapters.envelope import to_body
from connector.adapters.messages import ATTEMPT, TOLD_AT
from connector.domain.contact import OrganisationId, Rejection
from connector.domain.errors import ConfigurationError, System, TransientError
from connector.domain.event import Change, ChangeEvent
from connector.domain.failure import FailureKind
from connector.domain.identity import own_external_id
from connector.domain.related import RelatedTable
from connector.domain.sync_state import SyncState, SyncStatus
from connector.functions import queues
from tests.builders import NOW, a_change, a_contact_key, a_person, a_rename, an_id
from tests.unit.functions.world import World, use_everywhere

PERSONAL = "jan@example.nl"


def a_message(
    event: ChangeEvent | None = None,
    *,
    body: bytes | None = None,
    delivery: int | None = 1,
    properties: dict[str, object] | None = None,
    told: datetime | None = None,
) -> ServiceBusMessage:
    """Return what the host hands over for an event, or for any body."""
    content = to_body(event or a_change()).encode() if body is None else body

    return ServiceBusMessage(
        body=content,
        message_id="message-1",
        delivery_count=delivery,
        enqueued_time_utc=NOW + timedelta(hours=1),
        application_properties=properties or (told and {TOLD_AT: told.isoformat()}) or {},
        user_properties={},
    )


async def deliver(*messages: ServiceBusMessage) -> None:
    await queues.sync_changes([*messages])


async def test_change_reaches_spotler(world: World) -> None:
    """
    A person who changed in the CRM is sent to Spotler as they are now.
    """
    person = a_person(email=PERSONAL)
    world.crm.put(person)

    await deliver(a_message(a_change(person.key)))

    assert [one["email"] for one in world.marketing.people.values()] == [PERSONAL]
    assert world.records.rows[person.key].status is SyncStatus.IN_SYNC
    assert world.counter.counts == {("connector.sync.records", "change", "sent"): 1}


async def test_batch_is_one_call(world: World) -> None:
    """
    A hundred messages cost one query and one call, and each outcome is counted.
    """
    people = [a_person() for _ in range(60)]
    world.crm.put(*people)
    gone = [a_change() for _ in range(40)]

    await deliver(*(a_message(event) for event in [*gone, *(a_change(p.key) for p in people)]))

    assert [len(call) for call in world.marketing.calls] == [60]
    assert world.counter.counts == {
        ("connector.sync.records", "change", "sent"): 60,
        ("connector.sync.records", "change", "skipped"): 40,
    }


@pytest.mark.parametrize(
    ("delivery", "calls"), [(None, 0), (1, 0), (2, 1), (10, 1)], ids=["unsaid", "1", "2", "10"]
)
async def test_redelivery_is_forced(world: World, delivery: int | None, calls: int) -> None:
    """
    A message that was delivered before never skips by fingerprint: what it did is not known.
    """
    person = a_person()
    world.crm.put(person)
    await deliver(a_message(a_change(person.key)))
    world.marketing.calls.clear()

    await deliver(a_message(a_change(person.key), delivery=delivery))

    assert len(world.marketing.calls) == calls


async def test_activity_is_noted(world: World) -> None:
    """
    When a change came in is when the CRM told of it; that it went over is noted besides.
    """
    person = a_person()
    world.crm.put(person)
    before = NOW - timedelta(seconds=1)

    await deliver(a_message(a_change(person.key), told=NOW), a_message(told=before), a_message())
    await world.activity.close()

    noted = world.office.status.stored.activity
    assert noted.sent_at is not None
    assert noted.received_at == NOW


@pytest.mark.parametrize(
    ("event", "delivery", "told"),
    [
        pytest.param(a_change(), 1, NOW, id="new"),
        pytest.param(a_change(), 2, NOW, id="delivered again"),
        pytest.param(a_change(forced=True, attempt=3), 1, NOW, id="tried again"),
        pytest.param(a_rename(), 1, NOW, id="another name"),
        pytest.param(a_change(), 1, None, id="pointer of ours"),
        pytest.param(a_change(), 2, None, id="pointer of ours, delivered again"),
        pytest.param(a_change(forced=True), 1, None, id="sent by somebody"),
        pytest.param(a_rename(), 1, None, id="another name that was parked"),
    ],
)
async def test_only_news_is_received(
    world: World, event: ChangeEvent, delivery: int, told: datetime | None
) -> None:
    """
    What the CRM told came in when it did; what we made ourselves did not come in.
    """
    await deliver(a_message(event, delivery=delivery, told=told))
    await world.activity.close()

    assert world.office.status.stored.activity.received_at == told


@pytest.mark.parametrize(
    "said",
    ["yesterday", "", "2026-11-23T12:00:00", f"2026-11-23T12:00:00+00:00{' ' * 99}", 7, None],
    ids=["text", "empty", "no zone", "long", "number", "none"],
)
async def test_strange_moment_is_no_news(world: World, said: object) -> None:
    """
    A message that does not say when the CRM told of it is none of which the CRM told.
    """
    await deliver(a_message(properties={TOLD_AT: said}))

    assert world.activity.noted.received_at is None


async def test_moment_to_come_is_now(world: World) -> None:
    """
    What another clock says was told later came in now: no refusal may be older than that for ever.
    """
    await deliver(a_message(properties={TOLD_AT: "9999-12-31T23:59:59+00:00"}))

    received = world.activity.noted.received_at
    assert received is not None
    assert received <= datetime.now(UTC)


async def test_pointer_to_who_shows_a_row_is_no_news(world: World) -> None:
    """
    Of people who show a row with another name the CRM told nothing: of the row it did.
    """
    person = a_person(parentcustomerid=COMPANY)
    world.crm.put(person)
    world.records.write(SyncState(person.key))

    await deliver(a_message(a_rename(RelatedTable.ACCOUNT, COMPANY), told=NOW))

    [pointer] = world.queue.events
    assert pointer.told_at is None
    assert world.activity.noted.received_at == NOW


async def test_tables_away_fail_no_batch(world: World) -> None:
    """
    When what happened cannot be noted the batch is done all the same.
    """
    person = a_person()
    world.crm.put(person)
    world.office.status.errors.append(TransientError("away"))

    await deliver(a_message(a_change(person.key)))
    await world.activity.close()

    assert world.records.rows[person.key].status is SyncStatus.IN_SYNC


async def test_forced_stays_forced(world: World) -> None:
    """
    What was forced by its sender is forced at its first delivery too.
    """
    person = a_person()
    world.crm.put(person)
    await deliver(a_message(a_change(person.key)))

    await deliver(a_message(a_change(person.key, forced=True)))

    assert len(world.marketing.calls) == 2


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe\x00", b'{"v": 2}', f'{{"email": "{PERSONAL}"}}'.encode()],
    ids=["empty", "broken", "no text", "of tomorrow", "of a stranger"],
)
async def test_unreadable_message_is_parked(world: World, body: bytes) -> None:
    """
    What nobody understands is kept as it came, and does not hold up its batch.
    """
    person = a_person()
    world.crm.put(person)

    await deliver(a_message(body=body), a_message(a_change(person.key)))

    [parked] = world.parking.parked.values()
    assert (parked.body or "").encode(errors="surrogateescape") == body
    assert parked.event is None
    assert parked.reason.startswith("a message must be of a known version and kind")
    assert len(world.marketing.people) == 1


async def test_unreadable_alone_calls_nobody(world: World) -> None:
    """
    A batch without any event asks neither system.
    """
    await deliver(a_message(body=b"{"), a_message(body=b"["))

    assert len(world.parking.parked) == 2
    assert world.crm.queries == []
    assert world.counter.counts == {}


async def test_same_garbage_is_parked_once(world: World) -> None:
    """
    The same body delivered twice is one parked event.
    """
    await deliver(a_message(body=b"{"))
    await deliver(a_message(body=b"{", delivery=2))

    assert len(world.parking.parked) == 1


async def test_unparkable_message_waits(world: World) -> None:
    """
    What cannot be parked goes back on the queue as it came, and those beside it are done once.
    """
    person = a_person()
    world.crm.put(person)
    world.parking.errors = [TransientError("table storage must be reachable")]

    await deliver(a_message(body=b"{"), a_message(a_change(person.key)))

    assert world.raw_queues["changes"].messages == [(b"{", 1)]
    assert len(world.marketing.people) == 1
    assert world.queue.events == []


@pytest.mark.parametrize(
    ("properties", "attempt"),
    [
        ({ATTEMPT: 6}, 7),
        ({}, 1),
        ({ATTEMPT: "6"}, 1),
        ({ATTEMPT: -5}, 1),
        ({ATTEMPT: 10**30}, 1),
    ],
    ids=["ours", "none", "text", "negative", "giant"],
)
async def test_unparkable_message_counts(
    world: World, properties: dict[str, object], attempt: int
) -> None:
    """
    The attempt stands beside the body, for the body is not ours to write in.
    """
    world.parking.errors = [TransientError("table storage must be reachable")]

    await deliver(a_message(body=b"{", properties=properties))

    assert world.raw_queues["changes"].messages == [(b"{", attempt)]


async def test_unparkable_unsendable_stays(world: World) -> None:
    """
    When neither the tables nor the queue take it the batch goes back: nothing is lost.
    """
    world.parking.errors = [TransientError("table storage must be reachable")]
    world.raw_queues["changes"].errors = [TransientError("service bus must take the event")]

    with pytest.raises(TransientError):
        await deliver(a_message(body=b"{"))


async def test_foreign_message_is_parked(world: World) -> None:
    """
    An event of another organisation is never looked up in ours.
    """
    other = OrganisationId("99999999-4d0b-ef11-9f83-000d3adf4a10")
    event = replace(a_change(), organisation=other)

    await deliver(a_message(event))

    [parked] = world.parking.parked.values()
    assert parked.reason == "a message must be of our organisation"
    assert parked.body == to_body(event)
    assert world.crm.queries == []


async def test_outage_comes_back_later(world: World) -> None:
    """
    A system that is away completes the message and leaves a copy for later.
    """
    key = a_contact_key(1)
    world.crm.errors = [TransientError("the CRM must be reachable")]

    await deliver(a_message(a_change(key)))

    assert [(event.key, event.attempt) for event in world.queue.events] == [(key, 1)]
    assert world.counter.counts == {("connector.sync.records", "change", "retried"): 1}


async def test_work_that_fails_is_noted(world: World) -> None:
    """
    Which part kept a batch is noted, until that part does what it is for.
    """
    person = a_person()
    world.crm.put(person)
    error = ConfigurationError("spotler must accept our key")
    part = error.system = System.SPOTLER_LISTS
    world.marketing.errors = [error]

    await deliver(a_message(a_change(person.key)))
    failed = world.activity.noted.failures[part]
    await deliver(a_message(a_change(a_contact_key(404))))
    still = world.activity.noted.failures
    await deliver(a_message(a_change(person.key)))

    assert (failed.system, failed.kind) == (part, FailureKind.REFUSED)
    assert [*still] == [part]
    assert world.activity.noted.failures == {}


async def test_everybody_refused_is_noted(world: World) -> None:
    """
    When Spotler takes nobody of a batch for now it is noted as Spotler's, until it takes somebody.
    """
    people = [a_person() for _ in range(6)]
    world.crm.put(*people)
    world.marketing.rejections = {
        own_external_id(one.key): Rejection("ERROR", is_transient=True) for one in people
    }

    await deliver(*(a_message(a_change(one.key)) for one in people))
    failures = world.activity.noted.failures
    world.marketing.rejections = {}
    await deliver(a_message(a_change(people[0].key)))

    assert failures[System.SPOTLER_INTAKE].kind is FailureKind.REFUSES_ALL
    assert world.activity.noted.failures == {}


async def test_batch_that_is_taken_is_noted(world: World) -> None:
    """
    Whatever comes of a batch, it was taken; whoever is skipped was read.
    """
    await deliver(a_message(a_change(a_contact_key(404))))

    noted = world.activity.noted
    assert noted.taken_at is not None
    assert (noted.sent_at, noted.failures) == (None, {})
    assert {*noted.worked} == {None, System.TABLES}


async def test_nothing_takes_it_stays(world: World) -> None:
    """
    When neither the CRM nor the queue answers the batch is abandoned and comes back whole.
    """
    world.crm.errors = [TransientError("the CRM must be reachable")]
    world.queue.errors = [TransientError("service bus must take the event")]

    with pytest.raises(TransientError):
        await deliver(a_message())


async def test_deleted_person_is_withdrawn(world: World) -> None:
    """
    What becomes of a deleted person is what the settings say.
    """
    person = a_person()
    world.crm.put(person)
    await deliver(a_message(a_change(person.key)))
    del world.crm.rows[person.key]
    world.counter.counts.clear()

    await deliver(a_message(a_change(person.key, Change.DELETED)))

    assert len(world.marketing.withdrawn) == 1
    assert world.counter.counts == {("connector.sync.records", "change", "withdrawn"): 1}


@pytest.mark.parametrize(
    ("policy", "is_known", "is_sent"),
    [
        pytest.param("withdraw", True, True, id="withdrawn"),
        pytest.param("anonymise", True, True, id="anonymised"),
        pytest.param("keep", True, False, id="kept"),
        pytest.param("withdraw", False, False, id="never in spotler"),
        pytest.param("anonymise", False, False, id="never in spotler to be anonymised"),
    ],
)
async def test_deletion_is_sent_when_spotler_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch, policy: str, *, is_known: bool, is_sent: bool
) -> None:
    """
    A deletion went over only where Spotler had somebody to end.
    """
    use_everywhere("services", world.services(ON_DELETE=policy), monkeypatch)
    key = a_contact_key()
    world.records.write(SyncState(key))
    if is_known:
        world.marketing.people[own_external_id(key)] = {}

    await deliver(a_message(a_change(key, Change.DELETED)))

    assert (world.activity.noted.sent_at is not None) is is_sent


async def test_log_has_ids_only(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """
    Each record has a line with its outcome and ids, and no line has a value.
    """
    person = a_person(email=PERSONAL, firstname="Geheim")
    world.crm.put(person)
    event = a_change(person.key)

    with caplog.at_level(logging.DEBUG):
        await deliver(a_message(event), a_message(body=f'{{"email": "{PERSONAL}"}}'.encode()))

    lines = {record.getMessage(): vars(record) for record in caplog.records}
    assert lines["contact sent"]["record"] == person.key.id
    assert lines["contact sent"]["correlation"] == event.correlation
    told = " ".join(str(line) for line in lines.values())
    assert PERSONAL not in told
    assert "Geheim" not in told


COMPANY = an_id(77)


async def test_rename_points_to_people(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """
    A company that is renamed queues its people, and the line of the log has ids only.
    """
    person = a_person(parentcustomerid=COMPANY)
    world.crm.put(person)
    world.records.write(SyncState(person.key))
    event = a_rename(RelatedTable.ACCOUNT, COMPANY)

    with caplog.at_level(logging.INFO):
        await deliver(a_message(event))

    assert [one.key for one in world.queue.events] == [person.key]
    [line] = [one for one in caplog.records if one.getMessage() == "name of account followed"]
    assert vars(line)["related"] == COMPANY
    assert vars(line)["correlation"] == event.correlation
    assert world.counter.counts == {("connector.sync.related", "followed"): 1}


async def test_renames_harm_no_neighbour(world: World) -> None:
    """
    In one batch people are synced, renames are followed or come back, and garbage is parked.
    """
    person = a_person()
    world.crm.put(person)
    world.related.errors = [TransientError("the CRM must be reachable")]
    garbage = to_body(a_rename()).replace('"account"', '"planet"').encode()

    await deliver(
        a_message(body=garbage),
        a_message(a_rename(RelatedTable.TEAM)),
        a_message(a_rename()),
        a_message(a_change(person.key)),
    )

    assert len(world.marketing.people) == 1
    assert [one.attempt for one in world.queue.related] == [1]
    [parked] = world.parking.parked.values()
    assert parked.raw == garbage
    assert "wrong: table" in parked.reason
    assert world.counter.counts == {
        ("connector.sync.records", "change", "sent"): 1,
        ("connector.sync.related", "retried"): 1,
        ("connector.sync.related", "followed"): 1,
    }


async def test_foreign_rename_is_parked(world: World) -> None:
    """
    A rename in another organisation is never looked up in ours.
    """
    other = OrganisationId("99999999-4d0b-ef11-9f83-000d3adf4a10")

    await deliver(a_message(a_rename(organisation=other)))

    [parked] = world.parking.parked.values()
    assert parked.reason == "a message must be of our organisation"
    assert world.related.queries == []


async def test_rename_without_licence_is_followed(world: World) -> None:
    """
    Without a licence people are found all the same: each pointer is held as any other change.
    """
    person = a_person(parentcustomerid=COMPANY)
    world.crm.put(person)
    world.records.write(SyncState(person.key))
    world.licensing.put(None)

    await deliver(a_message(a_rename(RelatedTable.ACCOUNT, COMPANY)))
    await deliver(*(a_message(event) for event in world.queue.take()))

    assert [one.reason for one in world.parking.parked.values()] == ["licence"]
    assert world.marketing.people == {}
