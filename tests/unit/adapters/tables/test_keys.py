import uuid
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.adapters.tables.keys import (
    PARTITIONS,
    partition_key,
    record_id,
    row_key,
    table_of,
)
from connector.domain.contact import RecordId, RecordKey, Table
from tests.builders import ORGANISATION, a_contact_key, a_lead_key

# One step further for each byte: the last group counts most, read from the left;
# the first three groups count least, read from the right, two digits at a time.
ONE_BYTE_EACH = """
    01000000-0000-0000-0000-000000000000
    00010000-0000-0000-0000-000000000000
    00000100-0000-0000-0000-000000000000
    00000001-0000-0000-0000-000000000000
    00000000-0100-0000-0000-000000000000
    00000000-0001-0000-0000-000000000000
    00000000-0000-0100-0000-000000000000
    00000000-0000-0001-0000-000000000000
    00000000-0000-0000-0001-000000000000
    00000000-0000-0000-0100-000000000000
    00000000-0000-0000-0000-000000000001
    00000000-0000-0000-0000-000000000100
    00000000-0000-0000-0000-000000010000
    00000000-0000-0000-0000-000001000000
    00000000-0000-0000-0000-000100000000
    00000000-0000-0000-0000-010000000000
"""

# The example of https://learn.microsoft.com/sql/connect/ado-net/sql/compare-guid-uniqueidentifier-values
FROM_THE_DOCUMENTATION = """
    2AAAAAAA-BBBB-CCCC-DDDD-1EEEEEEEEEEE
    3AAAAAAA-BBBB-CCCC-DDDD-2EEEEEEEEEEE
    1AAAAAAA-BBBB-CCCC-DDDD-3EEEEEEEEEEE
"""

# https://www.simonmourier.com/blog/SQL-Server-GUID-sort-algorithm-Why/
FROM_THE_ENGINEERS = """
    8DD5BCA5-6ABE-4F73-B4B7-393AE6BBB849
    55666BEE-B3A0-4BF5-81A7-86FF976E763F
"""

ids = st.uuids().map(lambda one: RecordId(str(one)))


@pytest.mark.parametrize(
    "in_order",
    [
        pytest.param(ONE_BYTE_EACH.split(), id="one byte each"),
        pytest.param(FROM_THE_DOCUMENTATION.split(), id="the documentation"),
        pytest.param(FROM_THE_ENGINEERS.split(), id="the engineers"),
    ],
)
def test_rows_lie_as_dataverse_sorts(in_order: list[str]) -> None:
    """
    Row keys sort as text in the order in which SQL Server sorts the ids.
    """
    keys = [row_key(RecordId(one)) for one in in_order]

    assert all(before < after for before, after in pairwise(keys))


def test_row_key_keeps_every_byte() -> None:
    """
    Each byte of an id has a place of its own in the row key, so no two ids share one.
    """
    keys = [row_key(RecordId(str(uuid.UUID(int=0xFF << 8 * place)))) for place in range(16)]

    assert sorted(keys) == [f"{0xFF << 8 * place:032x}" for place in range(16)]


@pytest.mark.parametrize(
    "in_order",
    [
        pytest.param(
            [f"{n:02x}9b1a40-5c7e-f011-8341-6045bd9c4e03" for n in range(256)], id="in sequence"
        ),
        pytest.param(
            [str(uuid.uuid5(uuid.NAMESPACE_URL, f"{n}")) for n in range(256)], id="random"
        ),
    ],
)
def test_partitions_are_alike(in_order: list[str]) -> None:
    """
    However ids come about, each partition gets its share of them.
    """
    shares = Counter(partition(RecordId(one)) for one in in_order)

    assert len(shares) == PARTITIONS
    assert max(shares.values()) < 2 * min(shares.values())


@given(ids)
def test_way_of_writing_does_not_matter(record: RecordId) -> None:
    """
    An id in capitals or braces is the same record.
    """
    assert row_key(RecordId(f"{{{record.upper()}}}")) == row_key(record)


def test_partition_names_organisation_and_table() -> None:
    """
    A partition belongs to one organisation and one table.
    """
    id_ = RecordId("3d000000-0000-0000-0000-000000000000")

    keys = {partition_key(ORGANISATION, RecordKey(table, id_)) for table in Table}

    assert keys == {f"{ORGANISATION}-contact-1", f"{ORGANISATION}-lead-1"}


def partition(record: RecordId) -> str:
    return partition_key(ORGANISATION, RecordKey(Table.CONTACT, record))


@pytest.mark.parametrize("key", [a_contact_key(), a_lead_key(7)], ids=["contact", "lead"])
def test_keys_lead_back(key: RecordKey) -> None:
    """
    From the keys of a row one gets back to the record.
    """
    partition = partition_key(ORGANISATION, key)

    assert RecordKey(table_of(partition), record_id(row_key(key.id))) == key
