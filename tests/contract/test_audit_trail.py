"""What the routes may expect of any `AuditTrail`, the fake and the real one."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from connector.adapters.tables.audit import TableAuditTrail
from connector.application.audit_ports import AuditTrail
from connector.domain.audit import AuditEntry, AuditFilter, AuditRecord, AuditResult
from connector.domain.contact import OrganisationId
from tests.audit import FakeTrail
from tests.builders import NOW
from tests.contract.conftest import Tables

# The SDK reads refusals in XML in a way that Python is going to drop.
pytestmark = pytest.mark.filterwarnings("ignore:Testing an element's truth value")

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
ENTRY = AuditEntry(
    id=f"{1:032x}",
    at=NOW,
    caller="object-id",
    action="mappings.save",
    target="contact/7",
    named=("contact/8", "lead/9"),
    subject="mappings",
    before="hash before",
    seen='W/"3"',
)
RESULT = AuditResult(status=200, named=("sent=2",), subject="mappings", after="hash after")


@pytest.fixture(params=["fake", "azurite"])
def trail(request: pytest.FixtureRequest, tables: Tables) -> AuditTrail:
    if request.param == "fake":
        return FakeTrail()

    return TableAuditTrail(tables.service, tables.organisation)


def an_entry(number: int, at: datetime, **changes: str) -> AuditEntry:
    return replace(ENTRY, id=f"{number:032x}", at=at, **changes)


async def listed(
    trail: AuditTrail, wanted: AuditFilter | None = None, *, size: int = 50
) -> list[AuditRecord]:
    """Return the entries of all pages in turn."""
    wanted = wanted or AuditFilter()
    page = await trail.list_page(wanted, size=size)
    found = [*page.records]
    while page.last is not None:
        assert len(page.records) == size
        page = await trail.list_page(wanted, size=size, after=page.last)
        found += page.records

    return found


async def test_call_and_its_result_are_one_entry(trail: AuditTrail) -> None:
    """
    An entry tells who wanted what and when, and then what came of it, whole and to the microsecond.
    """
    entry = replace(ENTRY, at=NOW + timedelta(microseconds=123_456))
    await trail.begin(entry)
    [begun] = await listed(trail)
    await trail.finish(entry, RESULT)
    [ended] = await listed(trail)

    assert (begun.entry, begun.result) == (entry, None)
    assert (ended.entry, ended.result) == (entry, RESULT)


async def test_refusal_is_noted_at_once(trail: AuditTrail) -> None:
    """
    What was refused is one entry with its status, and has no state.
    """
    entry = AuditEntry(id=f"{2:032x}", at=NOW, caller="object-id", action="jobs.start")
    await trail.note(entry, AuditResult(status=403))

    [noted] = await listed(trail)

    assert (noted.entry, noted.result) == (entry, AuditResult(status=403))


@pytest.mark.parametrize("size", [1, 2, 5, 6])
async def test_newest_come_first(trail: AuditTrail, size: int) -> None:
    """
    Entries are listed the newest first, in pages of any size, however they were written.
    """
    moments = [NOW - DAY, NOW + MOMENT, NOW + DAY, NOW, NOW - MOMENT]
    for number, at in enumerate(moments):
        await trail.begin(an_entry(number, at))

    found = await listed(trail, size=size)

    assert [one.entry.at for one in found] == sorted(moments, reverse=True)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param(AuditFilter(since=NOW), [3, 2, 1], id="since"),
        pytest.param(AuditFilter(until=NOW + DAY), [2, 1, 0], id="until"),
        pytest.param(AuditFilter(since=NOW, until=NOW + DAY), [2, 1], id="a day"),
        pytest.param(AuditFilter(action="jobs.start"), [2], id="route"),
        pytest.param(AuditFilter(caller="somebody"), [3], id="caller"),
        pytest.param(AuditFilter(until=NOW, caller="somebody"), [], id="none"),
    ],
)
async def test_filters(trail: AuditTrail, wanted: AuditFilter, found: list[int]) -> None:
    """
    A list holds what is wanted by day, route and caller; a day begins with its first moment.
    """
    for entry in (
        an_entry(0, NOW - MOMENT),
        an_entry(1, NOW),
        an_entry(2, NOW + DAY - MOMENT, action="jobs.start"),
        an_entry(3, NOW + DAY, caller="somebody"),
    ):
        await trail.begin(entry)

    assert [int(one.entry.id, 16) for one in await listed(trail, wanted)] == found


async def test_other_organisation_is_not_seen(tables: Tables) -> None:
    """
    What people did in another organisation is not listed.
    """
    other = OrganisationId("00000000-0000-4000-8000-000000000000")
    await TableAuditTrail(tables.service, other).begin(ENTRY)

    assert await listed(TableAuditTrail(tables.service, tables.organisation)) == []


async def test_list_reads_no_more_than_its_page(tables: Tables) -> None:
    """
    The newest entries are one request, however many older ones there are.
    """
    trail = TableAuditTrail(tables.service, tables.organisation)
    for number in range(30):
        await trail.begin(an_entry(number, NOW + number * DAY))
    before = tables.requests

    await trail.list_page(AuditFilter(), size=10)

    assert tables.requests - before == 1
