"""Whether our user may read a column: proven by a profile or by a row, and by nothing else."""

from datetime import UTC, datetime

import httpx
import pytest

from connector.adapters.dataverse.column_security import ColumnSecurity
from connector.domain.contact import Table
from connector.domain.errors import TransientError
from tests.unit.adapters.dataverse.scripted import Answer, ScriptedDataverse, a_page, a_refusal

USER = "a9131c4d-1c2b-4f6e-9a54-6045bd9c4e03"
COLUMN = "0b6d3c1e-2f10-4c5b-8f0a-6045bd9c4e03"
WHO = httpx.Response(200, json={"UserId": USER, "BusinessUnitId": USER, "OrganizationId": USER})
NOT_TOLD = a_refusal(403, "0x80040220", "Principal user is missing prvReadFieldSecurityProfile.")


def a_secured(kind: str = "String") -> httpx.Response:
    """Return what the metadata say of a secured column, and of one that is not."""
    columns = [
        {
            "LogicalName": name,
            "AttributeType": kind,
            "IsSecured": is_secured,
            "MetadataId": COLUMN if is_secured else USER,
        }
        for name, is_secured in (("jobtitle", True), ("firstname", False))
    ]

    return a_page({"LogicalName": "contact", "Attributes": columns})


def a_privilege(can_read: object, attribute: str = COLUMN) -> httpx.Response:
    told = [{"AttributeId": attribute, "CanRead": can_read, "CanCreate": 0, "CanUpdate": 0}]

    return httpx.Response(200, json={"AttributePrivileges": told})


async def unreadable(*answers: Answer) -> tuple[set[str], ScriptedDataverse]:
    crm = ScriptedDataverse(*answers)
    asked = ["jobtitle", "firstname", "spot_gone"]

    found = await ColumnSecurity(crm.client()).look_at_columns(Table.CONTACT, asked)

    return {name for name, column in found.items() if not column.is_readable}, crm


async def test_usual_columns_cost_one_question() -> None:
    """
    Where no column that is asked for is secured nobody asks who we are.
    """
    columns = {"LogicalName": "firstname", "IsSecured": False, "MetadataId": USER}

    found, crm = await unreadable(a_page({"LogicalName": "contact", "Attributes": [columns]}))

    assert (found, len(crm.requests)) == (set(), 1)


@pytest.mark.parametrize("can_read", [4, "4", "Allowed", "true", True])
async def test_profile_allows(can_read: object) -> None:
    """
    A profile that allows our user to read a column proves it, however the answer says so.
    """
    found, crm = await unreadable(a_secured(), WHO, a_privilege(can_read, COLUMN.upper()))

    assert (found, len(crm.requests)) == (set(), 3)


@pytest.mark.parametrize("can_read", [0, "0", "NotAllowed", False, None])
async def test_profile_denies(can_read: object) -> None:
    """
    Without such a word, and without a row that shows a value, a column is unreadable.
    """
    found, _ = await unreadable(a_secured(), WHO, a_privilege(can_read), a_page())

    assert found == {"jobtitle"}


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([WHO, NOT_TOLD], id="may not ask"),
        pytest.param([NOT_TOLD], id="may not ask who we are"),
        pytest.param([WHO, httpx.Response(200, json={"AttributePrivileges": []})], id="no profile"),
        pytest.param([httpx.Response(200, json={"UserId": "nobody"})], id="no user"),
    ],
)
async def test_row_proves_what_no_profile_tells(answers: list[Answer]) -> None:
    """
    Where no profile tells, a row that shows a value proves that our user may read it.
    """
    shown, _ = await unreadable(a_secured(), *answers, a_page({"jobtitle": "Inkoper"}))
    empty, _ = await unreadable(a_secured(), *answers, a_page({"jobtitle": None}))

    assert (shown, empty) == (set(), {"jobtitle"})


async def test_refused_filter_proves_nothing() -> None:
    """
    An environment that refuses to look for values of a column does not let us read it.
    """
    refused = a_refusal(403, "0x8004f508", "Caller does not have permission on the attribute.")

    found, _ = await unreadable(a_secured(), WHO, NOT_TOLD, refused)

    assert found == {"jobtitle"}


async def test_lookup_is_looked_for_by_its_value() -> None:
    """
    A lookup is asked for by the name that it has in queries.
    """
    row = a_page({"_jobtitle_value": USER})

    found, crm = await unreadable(a_secured("Lookup"), WHO, NOT_TOLD, row)

    assert found == set()
    assert crm.requests[-1].url.params["$filter"] == "_jobtitle_value ne null"


async def test_outage_is_no_proof() -> None:
    """
    While the CRM does not answer nothing is said of any column.
    """
    with pytest.raises(TransientError):
        await unreadable(a_secured(), WHO, httpx.Response(503))


@pytest.mark.parametrize(
    ("told", "made_at"),
    [
        ("2026-03-01T10:00:00Z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01T10:00:00", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("not a moment", None),
        (None, None),
    ],
)
async def test_when_a_column_was_made(told: str | None, made_at: datetime | None) -> None:
    """
    A column tells when it was made; what is no moment tells nothing, and costs no other column.
    """
    column = {"LogicalName": "firstname", "IsSecured": False, "CreatedOn": told}
    crm = ScriptedDataverse(a_page({"LogicalName": "contact", "Attributes": [column]}))

    found = await ColumnSecurity(crm.client()).look_at_columns(Table.CONTACT, ["firstname"])

    assert found["firstname"].made_at == made_at
