"""What a claim wrote it recognises, whichever store keeps the states."""

import pytest

from connector.adapters.tables.records import TableRecordStore
from connector.application.claim_leads import claim_leads
from connector.application.ports import RecordStore
from connector.domain.batch import collapse
from connector.domain.snapshot import Snapshot
from tests.builders import NOW, a_change, a_contact_key, a_lead_key, a_person
from tests.contract.conftest import Tables
from tests.fakes import FakeRecords


@pytest.fixture(params=["fake", "azurite"])
def records(request: pytest.FixtureRequest, tables: Tables) -> RecordStore:
    if request.param == "fake":
        return FakeRecords()

    return TableRecordStore(tables.service, tables.organisation)


async def test_claim_knows_its_writing(records: RecordStore) -> None:
    """
    Who claims a lead for a newcomer writes both rows, and goes on with the etag of the second.
    """
    lead, contact = a_lead_key(), a_contact_key()
    rows = {contact: a_person(contact, originatingleadid=lead.id)}
    snapshot = Snapshot(collapse([a_change(contact)]), {}, rows, {})

    claims = await claim_leads(snapshot, records=records, now=NOW)

    states = await records.list_states([lead, contact])
    assert (claims.raced, claims.etags) == ({}, {contact: states[contact].etag})
    assert states[lead].successor == contact.id
    assert str(states[contact].external_id) == lead.id
