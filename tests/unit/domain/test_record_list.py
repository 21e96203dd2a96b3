import pytest

from connector.domain.contact import Table
from connector.domain.record_list import (
    Explanation,
    Standing,
    can_be_sent,
    count_unseen,
    explain,
)
from connector.domain.sync_state import SyncStatus

EXCLUDED, FAILING, IN_SYNC = SyncStatus.EXCLUDED, SyncStatus.FAILING, SyncStatus.IN_SYNC


@pytest.mark.parametrize(
    ("reason", "parts"),
    [
        pytest.param(None, Explanation(), id="none"),
        pytest.param("no_email", Explanation("no_email"), id="alone"),
        pytest.param("rejected:ERROR", Explanation("rejected", "ERROR"), id="with a code"),
        pytest.param(
            "rejected:PROPERTY_INVALID:mobilePhone",
            Explanation("rejected", "PROPERTY_INVALID", "mobilePhone"),
            id="with a property",
        ),
        pytest.param("rejected:A:b:c", Explanation("rejected", "A", "b:c"), id="more than parts"),
    ],
)
def test_reason_in_parts(reason: str | None, parts: Explanation) -> None:
    """
    A reason is a code of ours, perhaps with Spotler's code and the property that it named.
    """
    assert explain(reason) == parts


@pytest.mark.parametrize(
    ("status", "reason", "can"),
    [
        (EXCLUDED, "no_email", False),
        (EXCLUDED, "invalid_email", False),
        (EXCLUDED, "handed_over", False),
        (EXCLUDED, "deleted", False),
        (EXCLUDED, "merged", False),
        (EXCLUDED, "rejected:CONTACT_OPTOUT", True),
        (FAILING, "rejected:PROPERTY_INVALID:city", True),
        (FAILING, "gave_up", True),
        (IN_SYNC, None, True),
        (None, None, True),
    ],
)
def test_some_reasons_lie_in_the_record(
    status: SyncStatus | None, reason: str | None, *, can: bool
) -> None:
    """
    Sending again helps nobody who has no address, was handed over, merged or deleted.
    """
    assert can_be_sent(status, reason) is can


def test_unseen_are_counted_per_table() -> None:
    """
    Rows that were never looked at are counted per table, and a deleted or missing one is no row.
    """
    counts = {
        Standing(table=Table.CONTACT, status=IN_SYNC): 5,
        Standing(table=Table.CONTACT, status=EXCLUDED, reason="deleted"): 3,
        Standing(table=Table.CONTACT, status=FAILING, reason="not_in_dynamics"): 2,
        Standing(table=Table.LEAD, status=FAILING, reason="gave_up"): 4,
    }

    assert count_unseen(counts, {Table.CONTACT: 12, Table.LEAD: 3}) == 7
    assert count_unseen({}, {Table.CONTACT: 0, Table.LEAD: 2}) == 2
