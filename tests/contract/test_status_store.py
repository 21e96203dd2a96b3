"""What the use cases may expect of any `StatusStore`, the fake and the real one."""

from datetime import timedelta

import pytest
from azure.data.tables import TableEntity

from connector.adapters.tables.connections import TableConnectionStore
from connector.adapters.tables.status import ACTIVITY, CHECKS, TABLE, TableStatusStore
from connector.application.check_ports import StatusStore, StoredStatus
from connector.domain.activity import Activity
from connector.domain.check_history import Standing
from connector.domain.connection import SecretVersion, StoredConnection
from connector.domain.connection_check import CheckName, CheckOutcome
from connector.domain.errors import System
from connector.domain.failure import Failure, FailureKind
from tests.builders import NOW
from tests.checks import FakeStatus
from tests.connections import ADMIN, KEY
from tests.contract.conftest import Tables

# The SDK reads refusals in XML in a way that Python is going to drop.
pytestmark = pytest.mark.filterwarnings("ignore:Testing an element's truth value")

LATER = NOW + timedelta(microseconds=1)
HISTORY = {
    CheckName.SPOTLER: Standing(outcome=CheckOutcome.OK, code=None, since=NOW),
    CheckName.STEPS: Standing(outcome=CheckOutcome.FAILED, code="step_disabled", since=LATER),
}


@pytest.fixture(params=["fake", "azurite"])
def store(request: pytest.FixtureRequest, tables: Tables) -> StatusStore:
    if request.param == "fake":
        return FakeStatus()

    return TableStatusStore(tables.service, tables.organisation)


async def test_both_come_back_whole(store: StatusStore) -> None:
    """
    Nothing kept is nothing; what was kept is read as it was, each with an etag of its own.
    """
    assert await store.read() == StoredStatus()

    assert await store.save_history(HISTORY, None)
    assert await store.save_activity(Activity(LATER, None, NOW), None)

    stored = await store.read()
    assert (stored.history, stored.activity) == (HISTORY, Activity(LATER, None, NOW))
    assert stored.history_etag
    assert stored.activity_etag


async def test_slower_of_two_loses(store: StatusStore) -> None:
    """
    Who did not see what somebody wrote since does not write over it, also at first.
    """
    await store.save_history(HISTORY, None)
    await store.save_activity(Activity(NOW, NOW), None)
    before = await store.read()
    assert await store.save_history({}, before.history_etag)
    assert await store.save_activity(Activity(LATER, LATER), before.activity_etag)

    assert not await store.save_history(HISTORY, before.history_etag)
    assert not await store.save_history(HISTORY, None)
    assert not await store.save_activity(Activity(NOW, NOW), before.activity_etag)
    assert not await store.save_activity(Activity(NOW, NOW), None)

    stored = await store.read()
    assert (stored.history, stored.activity) == ({}, Activity(LATER, LATER))


async def test_both_are_one_request(tables: Tables) -> None:
    """
    Looking costs one request, and the connection beside them is left alone.
    """
    connections = TableConnectionStore(tables.service, tables.organisation)
    await connections.save(StoredConnection(KEY, SecretVersion("1"), NOW, ADMIN))
    store = TableStatusStore(tables.service, tables.organisation)
    await store.save_history(HISTORY, None)
    before = tables.requests

    stored = await store.read()

    assert tables.requests == before + 1
    assert stored.history == HISTORY
    assert await connections.find() is not None


@pytest.mark.parametrize(
    "checks",
    [
        None,
        7,
        "{",
        "[]",
        '{"spotler": 7}',
        '{"of tomorrow": {"outcome": "ok", "code": null, "since": "2026-11-23T12:00:00+00:00"}}',
        '{"spotler": {"outcome": "ok", "code": null, "since": "yesterday"}}',
    ],
    ids=["none", "number", "broken", "list", "no check", "of tomorrow", "no time"],
)
async def test_spoilt_row_begins_anew(tables: Tables, checks: object) -> None:
    """
    What nobody can read is written over, and troubles nobody.
    """
    keys = {"PartitionKey": tables.organisation}
    async with tables.service.open(TABLE) as table:
        columns = {} if checks is None else {"checks": checks}
        await table.create_entity(TableEntity(**keys, RowKey=CHECKS, **columns))
        await table.create_entity(
            TableEntity(**keys, RowKey=ACTIVITY, received_at="2026-11-23", sent_at=7)
        )
    store = TableStatusStore(tables.service, tables.organisation)

    stored = await store.read()

    assert (stored.history, stored.activity) == ({}, Activity())
    assert await store.save_history(HISTORY, stored.history_etag)
    assert (await store.read()).history == HISTORY


async def test_what_failed_comes_back_whole(store: StatusStore) -> None:
    """
    Every time and every failure that is noted is read as it was, and what is over is gone.
    """
    part = System.SPOTLER_WITHDRAWALS
    known = Failure(since=NOW, at=LATER, system=part, kind=FailureKind.REFUSED)
    activity = Activity(
        taken_at=NOW,
        queued_at=NOW,
        lost_at=LATER,
        unqueued=Failure(since=NOW, at=LATER),
        failures={part: known, None: Failure(since=NOW, at=NOW)},
        worked={System.LEADS: LATER, None: NOW},
        refused_with={"0a1b2c3d": NOW},
    )
    unseen = Standing(
        outcome=CheckOutcome.FAILED,
        code="unknown",
        since=LATER,
        before=HISTORY[CheckName.STEPS],
    )
    assert await store.save_history({CheckName.STEPS: unseen}, None)
    assert await store.save_activity(activity, None)

    stored = await store.read()
    assert await store.save_activity(Activity(sent_at=LATER), stored.activity_etag)

    assert (stored.history, stored.activity) == ({CheckName.STEPS: unseen}, activity)
    assert (await store.read()).activity == Activity(sent_at=LATER)


@pytest.mark.parametrize(
    "written",
    [
        "{",
        "[]",
        "7",
        "[7]",
        "{}",
        '[{"since": "2026-11-23", "at": "2026-11-23", "system": null, "kind": "refused"}]',
        f'[{{"since": "{NOW}", "at": "{NOW}", "system": "of tomorrow", "kind": "refused"}}]',
        f'{{"of tomorrow": "2026-11-23", "of today": "{NOW}"}}',
    ],
    ids=["broken", "none", "number", "list", "empty", "no time", "of tomorrow", "moments"],
)
async def test_spoilt_failure_is_none(tables: Tables, written: str) -> None:
    """
    A failure that nobody can read is met again if it goes on.
    """
    async with tables.service.open(TABLE) as table:
        keys = {"PartitionKey": tables.organisation, "RowKey": ACTIVITY}
        spoilt = dict.fromkeys(("unqueued", "failures", "worked"), written)
        await table.create_entity(TableEntity(**keys, **spoilt, refused_with="[]"))

    stored = await TableStatusStore(tables.service, tables.organisation).read()

    assert stored.activity == Activity()
