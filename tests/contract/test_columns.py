"""Columns and examples as the simulated Dataverse tells of them."""

from collections.abc import AsyncIterator

import pytest

from connector.adapters.dataverse.columns import FRESH_SECONDS, DataverseColumns
from connector.adapters.dataverse.newest import DataverseNewest
from connector.domain.contact import Column, Table
from connector.domain.converter import Converter
from connector.domain.converters.unusable import Note
from connector.domain.crm_column import ColumnType, CrmColumn
from connector.domain.default_mappings import DEFAULT_MAPPINGS
from connector.domain.errors import TransientError
from devstack.dataverse import DataverseOptions
from devstack.faults import Fault
from tests.builders import a_contact_key, a_lead_key
from tests.contract.crm_worlds import SimulatedWorld, simulated


@pytest.fixture
async def world() -> AsyncIterator[SimulatedWorld]:
    async with simulated() as one:
        yield one


async def columns_of(world: SimulatedWorld, table: Table) -> dict[str, CrmColumn]:
    found = await DataverseColumns(world.client).list_columns(table)

    return {one.name: one for one in found}


@pytest.mark.feature("F53")
@pytest.mark.parametrize("table", Table)
async def test_default_columns_are_real_and_fit(world: SimulatedWorld, table: Table) -> None:
    """
    Every default mapping names a column that is there, with a converter that understands it.
    """
    columns = await columns_of(world, table)

    for mapping in DEFAULT_MAPPINGS:
        name, converter = mapping.column(table), mapping.converter_for(table)
        if name is not None and converter is not Converter.CONSTANT:
            assert converter in columns[name].converters


@pytest.mark.feature("F53")
async def test_columns_have_label_and_type(world: SimulatedWorld) -> None:
    """
    A column is told by its name, what people call it, and what it holds.
    """
    columns = await columns_of(world, Table.CONTACT)

    types = {
        "jobtitle": ColumnType.TEXT,
        "description": ColumnType.MEMO,
        "gendercode": ColumnType.CHOICE,
        "statecode": ColumnType.CHOICE,
        "parentcustomerid": ColumnType.LOOKUP,
        "originatingleadid": ColumnType.LOOKUP,
        "ownerid": ColumnType.OWNER,
        "birthdate": ColumnType.DATE,
        "createdon": ColumnType.DATETIME,
        "numberofchildren": ColumnType.INTEGER,
        "exchangerate": ColumnType.DECIMAL,
        "annualincome": ColumnType.MONEY,
        "donotemail": ColumnType.BOOLEAN,
        "contactid": ColumnType.OTHER,
    }
    assert {name: columns[name].type for name in types} == types
    assert columns["jobtitle"].label == columns["jobtitle"].label_in(1033) == "Functie"


def newest_of(world: SimulatedWorld) -> DataverseNewest:
    return DataverseNewest(world.client, DataverseColumns(world.client))


async def test_every_listed_column_can_be_read(world: SimulatedWorld) -> None:
    """
    What is offered can be selected: all of it, in one query.
    """
    columns = await columns_of(world, Table.CONTACT)
    key = a_contact_key()
    await world.put(key, jobtitle="Bakker")
    lookups = {ColumnType.LOOKUP, ColumnType.OWNER}
    asked = [Column(one.name, one.type in lookups) for one in columns.values()]

    found = await DataverseNewest(world.client, DataverseColumns(world.client)).find_newest(
        Table.CONTACT, asked
    )

    assert found is not None
    assert found.value("jobtitle") == "Bakker"
    assert not {"gendercodename", "owneridname"} & columns.keys()


async def test_without_sales_leads_have_none() -> None:
    """
    Where Sales is not installed leads have no columns and no example, and that is no error.
    """
    async with simulated(DataverseOptions(sales=False)) as world:
        newest = newest_of(world)

        assert await columns_of(world, Table.LEAD) == {}
        assert await newest.find_newest(Table.LEAD, []) is None
        assert await newest.find_newest(Table.CONTACT, []) is None


@pytest.mark.parametrize("table", Table)
async def test_newest_is_the_last_made(world: SimulatedWorld, table: Table) -> None:
    """
    The example is who was added last, not who was changed last.
    """
    first, last = [a_contact_key() if table is Table.CONTACT else a_lead_key() for _ in range(2)]
    await world.put(first, lastname="Eerst")
    clock = world.simulator.store.clock
    world.simulator.store.clock = lambda: clock() + 60
    await world.put(last, lastname="Laatst")
    await world.put(first, lastname="Gewijzigd")

    found = await DataverseNewest(world.client, DataverseColumns(world.client)).find_newest(
        table, [Column("lastname")]
    )

    assert found is not None
    assert (found.key.id, found.value("lastname")) == (last.id, "Laatst")


async def test_list_is_kept_for_a_while(world: SimulatedWorld) -> None:
    """
    Columns are asked for once in five minutes, on demand at once, and kept while the CRM is away.
    """
    now = 0.0
    columns = DataverseColumns(world.client, clock=lambda: now)
    known = await columns.list_columns(Table.CONTACT)
    world.simulator.faults.set(Fault(path="/api/data/", status=503))

    now = FRESH_SECONDS - 1
    assert await columns.list_columns(Table.CONTACT) == known
    now = FRESH_SECONDS
    assert await columns.list_columns(Table.CONTACT) == known
    with pytest.raises(TransientError):
        await columns.refresh(Table.CONTACT)
    with pytest.raises(TransientError):
        await columns.list_columns(Table.LEAD)

    world.simulator.faults.set()
    now += 1
    asked = await columns.list_columns(Table.CONTACT)
    assert asked == known
    assert asked is not known


async def test_gone_column_costs_no_example(world: SimulatedWorld) -> None:
    """
    A person is shown as an example also where a mapped column is gone: nothing is known of it.
    """
    await world.put(a_contact_key(1), firstname="Sanne", lastname="de Vries")
    columns = [Column("firstname"), Column("spot_nothing")]

    record = await newest_of(world).find_newest(Table.CONTACT, columns)

    assert record is not None
    assert record.value("firstname") == "Sanne"
    assert record.unknown == {"spot_nothing": Note.GONE}
