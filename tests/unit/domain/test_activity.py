"""Of what happened the latest counts."""

from datetime import timedelta

import pytest

from connector.domain.activity import Activity
from tests.builders import NOW

LATER = NOW + timedelta(seconds=1)


def test_latest_of_each() -> None:
    """
    Each time goes forward on its own; what is not known changes nothing.
    """
    assert Activity(LATER, None).latest(Activity(NOW, NOW)) == Activity(LATER, NOW)
    assert Activity().latest(Activity()) == Activity()
    assert Activity(refused_at=NOW).latest(Activity(LATER, None, LATER)).refused_at == LATER


@pytest.mark.parametrize(
    ("activity", "expected"),
    [
        (Activity(), False),
        (Activity(NOW), False),
        (Activity(refused_at=NOW), True),
        (Activity(refused_at=NOW - timedelta(hours=24)), True),
        (Activity(refused_at=NOW - timedelta(hours=24, seconds=1)), False),
        (Activity(NOW - timedelta(seconds=60), refused_at=NOW), False),
        (Activity(NOW - timedelta(seconds=61), refused_at=NOW), True),
        (Activity(LATER, refused_at=NOW), False),
    ],
    ids=["nothing", "never", "only", "a day ago", "long ago", "beside", "since", "before"],
)
def test_refused_until_something_comes_in(activity: Activity, *, expected: bool) -> None:
    """
    A refusal of today counts as long as nothing came in beside it or since.
    """
    assert activity.is_refused(NOW) is expected
