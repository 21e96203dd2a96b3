"""What the use cases may expect of any `RecordLists`, the fake and the real one."""

import random
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import pytest

from connector.adapters.tables.keys import partition_key, row_key
from connector.adapters.tables.record_lists import TableRecordLists
from connector.adapters.tables.records import TableRecordStore
from connector.application.ports import RecordStore
from connector.application.review_ports import RecordLists
from connector.domain.contact import Account, OrganisationId, RecordId, RecordKey, Table
from connector.domain.record_list import RecordFilter, Standing
from connector.domain.sync_state import Reason, SyncState, SyncStatus
from tests.builders import NOW, a_contact_key, a_lead_key
from tests.contract.conftest import Tables
from tests.fakes import FakeRecords
from tests.review import FakeRecordLists

IN_SYNC, EXCLUDED, FAILING = SyncStatus.IN_SYNC, SyncStatus.EXCLUDED, SyncStatus.FAILING


class World(Protocol):
    """Is one footing: the port, and the store whose states it lists."""

    @property
    def lists(self) -> RecordLists:
        """Return what is tested."""

    @property
    def records(self) -> RecordStore:
        """Return where the states are written."""


class FakeWorld:
    """Is the fake that the use cases are tested on."""

    def __init__(self) -> None:
        fake = FakeRecords()
        self.records: RecordStore = fake
        self.lists: RecordLists = FakeRecordLists(fake)


class TableWorld:
    """Is the real adapter before Azurite."""

    def __init__(self, tables: Tables) -> None:
        self.records: RecordStore = TableRecordStore(tables.service, tables.organisation)
        self.lists: RecordLists = TableRecordLists(tables.service, tables.organisation)


@pytest.fixture(params=["fake", "azurite"])
def world(request: pytest.FixtureRequest, tables: Tables) -> World:
    return FakeWorld() if request.param == "fake" else TableWorld(tables)


def a_state(
    status: SyncStatus | None = IN_SYNC,
    reason: str | None = None,
    key: RecordKey | None = None,
    *,
    changed_at: datetime | None = NOW,
    notes: tuple[str, ...] = (),
) -> SyncState:
    return SyncState(
        key or a_contact_key(), status=status, reason=reason, notes=notes, changed_at=changed_at
    )


def scattered(count: int) -> Iterator[SyncState]:
    """Yield states of both tables in many partitions, the same at every run."""
    dice = random.Random(7)
    for number in range(count):
        id_ = RecordId(str(uuid.UUID(int=dice.getrandbits(128), version=4)))
        table = Table.LEAD if number % 3 else Table.CONTACT
        yield a_state(FAILING, "gave_up", RecordKey(table, id_))


async def listed(world: World, wanted: RecordFilter, *, size: int = 50) -> list[RecordKey]:
    """Return the keys of all pages in turn."""
    keys: list[RecordKey] = []
    page = await world.lists.list_page(wanted, size=size)
    keys += [state.key for state in page.states]
    while page.last is not None:
        assert len(page.states) == size
        page = await world.lists.list_page(wanted, size=size, after=page.last)
        keys += [state.key for state in page.states]

    return keys


async def test_nothing_is_an_empty_page(world: World) -> None:
    """
    Where nothing was synced there is nothing to list, to count, or to go on with.
    """
    assert await listed(world, RecordFilter()) == []
    assert await world.lists.count() == {}


@pytest.mark.parametrize("size", [1, 7, 50, 119, 120, 1000])
async def test_pages_hold_everyone_once(world: World, size: int) -> None:
    """
    Pages of any size hold every record once, whole, and in the same order at any size.
    """
    states = [*scattered(120)]
    await world.records.save(states)

    keys = await listed(world, RecordFilter(), size=size)

    assert sorted(keys) == sorted(state.key for state in states)
    assert keys == await listed(world, RecordFilter(), size=1000)
    [first] = (await world.lists.list_page(RecordFilter(), size=1)).states
    known = await world.records.list_states([first.key])
    assert first == known[first.key]


async def test_page_goes_on_where_nobody_is(world: World) -> None:
    """
    Who stood at the end of a page may be gone, and a page begins behind any place.
    """
    states = [*scattered(30)]
    await world.records.save(states[1:])

    page = await world.lists.list_page(RecordFilter(), size=50, after=states[0].key)

    everybody = await listed(world, RecordFilter())
    assert [state.key for state in page.states] == everybody[-len(page.states) :]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param(RecordFilter(), {1, 2, 3, 4, 5, 6}, id="all with a status"),
        pytest.param(RecordFilter(status=FAILING), {3, 4, 5}, id="status"),
        pytest.param(RecordFilter(reason=Reason.REJECTED), {3, 4}, id="reason with its details"),
        pytest.param(RecordFilter(reason=Reason.NO_EMAIL), {2}, id="reason without"),
        pytest.param(RecordFilter(table=Table.LEAD), {4, 6}, id="table"),
        pytest.param(RecordFilter(since=NOW), {1, 2, 3, 6}, id="since"),
        pytest.param(RecordFilter(since=NOW + timedelta(seconds=1)), {3}, id="since later"),
        pytest.param(RecordFilter(with_notes=True), {1, 6}, id="notes"),
        pytest.param(
            RecordFilter(status=IN_SYNC, table=Table.LEAD, with_notes=True, since=NOW),
            {6},
            id="all together",
        ),
    ],
)
async def test_filters(world: World, wanted: RecordFilter, found: set[int]) -> None:
    """
    A list holds what is wanted, by every filter alone and together.
    """
    earlier, later = NOW - timedelta(days=1), NOW + timedelta(seconds=1.5)
    states = {
        1: a_state(notes=("mobilePhone:not_dutch",)),
        2: a_state(EXCLUDED, "no_email"),
        3: a_state(FAILING, "rejected:PROPERTY_INVALID:city", changed_at=later),
        4: a_state(FAILING, "rejected", a_lead_key(), changed_at=earlier),
        5: a_state(FAILING, "gave_up", changed_at=earlier),
        6: a_state(key=a_lead_key(), notes=("city:too_long", "birthday:not_date")),
        7: a_state(None, key=a_lead_key()),
    }
    await world.records.save([*states.values()])

    for size in (1, 50):
        keys = await listed(world, wanted, size=size)
        assert {number for number, state in states.items() if state.key in keys} == found
        assert len(keys) == len(found)


