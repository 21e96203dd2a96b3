"""What is known of the values in a row, beside the values themselves."""

import httpx
import pytest

from connector.adapters.dataverse.gateway import DataverseGateway
from connector.domain.contact import Column, Record, Table
from connector.domain.converters.unusable import Note
from connector.domain.errors import ConfigurationError, TransientError
from tests.unit.adapters.dataverse.crm_rows import SANNE, a_row
from tests.unit.adapters.dataverse.scripted import ScriptedDataverse, a_page, a_refusal

NOT_TOLD = a_refusal(403, "0x80040220", "Principal user is missing prvReadEntity privilege.")
BUSY = a_refusal(503, "0x80072321", "The service is unavailable.")
MOMENT, DAY = Column("lastusedincampaign", is_date=True), Column("birthdate", is_date=True)


async def read(crm: ScriptedDataverse, *columns: Column) -> Record:
    found = await DataverseGateway(crm.client()).list_records(Table.CONTACT, [SANNE], columns)

    return found[SANNE]


async def test_moment_of_unknown_zone_is_unknown() -> None:
    """
    Where the metadata are refused, a moment is unknown, and all else of the person is known.
    """
    columns = {"lastusedincampaign": "2026-05-01T23:30:00Z", "birthdate": "1979-05-23"}
    crm = ScriptedDataverse(a_page(a_row(firstname="Sanne", **columns)), NOT_TOLD)

    row = await read(crm, Column("firstname"), MOMENT, DAY)

    assert row.unknown == {MOMENT.name: Note.UNREADABLE}
    assert [row.value(name) for name in ("firstname", "birthdate")] == ["Sanne", "1979-05-23"]


async def test_row_without_moment_asks_nothing() -> None:
    """
    A row whose dates are days says all of itself, whether the metadata can be read or not.
    """
    crm = ScriptedDataverse(a_page(a_row(birthdate="1979-05-23")), NOT_TOLD)

    assert (await read(crm, DAY, MOMENT)).unknown == {}
    assert len(crm.requests) == 1


async def test_column_that_is_gone_in_other_words() -> None:
    """
    A row is told without the column of which the query behind the Web API says that it is gone.
    """
    gone = "'Contact' entity doesn't contain attribute with Name = 'department'"
    crm = ScriptedDataverse(a_refusal(400, "0x80041103", gone), a_page(a_row(firstname="Sanne")))

    row = await read(crm, Column("firstname"), Column("department"))

    assert (row.value("firstname"), row.unknown) == ("Sanne", {"department": Note.GONE})


async def test_column_that_nobody_asked_for_is_a_refusal() -> None:
    """
    A refusal that names a column which was not asked for says nothing about those that were.
    """
    gone = "'Contact' entity doesn't contain attribute with Name = 'department'"
    crm = ScriptedDataverse(a_refusal(400, "0x80041103", gone))

    with pytest.raises(ConfigurationError):
        await read(crm, Column("firstname"))

    assert len(crm.requests) == 1


async def test_zone_that_is_not_told_now_comes_later() -> None:
    """
    Metadata that cannot be had at the moment are waited for: nothing is taken for unknown.
    """
    crm = ScriptedDataverse(a_page(a_row(lastusedincampaign="2026-05-01T23:30:00Z")), BUSY)

    with pytest.raises(TransientError):
        await read(crm, MOMENT)


async def test_rows_without_the_moment_stay_whole() -> None:
    """
    Of the rows that were read at once, only those that hold a moment lack it.
    """
    other = "48a1d6f0-1a1f-f111-8341-6045bd9c4e03"
    rows = a_page(a_row(lastusedincampaign="2026-05-01T23:30:00Z"), a_row(other))
    crm = ScriptedDataverse(rows, NOT_TOLD)

    page = await DataverseGateway(crm.client()).read_page(Table.CONTACT, [MOMENT], size=10)

    assert [{*row.unknown} for row in page.records] == [{MOMENT.name}, set()]


def security(**secured: bool | None) -> httpx.Response:
    columns = [{"LogicalName": name, "IsSecured": is_} for name, is_ in secured.items()]

    return a_page({"LogicalName": "contact", "Attributes": columns})


@pytest.mark.parametrize(
    ("answer", "unsecured"),
    [
        pytest.param(security(firstname=False, lastname=False), {"firstname"}, id="open"),
        pytest.param(security(firstname=True), set(), id="secured"),
        pytest.param(security(firstname=None), set(), id="not said"),
        pytest.param(security(), set(), id="not there"),
        pytest.param(NOT_TOLD, set(), id="refused"),
    ],
)
async def test_text_that_looks_masked_is_looked_up(
    answer: httpx.Response, unsecured: set[str]
) -> None:
    """
    Of a text with the signs of a mask the metadata tell whether its column can have one.
    """
    crm = ScriptedDataverse(a_page(a_row(firstname="C#", lastname="Vos")), answer)

    row = await read(crm, Column("firstname"), Column("lastname"))

    assert {*row.unsecured} == unsecured
    assert row.value("firstname") == "C#"


async def test_security_that_is_not_told_now_comes_later() -> None:
    """
    Nobody is sent, nor left out, while the metadata cannot be had.
    """
    crm = ScriptedDataverse(a_page(a_row(firstname="C#")), BUSY)

    with pytest.raises(TransientError):
        await read(crm, Column("firstname"))


async def test_usual_text_asks_nothing() -> None:
    """
    Text without such a sign, and the name of another row, cost no question.
    """
    row = a_row(firstname="Sanne", _ownerid_value=SANNE)
    crm = ScriptedDataverse(a_page(row), NOT_TOLD)

    assert not (await read(crm, Column("firstname"), Column("ownerid", is_lookup=True))).unsecured
    assert len(crm.requests) == 1
