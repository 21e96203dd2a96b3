"""What administrators may expect of any `MappingSets`, the fake and the real one."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from azure.core.exceptions import ServiceResponseError
from azure.data.tables.aio import TableClient

from connector.adapters.tables.mappings import (
    FRESH_SECONDS,
    MOST_CHANGES,
    TABLE,
    TableMappingStore,
)
from connector.application.mapping_ports import MappingSets
from connector.domain.converter import Converter
from connector.domain.default_mappings import DEFAULT_MAPPINGS
from connector.domain.errors import MappingError, TransientError
from connector.domain.mapping import Mapping, Origin, Target
from tests.contract.conftest import Tables
from tests.fakes import FakeMappings

JOB = Mapping(Target.named("profileField3"), "jobtitle", None, Converter.TEXT, Origin.USER)
DELETED = replace(DEFAULT_MAPPINGS[-4], deleted=True)


@pytest.fixture(params=["fake", "azurite"])
def sets(request: pytest.FixtureRequest, tables: Tables) -> MappingSets:
    if request.param == "fake":
        return FakeMappings()

    return TableMappingStore(tables.service, tables.organisation)


@pytest.fixture
def store(tables: Tables) -> TableMappingStore:
    return TableMappingStore(tables.service, tables.organisation)


async def test_set_is_replaced_as_a_whole(sets: MappingSets) -> None:
    """
    What is stored is what was given last, and no row of what was there before.
    """
    first = await sets.replace([JOB, DELETED], version=(await sets.read()).version)
    assert first is not None

    second = await sets.replace([replace(JOB, lead_column="jobtitle")], version=first.version)

    read = await sets.read()
    assert second == read
    assert [*read.changes] == [replace(JOB, lead_column="jobtitle")]
    assert len({first.version, read.version}) == 2


async def test_everything_can_be_taken_away(sets: MappingSets) -> None:
    """
    Where all changes are undone nothing is stored, and the set still has a version of its own.
    """
    before = await sets.read()
    stored = await sets.replace([JOB], version=before.version)
    assert stored is not None

    await sets.replace([], version=stored.version)

    read = await sets.read()
    assert [*read.changes] == []
    assert read.version not in {before.version, stored.version}


async def test_old_version_changes_nothing(sets: MappingSets) -> None:
    """
    Who has not seen the newest set writes nothing, also when nothing was stored then.
    """
    seen = await sets.read()
    await sets.replace([JOB], version=seen.version)

    assert await sets.replace([DELETED], version=seen.version) is None
    assert await sets.replace([DELETED], version="made up") is None
    assert [*(await sets.read()).changes] == [JOB]


@pytest.mark.parametrize("begun", [False, True], ids=["first ever", "later"])
async def test_one_of_many_wins(tables: Tables, store: TableMappingStore, *, begun: bool) -> None:
    """
    Of administrators who save at the same moment on many hosts one wins, and it is their set whole.
    """
    if begun:
        await store.replace([DELETED], version=(await store.read()).version)
    version = (await store.read()).version
    hosts = [TableMappingStore(tables.service, tables.organisation) for _ in range(6)]
    wanted = [
        [replace(JOB, target=Target.named(f"profileField{n}")) for n in (number, number + 20)]
        for number in range(6)
    ]

    written = await asyncio.gather(
        *(host.replace(one, version=version) for host, one in zip(hosts, wanted, strict=True))
    )

    [winner] = [one for one in written if one is not None]
    read = await store.read()
    assert read.version == winner.version
    assert {*read.changes} == {*winner.changes}


@pytest.mark.parametrize("begun", [False, True], ids=["first ever", "later"])
async def test_those_who_meet_at_the_write(
    tables: Tables, store: TableMappingStore, monkeypatch: pytest.MonkeyPatch, *, begun: bool
) -> None:
    """
    Of two who both saw the newest set before either wrote, the table lets one write.
    """
    if begun:
        await store.replace([], version=(await store.read()).version)
    version = (await store.read()).version
    both_saw, sets = asyncio.Barrier(2), ([JOB], [replace(JOB, lead_column="jobtitle")])

    def host() -> TableMappingStore:
        one = TableMappingStore(tables.service, tables.organisation)
        read = one._read

        async def meet() -> object:
            found = await read()
            await both_saw.wait()
            return found

        monkeypatch.setattr(one, "_read", meet)
        return one

    written = await asyncio.gather(*(host().replace(one, version=version) for one in sets))

    [winner] = [one for one in written if one is not None]
    assert await store.read() == winner


async def test_own_write_is_seen_at_once(store: TableMappingStore, tables: Tables) -> None:
    """
    Who saves works by it from then on; other hosts do so within half a minute.
    """
    now = 0.0
    other = TableMappingStore(tables.service, tables.organisation, lambda: now)
    assert [*await store.list_changes()] == [*await other.list_changes()] == []

    await store.replace([JOB], version=(await store.read()).version)

    assert [*await store.list_changes()] == [JOB]
    assert [*await other.list_changes()] == []
    now = FRESH_SECONDS
    assert [*await other.list_changes()] == [JOB]


async def test_now_is_now(store: TableMappingStore, tables: Tables) -> None:
    """
    Who cannot wait reads what another host saved a moment ago, and goes on with that.
    """
    other = TableMappingStore(tables.service, tables.organisation)
    await other.list_changes()
    await store.replace([JOB], version=(await store.read()).version)

    assert [*await other.list_changes(now=True)] == [JOB]
    assert [*await other.list_changes()] == [JOB]


async def test_read_under_way_is_not_kept(
    store: TableMappingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A read that began before our own write and ends after it does not bring the old set back.
    """
    version = (await store.read()).version
    began, may_end = asyncio.Event(), asyncio.Event()
    read = store._read

    async def slow() -> object:
        found = await read()
        began.set()
        await may_end.wait()
        return found

    monkeypatch.setattr(store, "_read", slow)
    reading = asyncio.create_task(store.read())
    await began.wait()
    monkeypatch.undo()
    await store.replace([JOB], version=version)
    may_end.set()
    await reading

    assert [*await store.list_changes()] == [JOB]


async def test_lost_answer_is_read_anew(
    store: TableMappingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    When the answer to a write is lost nobody works on with what was read before it.
    """
    version = (await store.read()).version
    submit: Callable[..., object] = TableClient.submit_transaction

    async def lose(self: TableClient, *args: object) -> None:
        await submit(self, *args)  # type: ignore[misc]  # the method itself
        raise ServiceResponseError("lost")

    monkeypatch.setattr(TableClient, "submit_transaction", lose)
    with pytest.raises(TransientError):
        await store.replace([JOB], version=version)

    assert [*await store.list_changes()] == [JOB]


async def test_too_many_at_once_is_refused(store: TableMappingStore) -> None:
    """
    One transaction takes 99 mappings; more are refused before anything is written.
    """
    many = [replace(JOB, target=Target.named(f"profileField{n}")) for n in range(MOST_CHANGES + 1)]
    version = (await store.read()).version

    with pytest.raises(MappingError, match="at most 99"):
        await store.replace(many, version=version)

    whole = await store.replace(many[1:], version=version)
    assert whole is not None
    assert len((await store.read()).changes) == MOST_CHANGES


async def test_deleted_table_is_no_lost_race(store: TableMappingStore, tables: Tables) -> None:
    """
    A table deleted behind our back comes back later; nobody is told of another administrator.
    """
    version = (await store.read()).version
    async with tables.open() as client:
        await client.delete_table(TABLE)

    with pytest.raises(TransientError, match="404"):
        await store.replace([JOB], version=version)

    assert await store.replace([JOB], version=(await store.read()).version) is not None
