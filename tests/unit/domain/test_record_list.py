from dataclasses import replace

import pytest

from connector.domain.contact import Account, Table
from connector.domain.record_list import (
    Explanation,
    Standing,
    can_be_sent,
    count_known,
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
        (EXCLUDED, "handed_over:deleted", False),
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


def test_other_account_is_left_out() -> None:
    """
    What another account was sent is not known of ours, but for what lies in the record itself.
    """
    in_sync = Standing(table=Table.CONTACT, status=IN_SYNC)
    failing = Standing(table=Table.CONTACT, status=FAILING, reason="gave_up")
    without = Standing(table=Table.CONTACT, status=EXCLUDED, reason="no_email")
    opted_out = Standing(table=Table.CONTACT, status=EXCLUDED, reason="rejected")
    ours, other = Account("ours"), Account("other")
    counts = {
        in_sync: 1,
        replace(in_sync, account=ours): 2,
        replace(in_sync, account=other): 4,
        replace(failing, account=other): 8,
        replace(opted_out, account=other): 16,
        replace(without, account=other): 32,
        replace(without, account=ours): 64,
    }

    assert count_known(counts, ours) == {in_sync: 3, without: 96}
    assert count_known(counts, None) == {in_sync: 7, failing: 8, opted_out: 16, without: 96}


def test_unseen_are_counted_per_table() -> None:
    """
    Rows that were never looked at are counted per table, and a deleted or missing one is no row.
    """
    counts = {
        Standing(table=Table.CONTACT, status=IN_SYNC): 5,
        Standing(table=Table.CONTACT, status=EXCLUDED, reason="deleted", has_row=False): 3,
        Standing(table=Table.CONTACT, status=EXCLUDED, reason="handed_over", has_row=False): 2,
        Standing(table=Table.LEAD, status=FAILING, reason="gave_up"): 4,
    }

    assert count_unseen(counts, {Table.CONTACT: 12, Table.LEAD: 3}) == 7
    assert count_unseen({}, {Table.CONTACT: 0, Table.LEAD: 2}) == 2
