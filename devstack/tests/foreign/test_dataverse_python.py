"""The Dataverse simulator, as Microsoft's client for Python finds it."""

from pathlib import Path

import pytest

from devstack.tests.foreign.conftest import HERE, Told, ask, simulator

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def told(foreign_python: Path) -> Told:
    """Return what the client says of each thing that it did; it wants https."""
    command = [str(foreign_python), str(HERE / "dataverse_python.py")]
    with simulator("--tls") as facts:
        return ask(command, facts, REQUESTS_CA_BUNDLE=facts["ca_file"])


def test_one_row(told: Told) -> None:
    """
    A row is created, read, changed and deleted.
    """
    assert told["rows"] == {"before": "Eva Vos", "after": "Bakker", "missing": True}


def test_queries(told: Told) -> None:
    """
    Rows are found by filter and order, page by page, and by FetchXML.
    """
    names = [f"Jansen {number}" for number in range(7)]

    assert told["queries"] == {
        "created": 7,
        "few": names[:3:-1],
        "pages": [names[:3], names[3:6], names[6:]],
        "fetched": names,
    }


def test_many_changes(told: Told) -> None:
    """
    Many rows are changed at once, alike or each in its own way.
    """
    assert told["changes"]["found"] == [["Inkoop", "Bakker"], ["Inkoop", "Slager"]]


def test_many_deletions(told: Told) -> None:
    """
    Rows are deleted one by one; the job that deletes many is refused loudly.
    """
    assert told["deletions"] == {"left": 0, "bulk": [501, "0x80040203"]}


def test_upserts(told: Told) -> None:
    """
    Rows are made and changed by an alternate key.
    """
    assert told["upserts"]["found"] == [["1", "Les 1"], ["2", "Les 2"]]


def test_batches(told: Told) -> None:
    """
    A batch holds change sets whose parts refer to each other, and which are all or nothing.
    """
    assert told["batches"] == {
        "statuses": [204, 204, 204, 200],
        "broken": [404, 204],
        "there": ["Alleen", "Samen", "Toch"],
        "linked": 1,
    }


def test_metadata(told: Told) -> None:
    """
    Tables, columns and keys are found.
    """
    assert told["metadata"] == {
        "set": "contacts",
        "columns": {"emailaddress1": "String", "birthdate": "DateTime"},
        "keys": [["spot_externalid"]],
        "column": "Birthdate",
    }


def test_refusals(told: Told) -> None:
    """
    A refusal has its status and its code.
    """
    assert told["refusals"] == {
        "row": [404, "0x80040217"],
        "column": [400, "0x80048d19"],
        "query": [400, "0x80060888"],
    }
