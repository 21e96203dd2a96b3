"""Where Sales is not installed there are no leads, and nobody is taken for gone by mistake."""

import pytest

from connector.adapters.dataverse.absence import REMEMBERED_SECONDS
from connector.adapters.dataverse.gateway import DataverseGateway
from connector.adapters.dataverse.row_reading import REMEMBERED_SECONDS as GONE_SECONDS
from connector.domain.contact import Column, Table
from connector.domain.converters.unusable import Note
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


async def test_gone_column_may_be_called_a_value() -> None:
    """
    A column whose own name ends like that of a lookup's property is known again when it is gone.
    """
    column = Column("spot_lifetime_value")
    crm = ScriptedDataverse(no_column(column.name), a_page(a_row()))

    found = await DataverseGateway(crm.client()).list_records(Table.CONTACT, [SANNE], [column])

    assert found[SANNE].unknown == {column.name: Note.GONE}


@pytest.mark.parametrize(
    ("table", "denials", "row"),
    [
        pytest.param(Table.CONTACT, [no_column("spot_colour")], a_row(), id="of a contact"),
        pytest.param(
            Table.CONTACT,
            [no_column("_originatingleadid_value"), no_column("spot_colour")],
            a_row(),
            id="of a contact without sales",
        ),
        pytest.param(
            Table.LEAD, [no_column("spot_colour", "lead")], a_lead(SANNE, LEAD), id="of a lead"
        ),
    ],
)
async def test_gone_column_costs_its_values_alone(
    table: Table, denials: list[Answer], row: dict[str, object]
) -> None:
    """
    A column that is gone is left out and marked as unknown; after a while it is asked for again.
    """
    now = [0.0]
    crm = ScriptedDataverse(*denials, a_page(row), a_page(row), a_page(row))
    gateway = DataverseGateway(crm.client(), clock=lambda: now[0])

    found = [await gateway.list_records(table, [SANNE], [Column("spot_colour")]) for _ in range(2)]
    now[0] = GONE_SECONDS
    await gateway.list_records(table, [SANNE], [Column("spot_colour")])

    assert [one[SANNE].unknown for one in found] == [{"spot_colour": Note.GONE}] * 2
    asked = ["spot_colour" in selected(request) for request in crm.requests]
    assert asked == [*[True] * len(denials), False, False, True]


async def test_column_that_was_not_asked_for_is_no_answer() -> None:
    """
    A denial of another column than we named is not one that we can do without.
    """
    crm = ScriptedDataverse(no_column("spot_size"))

    with pytest.raises(ConfigurationError, match="must exist in the CRM"):
        await DataverseGateway(crm.client()).list_records(
            Table.CONTACT, [SANNE], [Column("spot_colour")]
        )


async def test_gone_address_is_held_by_nobody() -> None:
    """
    Where the column of addresses is gone, nobody is found by one.
    """
    crm = ScriptedDataverse(no_column("spot_email"))

    found = await DataverseGateway(crm.client()).list_by_address(
        Table.CONTACT, "spot_email", ["jan@example.nl"]
    )

    assert (found, len(crm.requests)) == ([], 1)


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
