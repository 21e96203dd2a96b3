"""Where Sales is not installed there are no leads, and nobody is taken for gone by mistake."""

import pytest

from connector.adapters.dataverse.absence import REMEMBERED_SECONDS
from connector.adapters.dataverse.gateway import DataverseGateway
from connector.domain.contact import Column, Table
from connector.domain.errors import ConfigurationError, TransientError
from tests.unit.adapters.dataverse.crm_rows import COLUMNS, LEAD, SANNE, a_lead, a_row, selected
from tests.unit.adapters.dataverse.scripted import (
    Answer,
    ScriptedDataverse,
    a_page,
    a_refusal,
    no_column,
)

CAME_FROM = Column("originatingleadid", is_lookup=True)
NO_LEADS = a_refusal(404, "0x80060888", "Resource not found for the segment 'leads'.")


async def test_absent_column_is_left_out_once() -> None:
    """
    Where Sales is not installed, contacts are read without their lead, and so they stay.
    """
    crm = ScriptedDataverse(no_column("_originatingleadid_value"), a_page(a_row(firstname="Sanne")))
    gateway = DataverseGateway(crm.client())
    columns = [Column("firstname"), CAME_FROM]

    first = await gateway.list_records(Table.CONTACT, [SANNE], columns)
    second = await gateway.list_records(Table.CONTACT, [SANNE], columns)

    assert first == second
    assert first[SANNE].columns == {"firstname": "Sanne"}
    asked = ["_originatingleadid_value" in selected(request) for request in crm.requests]
    assert asked == [True, False, False]


@pytest.mark.parametrize(
    ("table", "answers"),
    [
        pytest.param(Table.CONTACT, [no_column("spot_colour")], id="mapped-column"),
        pytest.param(
            Table.CONTACT,
            [no_column("_originatingleadid_value"), no_column("spot_colour")],
            id="mapped-column-after-lead",
        ),
        pytest.param(Table.LEAD, [no_column("_originatingleadid_value", "lead")], id="on-a-lead"),
    ],
)
async def test_other_column_needs_operator(table: Table, answers: list[Answer]) -> None:
    """
    Any other column that is missing is a mapping to put right.
    """
    crm = ScriptedDataverse(*answers)
    columns = [Column("spot_colour"), CAME_FROM]

    with pytest.raises(ConfigurationError, match="must exist in the CRM"):
        await DataverseGateway(crm.client()).list_records(table, [SANNE], columns)

    assert len(crm.requests) == len(answers)


async def test_absent_leads_are_remembered() -> None:
    """
    Where Sales is not installed nobody was a lead, and that is asked once.
    """
    crm = ScriptedDataverse(NO_LEADS, a_page())
    gateway = DataverseGateway(crm.client())

    found = [await gateway.find_originating_leads([SANNE]) for _ in range(3)]

    assert found == [{}, {}, {}]
    assert len(crm.requests) == 2


async def test_absent_leads_are_not_there() -> None:
    """
    Where Sales is not installed a lead is a row that does not exist, and no error.
    """
    crm = ScriptedDataverse(NO_LEADS, a_page())
    gateway = DataverseGateway(crm.client())

    found = [await gateway.list_records(Table.LEAD, [LEAD], COLUMNS) for _ in range(3)]

    assert found == [{}, {}, {}]
    assert len(crm.requests) == 2


async def test_denied_leads_are_not_absent() -> None:
    """
    One answer that denies the table of leads is no proof: who is there must not be taken for gone.
    """
    crm = ScriptedDataverse(NO_LEADS, a_page({"LogicalName": "lead"}))

    with pytest.raises(TransientError):
        await DataverseGateway(crm.client()).list_records(Table.LEAD, [LEAD], COLUMNS)


async def test_absent_contacts_need_operator() -> None:
    """
    An environment without contacts is not one that we can serve.
    """
    crm = ScriptedDataverse(a_refusal(404, "0x80060888", "segment 'contacts'"))

    with pytest.raises(ConfigurationError, match="table must exist"):
        await DataverseGateway(crm.client()).list_records(Table.CONTACT, [SANNE], COLUMNS)


async def test_sales_installed_later_is_noticed() -> None:
    """
    After an hour it is looked again whether Sales has come.
    """
    now = [0.0]
    crm = ScriptedDataverse(
        no_column("_originatingleadid_value"),
        a_page(a_row()),
        NO_LEADS,
        a_page(),
        a_page(a_row(_originatingleadid_value=LEAD)),
        a_page(a_lead(LEAD, SANNE)),
    )
    gateway = DataverseGateway(crm.client(), clock=lambda: now[0])
    await gateway.list_records(Table.CONTACT, [SANNE], [CAME_FROM])
    await gateway.find_originating_leads([SANNE])

    now[0] = REMEMBERED_SECONDS
    found = await gateway.list_records(Table.CONTACT, [SANNE], [CAME_FROM])

    assert found[SANNE].value("originatingleadid") == LEAD
    assert await gateway.find_originating_leads([SANNE]) == {SANNE: LEAD}
