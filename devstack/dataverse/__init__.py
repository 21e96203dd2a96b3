"""A strict simulator of Dataverse: its Web API, its metadata and its webhooks."""

from devstack.dataverse.options import DataverseOptions
from devstack.dataverse.simulator import DataverseSimulator

__all__ = ["DataverseOptions", "DataverseSimulator"]
