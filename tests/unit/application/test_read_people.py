"""What a batch knows before it decides."""

from dataclasses import replace

import pytest

from connector.application.read_people import read_people
from connector.domain.batch import collapse
from connector.domain.default_mappings import DEFAULT_MAPPINGS
from connector.domain.event import Change
from connector.domain.mapping_plan import plan_mappings
from connector.domain.parking import LICENCE, park_event
from connector.domain.sync_state import Reason, SyncState, SyncStatus
from tests.builders import NOW, a_catalogue, a_change, a_person
from tests.fakes import FakeCrm, FakeParking, FakeRecords

PLAN = plan_mappings(DEFAULT_MAPPINGS, a_catalogue())


@pytest.mark.parametrize(
    ("changes", "queries"),
    [
        pytest.param({}, 0, id="as seen"),
        pytest.param({"version": 6}, 1, id="newer"),
        pytest.param({"reason": Reason.DELETED}, 1, id="deleted"),
    ],
)
async def test_outdated_row_is_read_again(changes: dict[str, object], queries: int) -> None:
    """
    A row that was read before its state is read again when the state tells of something newer.
    """
    row, records = a_person(version=5), FakeRecords()
    known = SyncState(row.key, version=5, status=SyncStatus.IN_SYNC)
    records.write(replace(known, **changes))  # type: ignore[arg-type] # the cases fit
    crm = FakeCrm()

    snapshot = await read_people(
        collapse([a_change(row.key)]), crm=crm, records=records, plan=PLAN, seen={row.key: row}
    )

    assert len(crm.queries) == queries
    assert (row.key in snapshot.records) == (queries == 0)


async def test_parked_row_is_read_again() -> None:
    """
    A row that was read before is read again when something is parked that may be newer.
    """
    parking = FakeParking()
    row, records, crm = a_person(version=5), FakeRecords(), FakeCrm()
    records.write(SyncState(row.key, version=5, status=SyncStatus.FAILING))
    await parking.park(park_event(a_change(row.key, Change.DELETED), LICENCE, NOW))

    snapshot = await read_people(
        collapse([a_change(row.key)]),
        crm=crm,
        records=records,
        plan=PLAN,
        seen={row.key: row},
        parking=parking,
    )

    assert row.key not in snapshot.records
    assert snapshot.parked.keys() == {row.key}
