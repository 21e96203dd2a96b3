"""The Dataverse simulator, as the client DynamicsWebApi for JavaScript finds it."""

import pytest

from devstack.tests.foreign.conftest import HERE, Told, ask, simulator

pytestmark = pytest.mark.soak

NAMES = [f"Jansen {number}" for number in range(7)]


@pytest.fixture(scope="module")
def told(foreign_node: str) -> Told:
    """Return what the client says of each thing that it did."""
    with simulator() as facts:
        return ask([foreign_node, str(HERE / "dataverse.mjs")], facts)


def test_one_row(told: Told) -> None:
    """
    A row is created, read with its labels, changed in part, held by its version and deleted.
    """
    assert told["rows"] == {
        "before": "Eva Vos",
        "after": "Bakker",
        "owner": "# Spotler-koppeling",
        "single": "Slager",
        "stale": False,
        "cleared": None,
        "missing": [404, "0x80040217"],
    }


def test_queries(told: Told) -> None:
    """
    Rows are found by filter, order, list and FetchXML, counted, and read page by page.
    """
    assert told["queries"] == {
        "few": NAMES[:3:-1],
        "count": 7,
        "pages": [NAMES[:3], NAMES[3:6]],
        "all": 7,
        "counted": 7,
        "fetched": NAMES,
        "inside": NAMES[1:3],
    }


def test_upserts(told: Told) -> None:
    """
    A row is made and changed by an alternate key, unless the headers forbid either.
    """
    assert told["upserts"] == {"found": "Nieuw", "kept": None, "made": [404, "0x80040217"]}


def test_batches(told: Told) -> None:
    """
    A batch makes rows that refer to each other, reads several sets, and is all or nothing.
    """
    assert told["batches"] == {"people": 1, "leads": 1, "broken": True, "never": 0}


def test_actions(told: Told) -> None:
    """
    Actions and functions are called, bound or not; what is lacking is refused loudly.
    """
    assert told["actions"] == {
        "user": True,
        "merged": True,
        "master": True,
        "created": 2,
        "privileges": [],
        "lacking": [501, "0x80040203"],
    }


def test_metadata(told: Told) -> None:
    """
    Tables and columns are found.
    """
    assert told["metadata"] == {
        "set": "contacts",
        "columns": [["birthdate", "DateTime"]],
        "tables": ["lead"],
    }
