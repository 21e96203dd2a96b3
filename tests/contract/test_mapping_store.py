"""What the use cases may expect of any `MappingStore`, the fake and the real one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest
from azure.data.tables import TableEntity

from connector.adapters.tables.mappings import FRESH_SECONDS, TABLE, UNCHANGED, TableMappingStore
from connector.application.ports import MappingStore
from connector.domain.converter import Converter
from connector.domain.errors import ConfigurationError
from connector.domain.mapping import TYPE, Mapping, Origin, Target
from connector.domain.mapping_set import MappingSet
from connector.domain.property import PropertyKind
from tests.contract.conftest import Tables
from tests.fakes import FakeMappings

COMPANY = Mapping(
    Target.named("organisation"),
    "parentcustomerid",
    "companyname",
    Converter.LOOKUP_NAME,
    Origin.USER,
    lead_converter=Converter.TEXT,
)
WITHOUT_LEAD = replace(COMPANY, lead_column=None, lead_converter=None)
DELETED = Mapping(TYPE, "Contact", "Lead", Converter.CONSTANT, deleted=True)


async def saved(
    store: TableMappingStore, *mappings: Mapping, version: str = UNCHANGED
) -> MappingSet:
    written = await store.replace(mappings, version=version)
    assert written is not None

    return written


type Make = Callable[..., Awaitable[MappingStore]]


async def make_fake(*mappings: Mapping) -> MappingStore:
    return FakeMappings(*mappings)


@pytest.fixture(params=["fake", "azurite"])
def make(request: pytest.FixtureRequest, tables: Tables) -> Make:
    """Return what makes a store that holds mappings."""
    if request.param == "fake":
        return make_fake

    async def make_real(*mappings: Mapping) -> MappingStore:
        store = TableMappingStore(tables.service, tables.organisation)
        if mappings:
            await store.replace(mappings, version=UNCHANGED)

        return store

    return make_real


@pytest.mark.parametrize(
    "mapping",
    [
        pytest.param(COMPANY, id="every field"),
        pytest.param(WITHOUT_LEAD, id="a table without a column"),
        pytest.param(DELETED, id="deleted"),
        pytest.param(
            replace(COMPANY, target=Target.labelled("Voor/achter#naam? 50%\\é", PropertyKind.FREE)),
            id="a label that no key may hold",
        ),
    ],
)
async def test_mapping_comes_back_whole(make: Make, mapping: Mapping) -> None:
    """
    A stored mapping is read as it was written, whatever its property is called.
    """
    store = await make(mapping)

    assert [*await store.list_changes()] == [mapping]


async def test_nothing_stored_is_nothing(make: Make) -> None:
    """
    Where nobody changed a mapping there is none.
    """
    store = await make()

    assert [*await store.list_changes()] == []


async def test_properties_have_one_mapping_each(make: Make) -> None:
    """
    Mappings of several properties stand side by side.
    """
    store = await make(COMPANY, DELETED)

    changes = {mapping.target: mapping for mapping in await store.list_changes()}
    assert changes == {COMPANY.target: COMPANY, TYPE: DELETED}


@dataclass(slots=True)
class Clock:
    now: float = 0.0
    calls: int = field(default=0)

    def __call__(self) -> float:
        return self.now


async def test_saving_replaces_all_of_it(tables: Tables) -> None:
    """
    A column that the new mapping does not have is not left over from the old one.
    """
    store = TableMappingStore(tables.service, tables.organisation)
    first = await saved(store, COMPANY)
    assert [*await store.list_changes()] == [COMPANY]

    await saved(store, WITHOUT_LEAD, version=first.version)

    assert [*await store.list_changes()] == [WITHOUT_LEAD]


async def test_mappings_are_read_anew_in_time(tables: Tables) -> None:
    """
    A worker asks the table once in a while, and sees within that while what another has saved.
    """
    clock = Clock()
    store = TableMappingStore(tables.service, tables.organisation, clock)
    await store.list_changes()
    await saved(TableMappingStore(tables.service, tables.organisation), COMPANY)
    tables.requests = 0

    clock.now = FRESH_SECONDS - 0.1
    before = [*await store.list_changes()]
    clock.now = FRESH_SECONDS
    after = [*await store.list_changes()]

    assert (before, after) == ([], [COMPANY])
    assert tables.requests == 1


@pytest.mark.parametrize(
    "column",
    [
        pytest.param({"converter": "magic"}, id="unknown converter"),
        pytest.param({"origin": "elsewhere"}, id="unknown origin"),
        pytest.param({"target": "nowhere"}, id="unknown target"),
        pytest.param({"target": None}, id="no target"),
    ],
)
async def test_spoilt_row_is_for_operator(tables: Tables, column: dict[str, str | None]) -> None:
    """
    A row that this version does not understand stops the sync until an operator has looked.
    """
    good = {"target": "name:city", "converter": "text", "origin": "user", "deleted": False}
    spoilt = {name: value for name, value in (good | column).items() if value is not None}
    async with tables.service.open(TABLE) as table:
        await table.create_entity(
            TableEntity(PartitionKey=tables.organisation, RowKey="spoilt", **spoilt)
        )

    with pytest.raises(ConfigurationError, match="a stored mapping must"):
        await TableMappingStore(tables.service, tables.organisation).list_changes()
