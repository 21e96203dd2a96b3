"""Rows of records as they were written, and as somebody else left them."""

import pytest
from azure.data.tables import TableEntity

from connector.adapters.tables.record_rows import to_entity, to_state
from connector.domain.errors import ConfigurationError
from connector.domain.sync_state import SyncState, SyncStatus
from tests.builders import NOW, a_contact_key

KEY = a_contact_key()


def a_row(**columns: object) -> TableEntity:
    state = SyncState(KEY, status=SyncStatus.IN_SYNC, notes=("city:too_long",), changed_at=NOW)
    row = TableEntity(to_entity("ours-contact-00", state), **columns)
    row._metadata = {"etag": "1", "timestamp": None}

    return row


def test_row_is_read_as_written() -> None:
    """
    What was written comes back.
    """
    state = to_state(KEY, a_row())

    assert (state.status, state.changed_at) == (SyncStatus.IN_SYNC, NOW)
    assert state.notes == ("city:too_long",)


@pytest.mark.parametrize(
    "column",
    [
        {"status": "lost"},
        {"changed_at": "yesterday"},
        {"changed_at": "2026-11-26T12:00:00"},
        {"changed_at": 12},
        {"version": "one"},
        {"notes": 7},
    ],
    ids=str,
)
def test_broken_row_is_told(column: dict[str, object]) -> None:
    """
    A row that somebody else altered is named, with what to do, and no value of it.
    """
    with pytest.raises(ConfigurationError, match=r"the stored record [0-9a-f]{32}.*delete its row"):
        to_state(KEY, a_row(**column))
