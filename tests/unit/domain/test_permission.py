"""Which permission stays when two contacts become one."""

import pytest

from connector.domain.permission import Permissions, keep_strictest, list_refused


@pytest.mark.parametrize(
    ("own", "other", "refused"),
    [
        pytest.param({1: True, 2: True}, {1: False, 2: True}, {1}, id="a No wins"),
        pytest.param({1: False, 2: False}, {1: True, 2: True}, set(), id="a No stays"),
        pytest.param({1: True, 2: False}, {}, {1}, id="never asked"),
        pytest.param({}, {1: False}, set(), id="nothing there"),
    ],
)
def test_no_of_either_wins(own: Permissions, other: Permissions, refused: set[int]) -> None:
    """
    What one allows is switched off when the other refuses it, or was never asked.
    """
    assert list_refused(own, other) == refused


def test_strictest_of_all_is_kept() -> None:
    """
    Of several contacts that is on which each allows; of none nothing is known.
    """
    assert keep_strictest([{1: True, 2: True}, {1: False, 2: True}]) == {1: False, 2: True}
    assert keep_strictest([{1: True, 2: True}, {2: True}]) == {1: False, 2: True}
    assert keep_strictest([]) is None
