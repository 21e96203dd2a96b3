"""Where a page begins survives from one step of a job to the next."""

import pytest

from connector.domain.page_place import PagePlace
from tests.builders import an_id


@pytest.mark.parametrize(
    ("place", "is_known"),
    [
        pytest.param(PagePlace(), True, id="first page"),
        pytest.param(PagePlace("contacts?$skiptoken=a b\nc", an_id(7)), True, id="later page"),
        pytest.param(PagePlace("contacts?$skiptoken=a b"), False, id="of an older version"),
    ],
)
def test_place_comes_back(place: PagePlace, *, is_known: bool) -> None:
    """
    A place is read as it was written, also one that knows only the cursor of the CRM.
    """
    assert PagePlace.parse(place.write()) == place
    assert place.is_known is is_known


def test_nothing_begins_behind_the_last_page() -> None:
    """
    Behind the last page there is no place, whatever its last row was.
    """
    assert PagePlace(None, an_id(7)).write() is None
