"""How many people may be ended at once."""

import pytest

from connector.domain.brake import limit_of
from connector.domain.contact import Table
from connector.domain.record_list import Standing
from connector.domain.sync_state import Reason, SyncStatus

IN_SYNC = Standing(table=Table.CONTACT, status=SyncStatus.IN_SYNC)
LEADS = Standing(table=Table.LEAD, status=SyncStatus.FAILING, reason=Reason.NOT_IN_DYNAMICS)
DELETED = Standing(table=Table.CONTACT, status=SyncStatus.EXCLUDED, reason=Reason.DELETED)


@pytest.mark.parametrize(
    ("counts", "limit"),
    [
        pytest.param({}, 50, id="nobody is known"),
        pytest.param({IN_SYNC: 5099}, 50, id="few"),
        pytest.param({IN_SYNC: 10_000, LEADS: 2000}, 120, id="many"),
        pytest.param({IN_SYNC: 5100, DELETED: 90_000}, 51, id="the deleted do not count"),
    ],
)
def test_limit_grows_with_the_people(counts: dict[Standing, int], limit: int) -> None:
    """
    Fifty people may always go, and one in a hundred of those whom we know.
    """
    assert limit_of(counts) == limit
