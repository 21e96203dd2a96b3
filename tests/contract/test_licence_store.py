"""What the use cases may expect of any `LicenceStore`, the fake and the real one."""

import asyncio
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from azure.data.tables import TableEntity

from connector.adapters.licence.verifier import JwsLicenceVerifier
from connector.adapters.tables.licences import ROW, TABLE, TableLicenceStore
from connector.application.check_licence import LicenceCheck
from connector.application.licence_ports import LicenceStore
from connector.domain.contact import OrganisationId
from connector.domain.errors import ConfigurationError, TransientError
from connector.domain.licence import LONGEST_CODE
from connector.domain.licence_status import LicenceState, LicenceStatus, StoredLicence
from tests.builders import NOW
from tests.contract.conftest import Tables
from tests.licences import KEYS, FakeLicences, a_code, some_claims

# The SDK reads refusals in XML in a way that Python is going to drop.
pytestmark = pytest.mark.filterwarnings("ignore:Testing an element's truth value")

MOMENT = NOW + timedelta(microseconds=123456)
ENTERED = StoredLicence("a.b.c", first_seen=MOMENT, highest_clock=MOMENT + timedelta(hours=1))


@pytest.fixture(params=["fake", "azurite"])
def store(request: pytest.FixtureRequest, tables: Tables) -> LicenceStore:
    if request.param == "fake":
        return FakeLicences()

    return TableLicenceStore(tables.service, tables.organisation)


async def found(store: LicenceStore) -> StoredLicence:
    row = await store.find()
    assert row is not None

    return row


async def test_nothing_entered_is_nothing(store: LicenceStore) -> None:
    """
    Where nobody entered a code there is none, however often one asks.
    """
    assert [await store.find(), await store.find()] == [None, None]


@pytest.mark.parametrize(
    "code", [pytest.param("a.b.c", id="short"), pytest.param("x" * LONGEST_CODE, id="longest")]
)
async def test_code_comes_back_whole(store: LicenceStore, code: str) -> None:
    """
    What was entered is found as it was, moments to the microsecond, and with an etag.
    """
    assert await store.save(replace(ENTERED, code=code))

    row = await found(store)
    assert replace(row, etag=None) == replace(ENTERED, code=code)
    assert row.etag
    assert row.first_seen.utcoffset() == timedelta(0)


async def test_second_first_write_loses(store: LicenceStore) -> None:
    """
    Who saw no row does not write over one that somebody made since.
    """
    await store.save(ENTERED)

    assert not await store.save(replace(ENTERED, code="other"))
    assert (await found(store)).code == "a.b.c"


async def test_changed_row_is_not_overwritten(store: LicenceStore) -> None:
    """
    Who read the row before somebody changed it loses, and wins after reading it again.
    """
    await store.save(ENTERED)
    before = await found(store)
    assert await store.save(replace(before, code="newer"))

    assert not await store.save(replace(before, code="late"))
    assert await store.save(replace(await found(store), code="late"))
    assert (await found(store)).code == "late"


async def test_one_of_many_wins(store: LicenceStore) -> None:
    """
    Of several who write at once from the same reading exactly one succeeds.
    """
    await store.save(ENTERED)
    before = await found(store)

    won = await asyncio.gather(*(store.save(replace(before, code=f"n{n}")) for n in range(5)))

    assert won.count(True) == 1
    assert (await found(store)).code == f"n{won.index(True)}"


async def test_etag_of_missing_row_loses(store: LicenceStore) -> None:
    """
    An etag without a row is a lost race, not a failure.
    """
    assert not await store.save(replace(ENTERED, etag="W/\"datetime'2026-01-01T00%3A00%3A00Z'\""))
    assert await store.find() is None


async def test_row_is_removed_as_it_was_read(store: LicenceStore) -> None:
    """
    A row is removed only by who has seen it as it is; one that is missing is no failure.
    """
    await store.save(ENTERED)
    before = await found(store)
    await store.save(replace(before, code="newer"))

    assert not await store.remove(before)
    newer = await found(store)
    assert newer.code == "newer"
    assert await store.remove(newer)
    assert await store.remove(newer)
    assert await store.find() is None


async def test_entered_code_works(store: LicenceStore, tables: Tables) -> None:
    """
    A signed code is entered, verified again from the store, renewed, and runs out.
    """
    verifier, ours = JwsLicenceVerifier(keys=KEYS), tables.organisation
    code = a_code(some_claims(sub=ours))

    def at(after: timedelta) -> LicenceCheck:
        return LicenceCheck(verifier=verifier, store=store, organisation=ours, now=NOW + after)

    async def look(after: timedelta) -> LicenceStatus:
        return await at(after).check()

    saved = await at(timedelta()).save(f"\n{code[:50]}\n{code[50:]}\n")
    later, ended, back = [await look(timedelta(days=days)) for days in (90, 200, 0)]

    states = [saved.state, later.state, ended.state, back.state]
    assert states == [
        LicenceState.ACTIVE,
        LicenceState.EXPIRING,
        LicenceState.EXPIRED,
        LicenceState.ACTIVE,
    ]
    assert [saved.clock_went_back, back.clock_went_back] == [False, True]


async def test_organisations_are_kept_apart(tables: Tables) -> None:
    """
    The licence of one organisation is not there for another.
    """
    await TableLicenceStore(tables.service, tables.organisation).save(ENTERED)
    other = TableLicenceStore(tables.service, OrganisationId(str(uuid.uuid4())))

    assert await other.find() is None
    assert await other.save(ENTERED)


async def test_looking_costs_one_request(tables: Tables) -> None:
    """
    A look at the licence is one request, and so is a note of the clock.
    """
    store = TableLicenceStore(tables.service, tables.organisation)
    await store.save(ENTERED)
    tables.requests = 0

    row = await found(store)
    await store.save(row.noted(NOW + timedelta(days=1)))

    assert tables.requests == 2


async def test_deleted_table_is_made_anew(tables: Tables) -> None:
    """
    A table deleted behind our back is no lost race: the write comes back later, and succeeds.
    """
    store = TableLicenceStore(tables.service, tables.organisation)
    await store.save(ENTERED)
    row = await found(store)
    async with tables.open() as client:
        await client.delete_table(TABLE)

    assert await store.find() is None
    with pytest.raises(TransientError, match="404"):
        await store.save(row)

    assert await store.save(ENTERED)


async def test_deleted_row_is_none(tables: Tables) -> None:
    """
    An operator who deletes the row starts anew.
    """
    store = TableLicenceStore(tables.service, tables.organisation)
    await store.save(ENTERED)
    row = await found(store)
    async with tables.service.open(TABLE) as table:
        await table.delete_entity(tables.organisation, ROW)

    assert not await store.save(row)
    assert await store.find() is None


@pytest.mark.parametrize(
    "column",
    [
        pytest.param({"code": None}, id="no code"),
        pytest.param({"code": 7}, id="a code that is a number"),
        pytest.param({"highest_clock": "yesterday"}, id="a clock that is text"),
    ],
)
async def test_spoilt_row_is_for_operator(tables: Tables, column: dict[str, object]) -> None:
    """
    A row that somebody edited opens nothing, and says what to do.
    """
    good = {"code": "a.b.c", "first_seen": NOW, "highest_clock": NOW}
    spoilt = {name: value for name, value in (good | column).items() if value is not None}
    async with tables.service.open(TABLE) as table:
        await table.create_entity(
            TableEntity(PartitionKey=tables.organisation, RowKey=ROW, **spoilt)
        )

    with pytest.raises(ConfigurationError, match="enter the code again"):
        await TableLicenceStore(tables.service, tables.organisation).find()
