"""Of what happened the latest counts."""

from datetime import timedelta

from connector.domain.activity import Activity
from tests.builders import NOW

LATER = NOW + timedelta(seconds=1)


def test_latest_of_each() -> None:
    """
    Each time goes forward on its own; what is not known changes nothing.
    """
    assert Activity(LATER, None).latest(Activity(NOW, NOW)) == Activity(LATER, NOW)
    assert Activity().latest(Activity()) == Activity()
