"""Rows of records as they were written, and as somebody else left them."""

import pytest

from connector.adapters.tables.record_rows import to_row, to_state
from connector.adapters.tables.rows import StoredRow
from connector.domain.errors import ConfigurationError
from connector.domain.sync_state import SyncState, SyncStatus
from tests.builders import NOW, a_contact_key

KEY = a_contact_key()


def a_row(**columns: object) -> StoredRow:
    state = SyncState(KEY, status=SyncStatus.IN_SYNC, notes=("city:too_long",), changed_at=NOW)

    return {**to_row("ours-contact-00", state), "odata.etag": "1", **columns}


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
        {"agreement": "lost"},
        {"agreement": "one:two"},
    ],
    ids=str,
)
def test_broken_row_is_told(column: dict[str, object]) -> None:
    """
    A row that somebody else altered is named, with what to do, and no value of it.
    """
    with pytest.raises(ConfigurationError, match=r"the stored record [0-9a-f]{32}.*delete its row"):
        to_state(KEY, a_row(**column))
