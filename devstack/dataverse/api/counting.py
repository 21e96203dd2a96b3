"""How many rows whole tables have, as a snapshot of the platform knows it.

https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/retrievetotalrecordcount
"""

import re

from devstack.dataverse.api.message import ApiRequest, ApiResponse, json_response
from devstack.dataverse.errors import (
    NAMESPACE,
    DataverseError,
    not_allowed,
    not_implemented,
    syntax,
)
from devstack.dataverse.writing.environment import Environment

_INSIDE = re.compile(r"\s*EntityNames\s*=\s*\[(?P<names>[^\]]*)\]\s*")
_NAME = re.compile(r"\s*(?P<quote>['\"])(?P<name>\w+)(?P=quote)\s*")


def count_totals(environment: Environment, request: ApiRequest, inside: str) -> ApiResponse:
    """Answer how many rows each named table has; here the snapshot is never old."""
    if request.method != "GET":
        raise not_allowed(request.method)

    if "@" in inside:
        raise not_implemented("RetrieveTotalRecordCount with an alias for its parameter")

    names = _names(inside)
    counts = [_count(environment, request, name) for name in names]

    return json_response(
        {
            "@odata.context": (
                f"{request.root}$metadata#{NAMESPACE}.RetrieveTotalRecordCountResponse"
            ),
            "EntityRecordCountCollection": {
                "Count": len(names),
                "IsReadOnly": False,
                "Keys": names,
                "Values": counts,
            },
        }
    )


def _names(inside: str) -> list[str]:
    given = _INSIDE.fullmatch(inside)
    names = [_NAME.fullmatch(part) for part in given["names"].split(",")] if given else []
    if not names or None in names:
        raise syntax("RetrieveTotalRecordCount wants EntityNames as a list of quoted names.")

    return [name["name"] for name in names if name is not None]


def _count(environment: Environment, request: ApiRequest, name: str) -> int:
    table = environment.catalogue.find(name)
    if table is None:
        raise DataverseError(
            400,
            "0x80041102",
            f"The entity with a name = '{name}' with namemapping = 'Logical' was not found in "
            "the MetadataCache.",
        )

    request.caller.require("Read", table)

    return environment.store.count(table.name)
