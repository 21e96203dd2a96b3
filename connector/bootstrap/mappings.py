"""Wires what mappings are edited with."""

from connector.adapters.dataverse.client import DataverseClient
from connector.adapters.dataverse.columns import DataverseColumns
from connector.adapters.dataverse.newest import DataverseNewest
from connector.adapters.dataverse.step_filters import DataverseStepFilters
from connector.adapters.tables.mappings import TableMappingStore
from connector.application.mapping_keeping import MappingKeeping
from connector.application.ports import MarketingGateway


def make_mapping_keeping(
    store: TableMappingStore,
    columns: DataverseColumns,
    dataverse: DataverseClient,
    marketing: MarketingGateway,
) -> MappingKeeping:
    """Return where mappings are edited: the store is the one that the workers read."""
    return MappingKeeping(
        sets=store,
        columns=columns,
        newest=DataverseNewest(dataverse),
        filters=DataverseStepFilters(dataverse),
        marketing=marketing,
    )
