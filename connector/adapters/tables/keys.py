"""Row keys in the order in which SQL Server, and so Dataverse, sorts ids.

Rows that Dataverse pages through one after the other then lie side by side in one partition, and a
page of them is one query and one transaction.
"""

from uuid import UUID

from connector.domain.contact import OrganisationId, RecordId, RecordKey, Table

_ORDER = (10, 11, 12, 13, 14, 15, 8, 9, 6, 7, 4, 5, 0, 1, 2, 3)
"""The bytes of an id as stored, from the most significant in a comparison to the least.

https://learn.microsoft.com/dotnet/framework/data/adonet/sql/comparing-guid-and-uniqueidentifier-values
"""

_PREFIX = 2
"""Hex digits that make a partition: at most 256 of them for each table."""


def row_key(record: RecordId) -> str:
    """Return 32 hex digits that sort as the id does in Dataverse."""
    stored = UUID(record).bytes_le

    return bytes(stored[index] for index in _ORDER).hex()


def partition_key(organisation: OrganisationId, record: RecordKey) -> str:
    """Return the partition of a record."""
    return f"{organisation}-{record.table}-{row_key(record.id)[:_PREFIX]}"


def record_id(row: str) -> RecordId:
    """Return the id that a row key was made of."""
    digits = bytes.fromhex(row)
    stored = bytes(digits[_ORDER.index(place)] for place in range(len(_ORDER)))

    return RecordId(str(UUID(bytes_le=stored)))


def table_of(partition: str) -> Table:
    """Return the table of which a partition holds records."""
    return Table(partition.rsplit("-", 2)[1])
