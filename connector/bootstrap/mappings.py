"""Wires what mappings are edited with."""

from connector.adapters.dataverse.newest import DataverseNewest
from connector.adapters.dataverse.step_filters import DataverseStepFilters
from connector.adapters.tables.mappings import TableMappingStore
from connector.application.mapping_keeping import MappingKeeping
from connector.application.ports import MarketingGateway
from connector.bootstrap.crm import Crm


def make_mapping_keeping(
    store: TableMappingStore, crm: Crm, marketing: MarketingGateway
) -> MappingKeeping:
    """Return where mappings are edited: the store is the one that the workers read."""
    return MappingKeeping(
        sets=store,
        columns=crm.columns,
        newest=DataverseNewest(crm.client, crm.columns),
        filters=DataverseStepFilters(crm.client),
        marketing=marketing,
    )
