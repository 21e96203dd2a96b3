"""Which columns our user may not read: Dataverse shows such a column as empty, without an error.

https://learn.microsoft.com/power-platform/admin/field-level-security
"""

import logging
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from pydantic import Field

from connector.adapters.dataverse.client import DataverseClient
from connector.adapters.dataverse.guid import to_guid
from connector.adapters.dataverse.metadata import Attribute, Entities, parse
from connector.adapters.dataverse.models import Answer
from connector.adapters.dataverse.timing import in_time
from connector.domain.contact import Table
from connector.domain.crm_column import ColumnNow
from connector.domain.errors import ConfigurationError, System

logger = logging.getLogger(__name__)

SETS: Final = {Table.CONTACT: "contacts", Table.LEAD: "leads"}
LOOKUPS: Final = frozenset({"Customer", "Lookup", "Owner"})

_SELECT: Final = "LogicalName,AttributeType,IsSecured,MetadataId,CreatedOn"
_REAL: Final = "IsValidForRead eq true and AttributeOf eq null"
_ALLOWED: Final = (4, True, "4", "Allowed", "true")
"""How an answer may say that a privilege is there: the SDK's own number comes first."""


class WhoAmI(Answer):
    """Who we are in the environment."""

    user: str = Field(alias="UserId")


class Privilege(Answer):
    """What a user may do with one secured column."""

    attribute: str = Field(alias="AttributeId")
    can_read: int | bool | str | None = Field(alias="CanRead", default=None)


class Privileges(Answer):
    """What a user may do with secured columns."""

    found: list[Privilege] = Field(alias="AttributePrivileges")


async def read_attributes(client: DataverseClient, table: Table, select: str) -> list[Attribute]:
    """Return what the metadata says of the columns of a table; one that is not there has none.

    https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query-metadata-web-api
    """
    params = {
        "$select": "LogicalName",
        "$filter": f"LogicalName eq '{table}'",
        "$expand": f"Attributes($select={select};$filter={_REAL})",
    }
    entities = parse(Entities, await client.get("EntityDefinitions", params)).value

    return [attribute for entity in entities for attribute in entity.attributes]


class ColumnSecurity:
    """The column security of one environment, asked anew each time."""

    def __init__(self, client: DataverseClient) -> None:
        """Take the client of the environment."""
        self._client = client

    async def find_unsecured(self, table: Table, columns: Collection[str]) -> frozenset[str]:
        """Return which of these columns are certainly not secured; no masking rule is on them."""
        attributes = await read_attributes(self._client, table, _SELECT)

        return frozenset(
            one.name for one in attributes if one.name in columns and one.is_secured is False
        )

    async def look_at_columns(
        self, table: Table, columns: Collection[str]
    ) -> Mapping[str, ColumnNow]:
        """Return what is true now of these columns, as far as they are there."""
        attributes = await read_attributes(self._client, table, _SELECT)
        wanted = [one for one in attributes if one.name in columns]
        unreadable = await self.sort_out(table, (one for one in wanted if one.is_secured))

        return {one.name: ColumnNow(one.name not in unreadable, one.made_at) for one in wanted}

    async def sort_out(self, table: Table, secured: Iterable[Attribute]) -> frozenset[str]:
        """Return which of these secured columns nothing proves to be readable."""
        left = {one.name: one for one in secured}
        if not left:
            return frozenset()

        allowed = await self._list_allowed()
        doubtful = [one for one in left.values() if one.id not in allowed]
        async with in_time(System.METADATA):
            proven = {one.name for one in doubtful if await self._shows_value(table, one)}

        return frozenset(one.name for one in doubtful) - proven

    async def _list_allowed(self) -> Collection[str]:
        """Return the columns of which a profile says that our user may read them.

        An environment that does not tell leaves the proof to the rows.

        https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/retrieveprincipalattributeprivileges
        """
        try:
            user = to_guid(parse(WhoAmI, await self._client.get("WhoAmI")).user)
            path = (
                f"systemusers({user})/Microsoft.Dynamics.CRM.RetrievePrincipalAttributePrivileges()"
            )
            privileges = parse(Privileges, await self._client.get(path)).found
        except (ConfigurationError, ValueError) as exc:
            logger.warning("the CRM does not tell what we may read: %s", exc)
            return ()

        return {one.attribute.lower() for one in privileges if one.can_read in _ALLOWED}

    async def _shows_value(self, table: Table, attribute: Attribute) -> bool:
        """Tell whether a row shows a value of a column: who may not read it is shown none."""
        is_lookup = attribute.kind in LOOKUPS
        name = f"_{attribute.name}_value" if is_lookup else attribute.name
        params = {"$select": name, "$filter": f"{name} ne null", "$top": "1"}
        try:
            page = await self._client.get_page(SETS[table], params)
        except ConfigurationError:
            return False

        return any(row.get(name) is not None for row in page.rows)
