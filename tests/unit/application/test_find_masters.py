"""Which row stands for one that was merged, or that became another one."""

from dataclasses import replace

import pytest

from connector.application.find_masters import find_masters
from connector.domain.contact import ExternalId, Record, RecordId, RecordKey
from connector.domain.default_mappings import DEFAULT_MAPPINGS
from connector.domain.mapping_plan import plan_mappings
from connector.domain.outcome import Outcome
from connector.domain.sync_state import Reason, SyncState, SyncStatus
from tests.builders import a_catalogue, a_change, a_contact_key, a_lead_key, a_person
from tests.fakes import FakeCrm, FakeMarketing, FakeRecords
from tests.unit.application.syncing_world import OPEN, QUALIFIED, World

LEAD, MERGED_LEAD = a_lead_key(1), a_lead_key(2)
HEIR, LAST = a_contact_key(3), a_contact_key(4)
PLAN = plan_mappings(DEFAULT_MAPPINGS, a_catalogue())
HANDED_OVER = SyncState(
    LEAD, status=SyncStatus.EXCLUDED, reason=Reason.HANDED_OVER, successor=HEIR.id
)


@pytest.fixture
def crm() -> FakeCrm:
    """Return a CRM with a qualified lead, and the contact that it became."""
    return FakeCrm(a_person(LEAD, statecode=QUALIFIED), a_person(HEIR), a_person(LAST))


async def end_of(crm: FakeCrm, state: SyncState) -> RecordKey:
    records = FakeRecords()
    records.write(state)
    key = state.key

    return (await find_masters([key], crm=crm, records=records, plan=PLAN))[key].key


async def test_qualified_lead_is_its_contact(crm: FakeCrm) -> None:
    """
    A lead that was handed over stands for its contact, also when the lead is deleted since.
    """
    there = await end_of(crm, HANDED_OVER)
    del crm.rows[LEAD]

    assert (there, await end_of(crm, HANDED_OVER)) == (HEIR, HEIR)


async def test_contact_of_a_lead_may_be_merged_itself(crm: FakeCrm) -> None:
    """
    What a lead became may have been merged since: that one stands for both.
    """
    crm.put(a_person(HEIR, masterid=LAST.id))

    assert await end_of(crm, HANDED_OVER) == LAST


@pytest.mark.parametrize(
    ("contact", "end"),
    [
        pytest.param(None, LEAD, id="deleted"),
        pytest.param(a_person(HEIR, masterid=LAST.id), LEAD, id="merged"),
        pytest.param(a_person(HEIR), HEIR, id="there"),
    ],
)
async def test_open_lead_is_a_lead_again(
    crm: FakeCrm, contact: Record | None, end: RecordKey
) -> None:
    """
    A lead that was opened again is one once its contact is over.
    """
    crm.put(a_person(LEAD, statecode=OPEN))
    del crm.rows[HEIR]
    if contact is not None:
        crm.put(contact)

    assert await end_of(crm, HANDED_OVER) == end


async def test_contact_that_is_back_stands_for_itself(crm: FakeCrm) -> None:
    """
    A contact that was merged once, and is not any more, is nobody else.
    """
    state = SyncState(HEIR, reason=Reason.MERGED, successor=RecordId(LAST.id))

    assert await end_of(crm, state) == HEIR


@pytest.mark.feature("F66", "F68")
async def test_lead_merged_into_one_that_became_a_contact() -> None:
    """
    What a lead refused that was merged into a handed-over one reaches the contact of that one.
    """
    world = World()
    world.marketing = FakeMarketing(merges=True)
    for key, email in ((HEIR, "kok@example.nl"), (MERGED_LEAD, "lead@example.nl")):
        world.crm.put(a_person(key, email=email, statecode=OPEN))
        await world.sync(a_change(key))
    world.marketing.permissions = {
        ExternalId(HEIR.id): {1: True, 2: True},
        ExternalId(MERGED_LEAD.id): {1: False, 2: True},
    }
    lead = a_person(LEAD, email="kok@example.nl", statecode=QUALIFIED, parentcontactid=HEIR.id)
    world.crm.put(lead)
    await world.sync(a_change(LEAD))
    row = world.crm.rows[MERGED_LEAD]
    columns = {**row.columns, "masterid": LEAD.id}
    world.crm.put(replace(row, version=row.version + 1, columns=columns))

    outcomes = await world.sync(a_change(MERGED_LEAD))
    await world.settle()

    assert outcomes == [Outcome.MERGED]
    assert world.marketing.permissions[ExternalId(HEIR.id)] == {1: False, 2: True}
    assert world.marketing.withdrawn[-1] == ExternalId(MERGED_LEAD.id)
    assert world.parking.parked == {}
