"""What the routes may expect of any `AuditTrail`, the fake and the real one."""

from dataclasses import replace

import pytest
from azure.data.tables import TableEntity

from connector.adapters.tables.audit import TABLE, TableAuditTrail
from connector.domain.audit import AuditEntry, AuditResult
from tests.builders import NOW
from tests.contract.conftest import Tables

# The SDK reads refusals in XML in a way that Python is going to drop.
pytestmark = pytest.mark.filterwarnings("ignore:Testing an element's truth value")

ENTRY = AuditEntry("1", NOW, "object-id", "mappings.change", "contact/7", before='W/"3"')


async def rows(tables: Tables) -> list[TableEntity]:
    async with tables.open() as service:
        found = service.get_table_client(TABLE).query_entities(
            "PartitionKey eq @ours", parameters={"ours": tables.organisation}
        )
        return [row async for row in found]


async def test_change_and_its_result_are_one_row(tables: Tables) -> None:
    """
    A row tells who wanted what and when, and then what came of it; rows lie in the order of time.
    """
    trail = TableAuditTrail(tables.service, tables.organisation)
    await trail.begin(ENTRY)
    await trail.finish(ENTRY, AuditResult(200, "hash"))
    await trail.begin(replace(ENTRY, id="0", at=NOW.replace(year=NOW.year + 1), before=None))

    first, second = await rows(tables)

    wanted = {"caller": "object-id", "action": "mappings.change", "target": "contact/7"}
    assert wanted.items() <= first.items()
    assert (first["before"], first["status"], first["after"]) == ('W/"3"', 200, "hash")
    assert wanted.items() <= second.items()
    assert not {"before", "status", "after"} & {*second}
