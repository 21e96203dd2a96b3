"""FetchXML queries."""

from devstack.dataverse.api.message import ApiRequest, ApiResponse
from devstack.dataverse.errors import not_implemented
from devstack.dataverse.schema.table import Table
from devstack.dataverse.writing.environment import Environment


def fetch_rows(
    environment: Environment, request: ApiRequest, table: Table, text: str
) -> ApiResponse:
    """Answer one page of a FetchXML query."""
    del environment, request, table, text
    raise not_implemented("FetchXML")
