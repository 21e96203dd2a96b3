"""What a user may do with secured columns.

https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/retrieveprincipalattributeprivileges
"""

from collections.abc import Iterator

from devstack.dataverse.api.address import RowAddress
from devstack.dataverse.api.message import ApiRequest, ApiResponse, json_response
from devstack.dataverse.api.reading import existing
from devstack.dataverse.columns import ColumnSettings
from devstack.dataverse.errors import NAMESPACE
from devstack.dataverse.metadata.describe import column_id
from devstack.dataverse.writing.environment import Environment

_NOT_ALLOWED, _ALLOWED = 0, 4
_ALL_RECORDS = 3
_EVERYTHING = ColumnSettings(secured=True, readable=True, unmasked=True)


def read_privileges(
    environment: Environment, request: ApiRequest, address: RowAddress
) -> ApiResponse:
    """Answer the privileges of a user or team on each secured column; a person has them all."""
    request.caller.require("Read", address.table)
    principal = existing(environment, address)
    is_restricted = principal.id == environment.options.application_user_id
    response = "RetrievePrincipalAttributePrivilegesResponse"

    return json_response(
        {
            "@odata.context": f"{request.root}$metadata#{NAMESPACE}.{response}",
            "AttributePrivileges": list(_privileges(environment, is_restricted=is_restricted)),
        }
    )


def _privileges(environment: Environment, *, is_restricted: bool) -> Iterator[dict[str, object]]:
    for table in environment.catalogue:
        for column in table.columns.values():
            if not column.secured:
                continue

            found = environment.columns.settings(table.name, column.name)
            settings = found if is_restricted else _EVERYTHING
            yield {
                "AttributeId": column_id(table, column),
                "CanCreate": _level(allowed=settings.can_write),
                "CanRead": _level(allowed=settings.readable),
                "CanReadUnMasked": _ALL_RECORDS if settings.unmasked else _NOT_ALLOWED,
                "CanUpdate": _level(allowed=settings.can_write),
            }


def _level(*, allowed: bool) -> int:
    return _ALLOWED if allowed else _NOT_ALLOWED
