"""Keys of rows: sorted as SQL Server, and so Dataverse, sorts ids, and dealt out evenly.

A page of people is one range of row keys in each partition, however their ids came about.
"""

from collections.abc import Sequence
from functools import lru_cache
from uuid import UUID

from connector.domain.contact import OrganisationId, RecordId, RecordKey, Table

PARTITIONS = 4
"""Is how many partitions a table has; another number means moving every row."""


@lru_cache(maxsize=4096)
def row_key(record: RecordId) -> str:
    """Return 32 hex digits that sort as the id does in Dataverse: the last group counts most.

    https://learn.microsoft.com/dotnet/framework/data/adonet/sql/comparing-guid-and-uniqueidentifier-values
    """
    id_ = UUID(record).hex
    first, second, third, fourth, last = id_[:8], id_[8:12], id_[12:16], id_[16:20], id_[20:]

    return last + fourth + _turned(third) + _turned(second) + _turned(first)


def _turned(group: str) -> str:
    """Return the bytes of a group, which is stored as a number, as they lie in memory."""
    return bytes.fromhex(group)[::-1].hex()


def partition_key(organisation: OrganisationId, record: RecordKey) -> str:
    """Return the partition of a record, by the digit that changes first from one id to the next."""
    digit = int(row_key(record.id)[-1], 16) % PARTITIONS

    return f"{organisation}-{record.table}-{digit}"


def partitions_of(organisation: OrganisationId, table: Table) -> Sequence[str]:
    """Return all partitions of a table."""
    return [f"{organisation}-{table}-{digit}" for digit in range(PARTITIONS)]


def record_id(row: str) -> RecordId:
    """Return the id that a row key was made of."""
    groups = _turned(row[24:]), _turned(row[20:24]), _turned(row[16:20]), row[12:16], row[:12]

    return RecordId(str(UUID("".join(groups))))


def table_of(partition: str) -> Table:
    """Return the table of which a partition holds records."""
    return Table(partition.rsplit("-", 2)[1])
