"""Renames in their envelope: beside changes of people, on the same queue."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.adapters.envelope import (
    LONGEST_CURSOR,
    MOST_ATTEMPTS,
    MOST_PAGES,
    parse_change,
    parse_envelope,
    read_message,
    to_body,
)
from connector.domain.contact import OrganisationId, RecordId, Table
from connector.domain.errors import InvalidEventError
from connector.domain.event import CHANGES, JOBS, RelatedChanged
from connector.domain.related import RelatedKey, RelatedTable
from tests.builders import a_change, a_rename

SECRET = "jan@example.nl"
guids = st.uuids().map(str)
words = st.text(max_size=100)
renames = st.builds(
    RelatedChanged,
    organisation=guids.map(OrganisationId),
    key=st.builds(RelatedKey, st.sampled_from(RelatedTable), guids.map(RecordId)),
    operation=words,
    step=words,
    correlation=words,
    among=st.none() | st.sampled_from(Table),
    cursor=st.none() | st.text(max_size=200),
    page=st.integers(0, MOST_PAGES),
    attempt=st.integers(0, MOST_ATTEMPTS),
)


@given(renames)
def test_rename_survives_the_queue(event: RelatedChanged) -> None:
    """
    Whatever is sent is read back as it was.
    """
    assert parse_change(to_body(event).encode()) == event


def test_body_is_pointer_only() -> None:
    """
    A message holds these fields and no others: names are contracts with messages under way.
    """
    event = a_rename().onwards(Table.LEAD, "leads?x")

    assert json.loads(to_body(event)) == {
        "v": 1,
        "kind": "related_changed",
        "organisation": event.organisation,
        "table": "account",
        "id": event.key.id,
        "operation": event.operation,
        "step": event.step,
        "correlation": event.correlation,
        "among": "lead",
        "cursor": "leads?x",
        "page": 1,
        "attempt": 0,
    }


def test_change_of_a_person_is_read_beside() -> None:
    """
    The queue of changes carries both kinds, and each is read as what it is.
    """
    change, rename = a_change(), a_rename()

    assert parse_change(to_body(change).encode()) == change
    assert read_message(CHANGES, to_body(rename).encode()) == rename


@pytest.mark.parametrize(
    ("change", "named"),
    [
        pytest.param({"v": 2}, "v", id="version of tomorrow"),
        pytest.param({"table": "task"}, "table", id="table that nobody names"),
        pytest.param({"id": SECRET}, "id", id="id that is none"),
        pytest.param({"among": SECRET}, "among", id="no table of people"),
        pytest.param({"cursor": "x" * (LONGEST_CURSOR + 1)}, "cursor", id="cursor too long"),
        pytest.param({"page": -1}, "page", id="page before the first"),
        pytest.param({"attempt": 10**30}, "attempt", id="attempt beyond all bounds"),
        pytest.param({"name": SECRET}, "an unknown field", id="value that has no place here"),
    ],
)
def test_strange_rename_is_refused(change: dict[str, object], named: str) -> None:
    """
    The error names the fields that are wrong, and never what they hold.
    """
    body = json.dumps(json.loads(to_body(a_rename())) | change)

    with pytest.raises(InvalidEventError) as caught:
        parse_change(body.encode())

    assert str(caught.value) == f"a message must be of a known version and kind; wrong: {named}"


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_nothing_else_is_raised(body: bytes) -> None:
    """
    No body, whatever it is, raises another error.
    """
    with pytest.raises(InvalidEventError):
        parse_change(body)


def test_rename_is_no_person() -> None:
    """
    Who asks for a change of a person gets no rename, and it is no step of a job.
    """
    body = to_body(a_rename()).encode()

    with pytest.raises(InvalidEventError):
        parse_envelope(body)
    with pytest.raises(InvalidEventError):
        read_message(JOBS, body)