def standing(
    status: SyncStatus,
    reason: str | None = None,
    *,
    table: Table = Table.CONTACT,
    has_notes: bool = False,
    has_row: bool = True,
) -> Standing:
    return Standing(table=table, status=status, reason=reason, has_notes=has_notes, has_row=has_row)


async def test_counts_add_up(world: World) -> None:
    """
    Counts are by table, status and the reason without its details, and by whether there are notes.
    """
    states = [
        a_state(notes=("city:too_long",)),
        *(a_state() for _ in range(3)),
        *(a_state(EXCLUDED, "no_email", a_lead_key()) for _ in range(2)),
        a_state(FAILING, "rejected:PROPERTY_INVALID:city"),
        a_state(FAILING, "rejected:ERROR"),
        a_state(None),
    ]
    await world.records.save(states)

    assert await world.lists.count() == {
        standing(IN_SYNC): 3,
        standing(IN_SYNC, has_notes=True): 1,
        standing(EXCLUDED, "no_email", table=Table.LEAD): 2,
        standing(FAILING, "rejected"): 2,
    }


async def test_counts_tell_who_has_no_row(world: World) -> None:
    """
    Who is deleted or missing counts apart, and so does a lead that was handed over and is gone.
    """
    lead = a_lead_key()
    reasons = ["deleted", "handed_over:deleted", "handed_over"]
    await world.records.save([a_state(EXCLUDED, one, a_lead_key()) for one in reasons])
    await world.records.save([a_state(FAILING, "not_in_dynamics", lead)])

    of_lead = partial(standing, table=Table.LEAD)
    assert await world.lists.count() == {
        of_lead(EXCLUDED, "deleted", has_row=False): 1,
        of_lead(EXCLUDED, "handed_over", has_row=False): 1,
        of_lead(EXCLUDED, "handed_over"): 1,
        of_lead(FAILING, "not_in_dynamics", has_row=False): 1,
    }


async def test_counts_tell_the_account(world: World) -> None:
    """
    Counts tell of which account a state is true, where that is known.
    """
    other = Account("other")
    states = [a_state(), *(replace(a_state(), account=other) for _ in range(2))]
    await world.records.save(states)

    assert await world.lists.count() == {
        standing(IN_SYNC): 1,
        replace(standing(IN_SYNC), account=other): 2,
    }


async def test_other_organisation_is_not_seen(tables: Tables) -> None:
    """
    What another organisation synced is neither listed nor counted.
    """
    other = replace_last(tables.organisation)
    for organisation in (tables.organisation, other):
        await TableRecordStore(tables.service, organisation).save([a_state()])

    lists = TableRecordLists(tables.service, tables.organisation)

    assert len((await lists.list_page(RecordFilter(), size=50)).states) == 1
    assert sum((await lists.count()).values()) == 1


def replace_last(organisation: OrganisationId) -> OrganisationId:
    """Return an organisation whose rows lie right beside."""
    return OrganisationId(organisation[:-1] + ("0" if organisation[-1] != "0" else "1"))


async def test_count_reads_beyond_a_page(tables: Tables) -> None:
    """
    A count of more than the service gives at once takes all of it, a thousand in a request.
    """
    await TableRecordStore(tables.service, tables.organisation).save(
        [replace(state, status=IN_SYNC, reason=None) for state in scattered(2100)]
    )
    lists, before = TableRecordLists(tables.service, tables.organisation), tables.requests

    counts = await lists.count()

    assert {one.status for one in counts} == {IN_SYNC}
    assert sum(counts.values()) == 2100
    assert tables.requests - before <= 4


@pytest.mark.parametrize("column", [{"status": "lost"}, {"changed_at": "yesterday"}], ids=str)
async def test_broken_row_hides_no_other(
    tables: Tables, column: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """
    A row that somebody altered is left out with a warning that names it; all others are listed.
    """
    world = TableWorld(tables)
    good, bad = a_state(FAILING, key=a_contact_key(1)), a_state(FAILING, key=a_contact_key(2))
    await world.records.save([good, bad])
    row = {
        "PartitionKey": partition_key(tables.organisation, bad.key),
        "RowKey": row_key(bad.key.id),
        **column,
    }
    async with tables.service.open("records") as table:
        await table.update_entity(row)

    page = await world.lists.list_page(RecordFilter(), size=10)
    counts = await world.lists.count()

    assert [state.key for state in page.states] == [good.key]
    assert counts[standing(FAILING)] == (1 if "status" in column else 2)
    assert row["RowKey"] in caplog.text
